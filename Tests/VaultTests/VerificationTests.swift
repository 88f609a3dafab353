import Core
import Storage
import Tarball
import TestSupport
import Testing

@testable import Vault

@Suite struct VerificationTests {
    private let files = ["a/one": noise(3000, seed: 1), "a/two": noise(10_000, seed: 2), "empty": []]

    private func prepared(_ count: Int = 2) throws -> TestVault {
        let test = try TestVault()
        for number in 0..<count {
            var files = files
            files["new"] = noise(2000, seed: UInt64(100 + number))
            try backup(files, to: test.vault, at: Int64(number))
        }
        return test
    }

    @Test("A sound vault is sound, and all of it was looked at", arguments: [false, true])
    func sound(isDeep: Bool) throws {
        let test = try prepared()
        let report = try verify(test.vault, VerifyOptions(isDeep: isDeep))
        #expect(report.isSound, "\(report.summary)")
        #expect(report.notes.isEmpty && report.snapshots == 2 && report.indexes == 2 && report.paths == 10)
        #expect(report.packs == 4 && report.packsRead == 4)
        #expect(try report.bytesRead == test.vault.store.list(.packs).reduce(0) { $0 + Int64($1.bytes) })
    }

    @Test("A vault without snapshots is sound", arguments: [false, true])
    func empty(isDeep: Bool) throws {
        let test = try TestVault()
        let report = try verify(test.vault, VerifyOptions(isDeep: isDeep))
        #expect(report.isSound && report.snapshots == 0 && report.packs == 0)
    }

    @Test("Samples of all numbers read every pack exactly once", arguments: [1, 2, 3, 7], [false, true])
    func samples(count: Int, isDeep: Bool) throws {
        let test = try prepared(5)
        let packs = try test.vault.store.list(.packs)
        var (read, bytes) = (0, Int64(0))
        for number in 1...count {
            let sample = try #require(VerifyOptions.Sample(number: number, count: count))
            let report = try verify(test.vault, VerifyOptions(isDeep: isDeep, sample: sample))
            #expect(report.isSound, "\(report.summary)")
            read += report.packsRead
            bytes += report.bytesRead
        }
        #expect(read == packs.count && bytes == packs.reduce(0) { $0 + Int64($1.bytes) })
    }

    /// No damage is said of bytes that nobody has read.
    @Test(
        "A store that puts a read off ends the verification, and is no damage", arguments: [false, true],
        [Folder.packs, .indexes, .snapshots])
    func busyStore(isDeep: Bool, folder: Folder) throws {
        let test = try prepared()
        let object = try #require(try test.vault.store.list(folder).first)
        var plan = FaultyStore.Plan()
        plan.busy = { $0 == object.name }
        let vault = test.through(FaultyStore(test.vault.store, plan))
        let error = #expect(throws: StoreError.self) { try verify(vault, VerifyOptions(isDeep: isDeep)) }
        #expect(error?.fate == .passing(retryAfter: nil))
    }

    /// Evidence counts what was read, and not what was to be.
    @Test("A pack that cannot be read was not read")
    func packsNotRead() throws {
        let test = try prepared(5)
        let packs = try test.vault.store.list(.packs)
        let store = FaultyStore(test.vault.store, .init(unreadable: { $0 == packs[0].name }))
        let report = try verify(test.through(store), VerifyOptions())
        #expect(report.packs == packs.count && report.packsRead == packs.count - 1 && !report.damage.isEmpty)
        #expect(report.bytesRead == packs.dropFirst().reduce(0) { $0 + Int64($1.bytes) })
    }

    @Test("Every digest belongs to exactly one sample", arguments: seeds)
    func sampleCover(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for count in [1, 2, 10, 9999, 10_000] {
            let samples = (1...count).compactMap { VerifyOptions.Sample(number: $0, count: count) }
            #expect(samples.count == count)
            for _ in 0..<5 {
                let digest = SHA256Digest(of: random.bytes(8))
                #expect(samples.count { $0.contains(digest) } == 1)
            }
        }
        for (number, count) in [(0, 1), (2, 1), (1, 0), (-1, 5), (1, 10_001), (1, -1)] {
            #expect(VerifyOptions.Sample(number: number, count: count) == nil)
        }
    }

    @Test("A sample finds damage in its own packs")
    func sampleDamage() throws {
        let test = try prepared(3)
        for pack in try test.vault.store.list(.packs) {
            let bytes = try test.scratch.read(pack.name.text)
            try test.scratch.flip(pack.name.text, at: 50)
            let found = try (1...3).filter { number in
                let sample = try #require(VerifyOptions.Sample(number: number, count: 3))
                return try verify(test.vault, VerifyOptions(sample: sample)).damage.contains { $0.object == pack.name.text }
            }
            let digest = try #require(PackFile.digest(pack.name))
            #expect(found == [Int(digest.words.0 % 3) + 1])
            try test.scratch.write(bytes, to: pack.name.text)
        }
    }

