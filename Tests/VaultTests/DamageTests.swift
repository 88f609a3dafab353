import Core
import Storage
import Tarball
import TestSupport
import Testing

@testable import Vault

/// One kind of damage: what is done to a vault, and what must be found.
struct DamageCase: CustomTestStringConvertible {
    var testDescription: String
    /// The beginning of the object that the report must name; nil for damage that no object shows.
    var object: String?
    /// Paths of the second snapshot that are lost.
    var lost: [String] = []
    /// Whether the second snapshot's tree is lost, wholly or in part.
    var losesTree = false
    /// Whether an index cannot be read, though all packs can.
    var losesIndex = false
    /// Whether the second snapshot is listed at all.
    var isListed = true
    let inflict: @Sendable (TestVault) throws -> Void
}

@Suite struct DamageTests {
    private static let one = noise(500, seed: 1)
    private static let two = noise(600, seed: 2)
    private static let three = noise(700, seed: 3)
    private static let first = ["a/one": one, "a/two": two]
    private static let second = ["a/one": one, "b/three": three]

    static let cases: [DamageCase] = [
        DamageCase(testDescription: "a pack cut short", object: "packs/", lost: ["b/three"]) { test in
            let name = try test.pack(of: three)
            try test.scratch.write(Array(try test.scratch.read(name).prefix(300)), to: name)
        },
        DamageCase(testDescription: "a pack of no bytes", object: "packs/", lost: ["b/three"]) {
            try $0.scratch.write([], to: try $0.pack(of: three))
        },
        DamageCase(testDescription: "a bit flipped in a pack's content", object: "packs/", lost: ["b/three"]) {
            try $0.scratch.flip(try $0.pack(of: three), at: 100)
        },
        DamageCase(testDescription: "a bit flipped in a pack's list of frames", object: "packs/") {
            try $0.scratch.flip(try $0.pack(of: three), at: -12)
        },
        DamageCase(testDescription: "a byte behind a pack", object: "packs/") { test in
            let name = try test.pack(of: three)
            try test.scratch.write(try test.scratch.read(name) + [0], to: name)
        },
        DamageCase(testDescription: "a missing pack", object: "packs/", lost: ["b/three"]) {
            try $0.scratch.remove(try $0.pack(of: three))
        },
        // Its blobs are found all the same.
        DamageCase(testDescription: "a renamed pack", object: "packs/") {
            try $0.scratch.rename(try $0.pack(of: three), to: PackFile.name(SHA256Digest(of: [7])).text)
        },
        DamageCase(testDescription: "a bit flipped in an index", object: "index", losesIndex: true) {
            try $0.scratch.flip(try $0.index(of: three), at: 60)
        },
        DamageCase(testDescription: "an index cut short", object: "index", losesIndex: true) { test in
            let name = try test.index(of: three)
            try test.scratch.write(Array(try test.scratch.read(name).dropLast(5)), to: name)
        },
        DamageCase(testDescription: "a missing index", object: nil, losesIndex: true) { try $0.scratch.remove(try $0.index(of: three)) },
        DamageCase(testDescription: "an index that names another frame", object: "indexes/", lost: ["b/three"]) { test in
            try rewriteIndex(test) { entry in
                guard entry.id == SHA256Digest(of: three) else { return entry }
                let place = entry.location
                return IndexEntry(
                    id: entry.id,
                    location: BlobLocation(
                        pack: place.pack, frameOffset: place.frameOffset, frameStoredBytes: place.frameStoredBytes - 1,
                        frameTarBytes: place.frameTarBytes,
                        offset: place.offset, size: place.size))
            }
        },
        DamageCase(testDescription: "a bit flipped in a record", object: "snapshots/", isListed: false) { test in
            try test.scratch.flip("snapshots/\(try #require(try test.scratch.names("snapshots").last))", at: 40)
        },
        DamageCase(testDescription: "a record cut short", object: "snapshots/", isListed: false) { test in
            let name = "snapshots/\(try #require(try test.scratch.names("snapshots").last))"
            try test.scratch.write(Array(try test.scratch.read(name).prefix(50)), to: name)
        },
        DamageCase(testDescription: "the pack of a tree damaged", object: "packs/", losesTree: true) {
            try $0.scratch.flip(try treePack($0), at: 100)
        },
        DamageCase(testDescription: "the pack of a tree missing", object: "packs/", losesTree: true) {
            try $0.scratch.remove(try treePack($0))
        },
        DamageCase(testDescription: "a piece of a tree in no index", object: nil, losesTree: true) { test in
            let reader = BlobReader(store: test.vault.store, index: try test.vault.index(cache: .none))
            let tree = try TreeReader(reader, try test.vault.snapshots().choose("latest"))
            let piece = try #require(tree.blobs.last)
            try rewriteIndex(test) { $0.id == piece ? nil : $0 }
        },
        DamageCase(testDescription: "a document changed", object: "header") { try $0.scratch.flip("RESTORE.md", at: 5) },
        DamageCase(testDescription: "a document missing", object: "header") { try $0.scratch.remove("restore.sh") },
        DamageCase(testDescription: "a file with the name of an index that is none", object: "index") {
            try $0.scratch.write([1], to: IndexStore.name(SHA256Digest(of: [2])).text)
        },
        DamageCase(testDescription: "a file with the name of a record that is none", object: "snapshots/1970") {
            try $0.scratch.write([1], to: Snapshot.name(SHA256Digest(of: [2]), Timestamp(milliseconds: 5)).text)
        },
    ]

