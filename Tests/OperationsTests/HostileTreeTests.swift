import Core
import Operations
import Restorer
import Tarball
import TestSupport
import Testing
import Vault

/// Trees that no backup writes: refused, named, and nothing outside the target is touched.
@Suite(.serialized) struct HostileTreeTests {
    /// A bench with something outside the target that a hostile tree could reach for.
    private func prepare() async throws -> Bench {
        let bench = try Bench(in: "/dev/shm")
        try await bash("mkdir outside; echo precious > outside/file; mkdir -p jail/back", in: bench.scratch.path)
        return bench
    }

    /// Restores; gives what was reported as damage, be it thrown or listed.
    private func restore(_ bench: Bench, overwrite: RestoreOptions.Overwrite = .changed, deletes: Bool = false) async throws -> [String] {
        var request = bench.restoreRequest(to: bench.scratch("jail/back"))
        request.options.overwrite = overwrite
        request.options.deletes = deletes
        do {
            let report = try await bench.restore(request)
            return report.damaged.map { "\($0.path): \($0.reason)" } + report.problems.map { "\($0.path): \($0.reason)" }
        } catch let error as Failure where error.code == .damaged {
            return [error.message]
        }
    }

    private func expectNothingOutside(_ bench: Bench) async throws {
        let list = "find outside jail -path jail/back -prune -o -print | sort; cat outside/file"
        let outside = try await bashText(list, in: bench.scratch.path)
        #expect(outside == "jail\noutside\noutside/file\nprecious\n")
    }

    private static let file = CraftedVault.file("data/f", size: 5, digest: SHA256Digest(of: Array("text\n".utf8)))

    /// A symbolic link that leads out of the target.
    private static func linkOut(_ path: String, _ rest: String) -> String {
        "./\(path) type=link \(CraftedVault.common) link=../../../outside\(rest)\n"
    }

