import Core
import Storage
import Tarball
import TestSupport
import Testing

@testable import Vault

/// What is stored, as stock programs see it.
@Suite struct PackToolTests {
    private func prepared() throws -> (test: TestVault, snapshot: Snapshot) {
        let test = try TestVault()
        return (test, try backup(["a/one": noise(3000, seed: 1), "b": noise(70_000, seed: 2), "empty": []], to: test.vault))
    }

    @Test("tar lists a pack, and its members are the blobs that the index names")
    func tar() throws {
        let (test, _) = try prepared()
        var listed: [String] = []
        for pack in try test.vault.store.list(.packs) {
            let output = try run("tar", "--zstd", "-tf", "\(test.scratch.path)/\(pack.name)")
            #expect(output.status == 0)
            listed += output.text.split(separator: "\n").map(String.init)
        }
        var named: [String] = []
        for index in try test.scratch.names("indexes") {
            named += try test.entries(ofIndex: "indexes/\(index)").map { "blobs/\($0.id.hex)" }
        }
        #expect(listed.sorted() == named.sorted() && listed.count > 30)
    }

    @Test("tar extracts blobs of which each is what its name says")
    func extraction() throws {
        let (test, _) = try prepared()
        let out = try Scratch(in: "/dev/shm")
        for pack in try test.vault.store.list(.packs) {
            #expect(try run("tar", "--zstd", "-xf", "\(test.scratch.path)/\(pack.name)", "-C", out.path).status == 0)
        }
        let names = try out.names("blobs")
        for name in names { #expect(SHA256Digest(of: try out.read("blobs/\(name)")).hex == name) }
        #expect(names.contains(SHA256Digest(of: []).hex))
    }

    @Test("sha256sum of a pack, an index and a record is in its name")
    func sums() throws {
        let (test, _) = try prepared()
        var count = 0
        for folder in [("packs", 64), ("indexes", 64), ("snapshots", 64)] {
            let listed = try test.vault.store.list(#require(.init(rawValue: folder.0)))
            for object in listed {
                let sum = try run("sha256sum", "\(test.scratch.path)/\(object.name)").text.prefix(64)
                #expect(object.name.base.contains(sum) && sum.count == folder.1)
                count += 1
            }
        }
        #expect(count == 4)
    }

    @Test("zstd prints an index as lines, and a recipe leads to the tree")
    func index() throws {
        let (test, snapshot) = try prepared()
        let out = try Scratch(in: "/dev/shm")
        for pack in try test.vault.store.list(.packs) {
            _ = try run("tar", "--zstd", "-xf", "\(test.scratch.path)/\(pack.name)", "-C", out.path)
        }
        let recipe = snapshot.record.tree.contents.dropFirst("files/".count)
        let tree = try run(
            "sh", "-c",
            "cd '\(out.path)' && cut -d' ' -f1 blobs/\(recipe) | sed s,^,blobs/, | xargs cat > tree.mtree && sha256sum tree.mtree")
        #expect(tree.text.prefix(64) == snapshot.record.tree.digest)
        let list = try run("bsdtar", "-tf", "\(out.path)/tree.mtree")
        #expect(list.status == 0 && list.text == "./a\n./a/one\n./b\n./empty\n")
        let index = try #require(try test.scratch.names("indexes").first)
        let lines = try run("zstd", "-dc", "\(test.scratch.path)/indexes/\(index)").text.split(separator: "\n")
        #expect(lines.allSatisfy { $0.split(separator: "\t").count == 7 })
    }

    /// Nothing is overwritten, so what was damaged must not keep its blobs from being stored again under another name.
    @Test("A pack and an index whose names are taken by damaged ones get other names, and stock tools read them")
    func takenNames() throws {
        let (test, _) = try prepared()
        let content = noise(70_000, seed: 2)
        let chunk = Array(content.prefix(Chunker(VaultHeader.Chunking.small.files).firstChunk(of: content.span.bytes)))
        let before = Set(try test.vault.store.list(.packs).map(\.name))
        let pack = try test.pack(of: chunk)
        let index = try test.index(of: chunk)
        try test.scratch.flip(pack, at: 100)
        try test.scratch.flip(index, at: 100)
        let (_, snapshot) = (try backup(["b": content], to: test.vault, at: 2_000_000), try test.vault.snapshots().choose("latest"))
        #expect(try readBack(test.vault, snapshot).contents == ["b": content])
        for added in try test.vault.store.list(.packs) where !before.contains(added.name) {
            #expect(try run("tar", "--zstd", "-tf", "\(test.scratch.path)/\(added.name)").status == 0)
            #expect(try run("zstd", "-tq", "\(test.scratch.path)/\(added.name)").status == 0)
        }
        let report = try verify(test.vault, VerifyOptions(isDeep: true))
        #expect(report.affected.allSatisfy { $0.snapshot != snapshot.id }, "\(report.summary)")
        #expect(Set(report.damage.map(\.object)) == [pack, "index"], "\(report.summary)")
    }

    @Test("A pack can be listed from its end alone, frame by frame")
    func seekTable() throws {
        let (test, _) = try prepared()
        for pack in try test.vault.store.list(.packs) {
            let digest = try #require(PackFile.digest(pack.name))
            let table = try PackFile.seekTable(digest, bytes: pack.bytes, in: test.vault.store)
            #expect(table.frames.count >= 2 && table.frames.last?.tarBytes == BlobMember.endOfArchive.count)
        }
    }
}