    /// Replaces the second index by one whose entries were changed, under its right name.
    private static func rewriteIndex(_ test: TestVault, _ change: (IndexEntry) throws -> IndexEntry?) throws {
        let name = try test.index(of: three)
        let entries = try test.entries(ofIndex: name).compactMap(change)
        try test.scratch.remove(name)
        try IndexStore.write(entries, to: test.vault.store)
    }

    private static func treePack(_ test: TestVault) throws -> String {
        let recipe = try #require(TreeLocation(try test.vault.snapshots().choose("latest").record.tree)).recipe
        return PackFile.name(try #require(try test.vault.index(cache: .none).locations(of: recipe).first).pack).text
    }

    private func prepared() throws -> TestVault {
        let test = try TestVault()
        try backup(Self.first, to: test.vault, at: 1, chunking: Self.chunking)
        try backup(Self.second, to: test.vault, at: 2, chunking: Self.chunking)
        return test
    }

    /// Files of one blob each, trees of several pieces.
    private static let chunking = VaultHeader.Chunking(
        algorithm: VaultHeader.Chunking.standard.algorithm, seed: VaultHeader.Chunking.standard.seed,
        files: VaultHeader.Chunking.standard.files,
        largeFiles: VaultHeader.Chunking.standard.largeFiles, largeFrom: 1 << 30, trees: .init(minimum: 64, average: 64, maximum: 128))

    @Test("Damage is found, and named with what it reaches", arguments: cases, [false, true])
    func found(damage: DamageCase, isDeep: Bool) throws {
        let test = try prepared()
        try damage.inflict(test)
        let report = try verify(test.vault, VerifyOptions(isDeep: isDeep))
        if let object = damage.object {
            #expect(report.damage.contains { $0.object.hasPrefix(object) }, "\(report.summary)")
        }
        let list = try test.vault.snapshots()
        #expect(list.snapshots.count == (damage.isListed ? 2 : 1))
        // The first snapshot is never touched.
        let second = damage.isListed ? list.snapshots.last?.id : nil
        #expect(report.affected.allSatisfy { $0.snapshot == second }, "\(report.summary)")
        #expect(report.affected.flatMap(\.paths) == damage.lost, "\(report.summary)")
        #expect(report.affected.allSatisfy { $0.pathCount == $0.paths.count })
        #expect(report.affected.contains { !$0.treeDamage.isEmpty } == damage.losesTree, "\(report.summary)")
    }

    @Test("What is not damaged can be read, and what is damaged is never read as something else", arguments: cases)
    func readable(damage: DamageCase) throws {
        let test = try prepared()
        let before = try test.vault.snapshots().snapshots
        try damage.inflict(test)
        #expect(try readBack(test.vault, before[0]).contents == Self.first)
        let read = try readBack(test.vault, before[1])
        #expect(read.treeDamage.isEmpty != damage.losesTree)
        for (path, content) in Self.second where !damage.losesTree {
            let found = try #require(read.contents[path])
            #expect(found == (damage.lost.contains(path) ? nil : content), "\(path)")
        }
        for (path, content) in read.contents { #expect(content == nil || content == Self.second[path]) }
    }

    @Test("After any damage the next backup of the same files is whole", arguments: cases)
    func backupAfterDamage(damage: DamageCase) throws {
        let test = try prepared()
        try damage.inflict(test)
        let next = try backup(["a/one": Self.one, "d/new": noise(900, seed: 9)], to: test.vault, at: 3, chunking: Self.chunking)
        #expect(try readBack(test.vault, next).contents == ["a/one": Self.one, "d/new": noise(900, seed: 9)])
    }

    @Test(
        "A file in a folder of the vault that is not its own is a note, and no damage",
        arguments: [
            "packs/note.txt", "packs/ab/note.txt", "packs/ab/x.tar.zst", "indexes/note.txt", "snapshots/note.txt", "evidence/note.txt",
        ])
    func foreignPack(name: String) throws {
        let test = try prepared()
        try test.scratch.write([1], to: name)
        let report = try verify(test.vault)
        #expect(report.isSound && report.notes.count == 1 && report.notes[0].contains(name), "\(report.summary)")
    }
}