    @Test(arguments: [
        ("an absolute path", file.replacingOccurrences("./data/f", "/tmp/rekindle-evil")),
        ("a path with an empty component", file.replacingOccurrences("./data/f", ".//data")),
        ("a path that climbs", file.replacingOccurrences("./data/f", "./data/../../evil")),
        ("a path that is the directory above", file.replacingOccurrences("./data/f", "./..")),
        ("an escaped slash", file.replacingOccurrences("./data/f", #"./data/a\057..\057..\057evil"#)),
        ("escaped dots", file.replacingOccurrences("./data/f", #"./data/\056\056/evil"#)),
        ("a NUL in a name", file.replacingOccurrences("./data/f", #"./data/a\000b"#)),
        ("a file in no directory", file.replacingOccurrences("./data/f", "./data/none/f")),
        ("a file beneath a link", linkOut("data/l", "") + file.replacingOccurrences("data/f", "data/l/f")),
        ("a file beneath a file", file + file.replacingOccurrences("data/f", "data/f/g")),
        ("a path twice, first a link", linkOut("data/f", "/file") + file),
        ("paths out of order", file + file.replacingOccurrences("data/f", "data/a")),
        ("a hard link that climbs", "#: hardlink ./../../outside/file\n" + file),
        ("an absolute hard link", "#: hardlink /etc/passwd\n" + file),
        ("a hard link to a later path", "#: hardlink ./data/z\n" + file),
        ("a link to nothing", "./data/l type=link \(CraftedVault.common) link=\n"),
        ("a number too large", file.replacingOccurrences("size=5", "size=99999999999999999999")),
        ("a negative size", file.replacingOccurrences("size=5", "size=-5")),
        ("a mode too large", file.replacingOccurrences("mode=0644", "mode=0100644")),
        ("a time without a fraction", file.replacingOccurrences(".000000000", "")),
        ("a type that is unknown", file.replacingOccurrences("type=file", "type=door")),
        ("a comment that is unknown", "#: sha1 x\n" + file),
        ("a map of holes beyond the end", "#: data 0+4 6+1\n" + file),
        ("an attribute without a name", "#: xattr =x\n" + file),
        ("no digest", file.replacingOccurrences("sha256digest=", "md5digest=")),
        ("contents that climb", file.replacingOccurrences("contents=blobs/", "contents=../../")),
        ("a line without its end", String(file.dropLast())),
        ("a second header", "#mtree\n" + file),
        ("something after the entry", file.replacingOccurrences("\n", " flags=none\n")),
    ])
    func aTreeThatIsNotOneIsRefused(name: String, lines: String) async throws {
        let bench = try await prepare()
        var crafted = try CraftedVault(bench)
        try crafted.store("text\n")
        _ = try crafted.commit(CraftedVault.top + lines)
        for overwrite in RestoreOptions.Overwrite.allCases {
            #expect(try await restore(bench, overwrite: overwrite, deletes: true) != [], "\(name)")
            try await expectNothingOutside(bench)
        }
        #expect(!bench.exists("/tmp/rekindle-evil"))
        #expect(try await !bench.verify().isSound, "\(name)")
    }

    @Test func contentsThatAreNotWhatTheTreeSaysAreDamage() async throws {
        let bench = try await prepare()
        var crafted = try CraftedVault(bench)
        let (text, other) = (try crafted.store("text\n"), try crafted.store("other"))
        let recipe = { (parts: String) in try crafted.store(parts) }
        let twice = try recipe("\(text.hex) 5\n\(other.hex) 5\n")
        let lying = try recipe("\(text.hex) 7\n")
        let lost = try recipe("\(text.hex) 5\n\(String(repeating: "0", count: 64)) 5\n")
        let open = try recipe("\(text.hex) 5")
        let whole = SHA256Digest(of: Array("text\nother".utf8))
        let lines = [
            CraftedVault.file("data/a", size: 5, digest: text),
            CraftedVault.file("data/b", size: 5, digest: text, contents: "blobs/\(other.hex)"),
            CraftedVault.file("data/c", size: 6, digest: text),
            CraftedVault.file("data/d", size: 10, digest: whole, contents: "files/\(twice.hex)"),
            CraftedVault.file("data/e", size: 11, digest: whole, contents: "files/\(twice.hex)"),
            CraftedVault.file("data/f", size: 10, digest: text, contents: "files/\(twice.hex)"),
            CraftedVault.file("data/g", size: 7, digest: text, contents: "files/\(lying.hex)"),
            CraftedVault.file("data/h", size: 10, digest: whole, contents: "files/\(lost.hex)"),
            CraftedVault.file("data/i", size: 5, digest: text, contents: "files/\(open.hex)"),
            CraftedVault.file("data/j", size: 5, digest: text, contents: "files/\(text.hex)"),
            CraftedVault.file("data/k", size: 5, digest: whole),
            "#: data 0+1\n" + CraftedVault.file("data/l", size: 5, digest: text),
        ]
        _ = try crafted.commit(CraftedVault.top + lines.joined())
        let damage = try await restore(bench)
        #expect(damage.map { $0.prefix(6) }.sorted() == "bcefghijk".map { "data/\($0)" })
        // What is right is there; of what is wrong not even a part.
        let left = try await bashText("ls -A; cat *", in: bench.scratch("jail/back/data"))
        #expect(left == "a\nd\nl\ntext\ntext\nothertext\n")
        let affected = try await bench.verify(deep: true).affected
        #expect(Set("bfghijk".map { "data/\($0)" }).isSubset(of: affected.first?.paths ?? []))
    }

    @Test func aDeepVerificationComparesTheSizesThatTheTreeSays() async throws {
        let bench = try await prepare()
        var crafted = try CraftedVault(bench)
        let (text, other) = (try crafted.store("text\n"), try crafted.store("other"))
        let recipe = try crafted.store("\(text.hex) 5\n\(other.hex) 5\n")
        let whole = SHA256Digest(of: Array("text\nother".utf8))
        _ = try crafted.commit(
            CraftedVault.top + CraftedVault.file("data/a", size: 6, digest: text)
                + CraftedVault.file("data/b", size: 10, digest: whole, contents: "files/\(recipe.hex)")
                + CraftedVault.file("data/c", size: 11, digest: whole, contents: "files/\(recipe.hex)"))
        #expect(try await restore(bench).map { $0.prefix(6) }.sorted() == ["data/a", "data/c"])
        let affected = try await bench.verify(deep: true).affected.first?.paths
        #expect(affected == ["data/a", "data/c"])
    }

    /// Two names of one file with two contents: whatever comes back must be what the tree says of that name.
    @Test func aHardLinkToAnotherContentIsNotBelieved() async throws {
        let bench = try await prepare()
        var crafted = try CraftedVault(bench)
        let (first, second) = (try crafted.store("first"), try crafted.store("other"))
        _ = try crafted.commit(
            CraftedVault.top + CraftedVault.file("data/a", size: 5, digest: first) + "#: hardlink ./data/a\n"
                + CraftedVault.file("data/b", size: 5, digest: second))
        let damage = try await restore(bench)
        let content = bench.exists(bench.scratch("jail/back/data/b")) ? try bench.text(bench.scratch("jail/back/data/b")) : nil
        #expect(content == "other" || (content == nil && damage != []), "a file has the content of another: \(content ?? "none")")
    }

    @Test func aHardLinkToASymbolicLinkDoesNotReachThroughIt() async throws {
        let bench = try await prepare()
        var crafted = try CraftedVault(bench)
        let text = try crafted.store("text\n")
        _ = try crafted.commit(
            CraftedVault.top + "./data/a type=link \(CraftedVault.common) link=../../../outside/file\n#: hardlink ./data/a\n"
                + CraftedVault.file("data/b", size: 5, digest: text))
        _ = try await restore(bench)
        try await expectNothingOutside(bench)
        #expect(try await bashText("stat -c %h outside/file", in: bench.scratch.path) == "1\n")
    }

    @Test func aNameThatNoFileSystemTakesIsAProblemOfItsOwn() async throws {
        let bench = try await prepare()
        var crafted = try CraftedVault(bench)
        let text = try crafted.store("text\n")
        let long = String(repeating: "n", count: 300)
        _ = try crafted.commit(
            CraftedVault.top + CraftedVault.file("data/a", size: 5, digest: text) + CraftedVault.file("data/\(long)", size: 5, digest: text)
                + CraftedVault.file("data/z", size: 5, digest: text))
        #expect(try await restore(bench).count == 1)
        #expect(try await bashText("ls -A", in: bench.scratch("jail/back/data")) == "a\nz\n")
    }

    @Test func anEntryWithoutEndIsGivenUp() async throws {
        let bench = try await prepare()
        var crafted = try CraftedVault(bench)
        let head = Array("#mtree\n#: rekindle tree 1\n./data".utf8)
        let rest = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
        let (first, more) = (try crafted.store(head), try crafted.store(rest))
        _ = try crafted.commit(
            pieces: [first] + Array(repeating: more, count: 40), of: [head] + Array(repeating: rest, count: 40), entries: 1)
        #expect(try await restore(bench).contains { $0.contains("longer than") })
        #expect(try await !bench.verify().isSound)
    }

    /// What is behind the gap comes back, what is in it does not, and nothing is deleted after it.
    @Test func aLostPieceOfTheTreeCostsOnlyWhatWasInIt() async throws {
        let bench = try await prepare()
        var crafted = try CraftedVault(bench)
        let text = try crafted.store("text\n")
        let pieces = [
            "#mtree\n#: rekindle tree 1\n" + CraftedVault.top + CraftedVault.file("data/a", size: 5, digest: text),
            CraftedVault.file("data/b", size: 5, digest: text) + "./data/d type=dir \(CraftedVault.common)\n",
            // The first lines behind a gap may have lost what belongs to them.
            ["d/w", "d/x", "d/y", "e", "f"].map { CraftedVault.file("data/\($0)", size: 5, digest: text) }.joined(),
        ].map { Array($0.utf8) }
        for piece in [pieces[0], pieces[2]] { try crafted.store(piece) }
        _ = try crafted.commit(pieces: pieces.map { SHA256Digest(of: $0) }, of: pieces, entries: 9)
        try await bash("mkdir jail/back/data; touch jail/back/data/b jail/back/data/zz jail/back/data/0", in: bench.scratch.path)
        let damage = try await restore(bench, deletes: true)
        #expect(damage.count == 1 && damage[0].contains("is lost"))
        let names = try await bashText("find . -printf '%P ' | xargs -n1 | sort | xargs", in: bench.scratch("jail/back/data"))
        #expect(names == "a b d d/y e f zz\n")
    }
}

extension String {
    fileprivate func replacingOccurrences(_ old: String, _ new: String) -> String {
        split(separator: old, omittingEmptySubsequences: false).joined(separator: new)
    }
}