    @Test("Of one snapshot only what it needs is read", arguments: [false, true])
    func oneSnapshot(isDeep: Bool) throws {
        let test = try prepared(3)
        let list = try test.vault.snapshots().snapshots
        let foreign = try contentPack(noise(2000, seed: 102), test)
        let first = try verify(test.vault, VerifyOptions(isDeep: isDeep, snapshot: list[0]))
        #expect(first.isSound && first.packsRead == 2 && first.snapshots == 1 && first.paths == 5)
        try test.scratch.flip(foreign, at: 50)
        #expect(try verify(test.vault, VerifyOptions(isDeep: isDeep, snapshot: list[0])).isSound)
        #expect(try !verify(test.vault, VerifyOptions(isDeep: isDeep, snapshot: list[2])).isSound)
    }

    @Test("Packs of a run that was stopped are a note, and no damage", arguments: [false, true])
    func orphans(isDeep: Bool) throws {
        let test = try prepared()
        let (indexes, records) = (try test.scratch.names("indexes"), try test.scratch.names("snapshots"))
        try backup(["x": noise(9000, seed: 50)], to: test.vault, at: 9)
        for name in try test.scratch.names("indexes") where !indexes.contains(name) { try test.scratch.remove("indexes/\(name)") }
        for name in try test.scratch.names("snapshots") where !records.contains(name) { try test.scratch.remove("snapshots/\(name)") }
        let report = try verify(test.vault, VerifyOptions(isDeep: isDeep))
        #expect(report.isSound, "\(report.summary)")
        #expect(report.notes.count == 2 && report.notes.allSatisfy { $0.contains("in no index yet") })
    }

    @Test("A pack that is in two indexes is in order, and its damage reaches the snapshots", arguments: [false, true])
    func packInTwoIndexes(isDeep: Bool) throws {
        let test = try prepared()
        let names = try test.scratch.names("indexes")
        try IndexStore.write(names.flatMap { try test.entries(ofIndex: "indexes/\($0)") }, to: test.vault.store)
        let sound = try verify(test.vault, VerifyOptions(isDeep: isDeep))
        #expect(sound.isSound, "\(sound.summary)")
        try test.scratch.flip(try contentPack(noise(2000, seed: 101), test), at: 50)
        let damaged = try verify(test.vault, VerifyOptions(isDeep: isDeep))
        #expect(damaged.affected.map(\.paths) == [["new"]], "\(damaged.summary)")
    }

    /// The pack that holds the first chunk of a content, and so all that its snapshot added.
    private func contentPack(_ content: [UInt8], _ test: TestVault) throws -> String {
        let length = Chunker(VaultHeader.Chunking.small.files).firstChunk(of: content.span.bytes)
        return try test.pack(of: Array(content.prefix(length)))
    }

    @Test("A pack that the disk cannot read is damage, and ends nothing", arguments: [false, true])
    func badSectors(isDeep: Bool) throws {
        let test = try prepared()
        let pack = try contentPack(noise(2000, seed: 101), test)
        let store = FaultyStore(test.vault.store, .init(unreadable: { $0.text == pack }))
        let report = try verify(test.through(store), VerifyOptions(isDeep: isDeep))
        #expect(report.damage.map(\.object) == [pack])
        #expect(report.affected.map(\.paths) == [["new"]])
    }

    @Test(
        "An index or a document that the disk cannot read is damage, and ends nothing", arguments: ["indexes/", "RESTORE.md"],
        [false, true])
    func unreadableSmallObjects(prefix: String, isDeep: Bool) throws {
        let test = try prepared()
        let first = try #require(try test.scratch.names("indexes").first)
        let store = FaultyStore(test.vault.store, .init(unreadable: { $0.text == (prefix == "indexes/" ? "indexes/\(first)" : prefix) }))
        let report = try verify(test.through(store), VerifyOptions(isDeep: isDeep))
        #expect(!report.damage.isEmpty && report.affected.isEmpty, "\(report.summary)")
    }

    @Test("A snapshot whose tree is lost is reported as such, and not as an error", arguments: [false, true])
    func oneSnapshotWithoutItsTree(isDeep: Bool) throws {
        let test = try prepared()
        let last = try test.vault.snapshots().choose("latest")
        let recipe = try #require(TreeLocation(last.record.tree)).recipe
        let pack = PackFile.name(try #require(try test.vault.index(cache: .none).locations(of: recipe).first).pack).text
        try test.scratch.remove(pack)
        let report = try verify(test.vault, VerifyOptions(isDeep: isDeep, snapshot: last))
        #expect(report.affected.first?.treeDamage.isEmpty == false, "\(report.summary)")
    }

    @Test("A verification that is cancelled ends with that")
    func cancelled() throws {
        let test = try prepared()
        let cancellation = Cancellation()
        cancellation.cancel()
        let code = errorCode {
            _ = try Verification(test.vault, VerifyOptions(), cache: .none, progress: Progress(), cancellation: cancellation).run()
        }
        #expect(code == .interrupted)
    }

    @Test("A vault that vanishes meanwhile is not called damaged")
    func vanished() throws {
        let test = try prepared()
        let verification = try Verification(test.vault, VerifyOptions(), cache: .none, progress: Progress(), cancellation: Cancellation())
        for name in ["VAULT", "packs", "indexes", "snapshots"] { try test.scratch.remove(name) }
        for name in ["packs/x", "indexes/x", "snapshots/x"] {
            try test.scratch.write([], to: name)
            try test.scratch.remove(name)
        }
        #expect(errorCode { _ = try verification.run() } == .noVault)
    }
}
