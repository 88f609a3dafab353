import Core
import Storage
import Tarball
import TestSupport
import Testing

@testable import Vault

/// A small backup in which each operation of the store goes wrong once, in each way.
@Suite struct FaultInjectionTests {
    private static let before = ["a/one": noise(3000, seed: 1), "a/two": noise(500, seed: 2)]
    private static let after = ["a/one": noise(3000, seed: 1), "b/three": noise(5000, seed: 3), "c": []]

    /// How many operations the backup takes.
    private static func operations() throws -> Int {
        let test = try prepared()
        let store = FaultyStore(test.vault.store)
        try backup(after, to: test.through(store), at: 2)
        return store.counts.operations
    }

    private static func prepared() throws -> TestVault {
        let test = try TestVault()
        try backup(before, to: test.vault, at: 1)
        return test
    }

    private func expectSound(_ vault: Vault, _ what: String) throws {
        for isDeep in [false, true] {
            let report = try verify(vault, VerifyOptions(isDeep: isDeep))
            #expect(report.isSound, "\(what): \(report.summary)")
        }
    }

    @Test(
        "Whatever goes wrong while a backup is written, each snapshot is whole and the next backup succeeds",
        arguments: FaultyStore.Fault.allCases)
    func everyOperation(fault: FaultyStore.Fault) throws {
        let count = try Self.operations()
        #expect(count > 10)
        for number in 0..<count {
            let test = try Self.prepared()
            let store = FaultyStore(test.vault.store, .init(at: number, fault: fault))
            let what = "\(fault.rawValue) at \(number)"
            let snapshot = try? backup(Self.after, to: test.through(store), at: 2)
            try expectSound(test.vault, what)
            let list = try test.vault.snapshots()
            #expect(list.damage.isEmpty)
            if let snapshot { #expect(list.snapshots.contains { $0.id == snapshot.id }, "\(what)") }
            let next = try backup(Self.after, to: test.vault, at: 3)
            for snapshot in try test.vault.snapshots().snapshots {
                let expected = snapshot.record.time.milliseconds == 1000 ? Self.before : Self.after
                #expect(try readBack(test.vault, snapshot).contents == expected, "\(what)")
            }
            #expect(try test.vault.snapshots().choose("latest").id == next.id)
            try expectSound(test.vault, "\(what), and the next backup")
            // Names that begin with a dot are litter; of a run that has ended there is none.
            #expect(try test.scratch.names("").allSatisfy { !$0.hasPrefix(".") }, "\(what)")
        }
    }

    @Test("What a failed run had stored is reused", arguments: [FaultyStore.Fault.fail, .crash])
    func reuse(fault: FaultyStore.Fault) throws {
        let count = try Self.operations()
        let test = try Self.prepared()
        // The last but one: all is there but the record.
        let store = FaultyStore(test.vault.store, .init(at: count - 2, fault: fault))
        #expect(throws: StoreError.self) { try backup(Self.after, to: test.through(store), at: 2) }
        let packs = try test.vault.store.list(.packs)
        try backup(Self.after, to: test.vault, at: 2)
        #expect(try test.vault.store.list(.packs) == packs)
    }

    @Test("A bit that flips in what a backup reads makes no bad snapshot")
    func flippedReads() throws {
        let test = try Self.prepared()
        let store = FaultyStore(test.vault.store)
        try backup(Self.after, to: test.through(store), at: 2)
        for number in 0..<store.counts.reads {
            let test = try Self.prepared()
            let store = FaultyStore(test.vault.store, .init(flipsRead: number))
            _ = try? backup(Self.after, to: test.through(store), at: 2)
            try expectSound(test.vault, "read \(number)")
        }
    }

    @Test("A bit that flips while contents are read is an error, never another content")
    func flippedContents() throws {
        let test = try Self.prepared()
        let snapshot = try backup(Self.after, to: test.vault, at: 2)
        let counting = FaultyStore(test.vault.store)
        #expect(try readBack(test.through(counting), snapshot).contents == Self.after)
        for number in 0..<counting.counts.reads {
            let store = FaultyStore(test.vault.store, .init(flipsRead: number))
            guard let read = try? readBack(test.through(store), snapshot) else { continue }
            for (path, bytes) in read.contents { #expect(bytes == nil || bytes == Self.after[path], "read \(number): \(path)") }
        }
    }

    @Test("A bit that flips in what a verification reads does not end it", arguments: [false, true])
    func flippedVerification(isDeep: Bool) throws {
        let test = try Self.prepared()
        let counting = FaultyStore(test.vault.store)
        _ = try verify(test.through(counting), VerifyOptions(isDeep: isDeep))
        for number in 0..<counting.counts.reads {
            let store = FaultyStore(test.vault.store, .init(flipsRead: number))
            #expect(throws: Never.self, "read \(number)") { try verify(test.through(store), VerifyOptions(isDeep: isDeep)) }
        }
    }

    @Test("Indexes or packs that a listing leaves out cost space, not contents", arguments: Folder.allCases)
    func hidden(folder: Folder) throws {
        let test = try Self.prepared()
        let store = FaultyStore(test.vault.store, .init(hides: { $0.text.hasPrefix("\(folder.rawValue)/") }))
        let snapshot = try backup(Self.after, to: test.through(store), at: 2)
        #expect(try readBack(test.vault, snapshot).contents == Self.after)
        try expectSound(test.vault, folder.rawValue)
    }

    @Test("A pack into which a write failed is never published, even if later writes succeed")
    func tornPack() throws {
        let test = try TestVault()
        // 0 creates the pack, 1 writes the first frame, 2 the second.
        for number in 0...2 {
            let store = FaultyStore(test.vault.store, .init(at: number, fault: .tear))
            let journal = IndexJournal(store: store)
            let stream = PackStream(store: store, journal: journal)
            for seed in UInt64(1)...3 {
                var frame = OpenFrame()
                let content = noise(2000, seed: seed)
                frame.add(SHA256Digest(of: content), content.span.bytes)
                _ = try? FrameCodec().seal(frame.tar) { try stream.append($0, of: frame) }
            }
            try? stream.close()
            try? journal.close()
            try expectSound(test.vault, "write \(number)")
            #expect(try test.vault.packs().packs.isEmpty, "write \(number)")
        }
    }
}
