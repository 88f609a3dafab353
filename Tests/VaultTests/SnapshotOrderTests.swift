import Core
import Storage
import Tarball
import TestSupport
import Testing

@testable import Vault

/// Which snapshot is the newest, when clocks are wrong.
@Suite struct SnapshotOrderTests {
    private let test: TestVault

    init() throws { test = try TestVault() }

    @discardableResult
    private func commit(_ milliseconds: Int64, parent: Snapshot? = nil, after: Snapshot? = nil, host: String = "example") throws -> Snapshot
    {
        let tree = SnapshotRecord.Tree(
            digest: SHA256Digest(of: [1]).hex, contents: "files/\(SHA256Digest(of: [2]).hex)", bytes: 0, entries: 0)
        var record = sampleRecord(tree: tree, vault: test.vault.header.id, milliseconds: milliseconds, parent: parent?.id.hex, host: host)
        record.after = after?.id.hex
        return try test.vault.commit(record)
    }

    private func order() throws -> [SHA256Digest] { try test.vault.snapshots().snapshots.map(\.id) }

    @Test("A clock that went back does not hide what was saved last")
    func clockWentBack() throws {
        let first = try commit(1_000_000)
        let second = try commit(5, parent: first)
        #expect(try order() == [first.id, second.id])
        #expect(try test.vault.snapshots().choose("latest").id == second.id)
        let third = try commit(2_000_000, parent: second)
        #expect(try test.vault.snapshots().choose("latest").id == third.id)
    }

    @Test("A snapshot of the future is not the newest for ever")
    func future() throws {
        let first = try commit(1_000_000)
        let future = try commit(4_000_000_000_000, parent: first)
        #expect(try test.vault.snapshots().choose("latest").id == future.id)
        let next = try commit(2_000_000, parent: future)
        #expect(try order() == [first.id, future.id, next.id])
        // One of another host, which has seen it in the vault.
        let other = try commit(3_000_000, after: next)
        #expect(try test.vault.snapshots().choose("latest").id == other.id)
        // As of a time goes by the dates.
        #expect(try test.vault.snapshots().choose("@1970-01-01T00:20").id == first.id)
    }

    @Test("Those that know nothing of each other come by their dates, whatever a third one's clock said")
    func apart() throws {
        let old = try commit(1_000)
        let late = try commit(7_000)
        let back = try commit(10, parent: old)
        #expect(try order() == [old.id, back.id, late.id])
    }

    @Test("What is wrong with a date is said of the snapshot that has it")
    func problems() throws {
        let now = Timestamp(milliseconds: 10_000_000)
        let first = try commit(9_000_000)
        let back = try commit(1_000, parent: first)
        let future = try commit(20_000_000, parent: back)
        let next = try commit(10_000_000, parent: future)
        let list = try test.vault.snapshots()
        #expect(list.clockProblem(of: first, now: now) == nil)
        #expect(list.clockProblem(of: back, now: now)?.contains("older than that one's") == true)
        #expect(list.clockProblem(of: future, now: now)?.contains("lies in the future") == true)
        #expect(list.clockProblem(of: next, now: now)?.contains(future.shortID) == true)
    }

    @Test("Thousands of snapshots in random order are put in the order of their parents")
    func many() throws {
        var newest: [Snapshot?] = [nil, nil, nil]
        var random = SeededGenerator(seed: 7)
        for _ in 0..<600 {
            let line = Int(random.next() % 3)
            newest[line] = try commit(Int64(random.next() % 1_000_000), parent: newest[line])
        }
        let snapshots = try test.vault.snapshots().snapshots
        #expect(snapshots.count == 600)
        var seen: Set<String> = []
        for snapshot in snapshots {
            if let parent = snapshot.record.parent { #expect(seen.contains(parent)) }
            seen.insert(snapshot.id.hex)
        }
    }

    @Test("`latest` is of this host where it has one, and of a named host or of any where that is said")
    func hosts() throws {
        let mine = try commit(1_000, host: "a")
        let theirs = try commit(2_000, host: "b")
        let list = try test.vault.snapshots()
        #expect(try list.choose(SnapshotChoice("latest", host: .preferring("a"))).id == mine.id)
        #expect(try list.choose(SnapshotChoice("latest", host: .preferring("c"))).id == theirs.id)
        #expect(try list.choose(SnapshotChoice("latest", host: .only("a"))).id == mine.id)
        #expect(try list.choose(SnapshotChoice("latest", host: .any)).id == theirs.id)
        #expect(try list.choose(SnapshotChoice(theirs.id.hex, host: .only("a"))).id == theirs.id)
        let error = #expect(throws: Failure.self) { try list.choose(SnapshotChoice("latest", host: .only("c"))) }
        #expect(error?.message.contains("of the host c") == true)
    }
}

/// Others put things into the folders of a vault: that is no damage.
@Suite struct StrangersTests {
    private static let litter = [
        "snapshots/Thumbs.db", "snapshots/@eaDir/x", "evidence/desktop.ini", "indexes/@eaDir/y@SynoEAStream", "packs/@eaDir/z",
        "indexes/\(String(repeating: "a", count: 64)) (conflicted copy).tsv.zst", "packs/ab/.DS_Store",
        "snapshots/20260203T040506.789Z-\(String(repeating: "b", count: 64)).sync-conflict-20260203-040506.json",
    ]

    @Test("What is not the vault's is named once by a verification, and is no damage")
    func litter() throws {
        let test = try TestVault()
        for name in Self.litter { try test.scratch.write(Array("x".utf8), to: name) }
        let vault = try Vault.open(at: test.scratch.path)
        #expect(try vault.snapshots().damage.isEmpty && vault.evidence().damage.isEmpty)
        let cache = CacheFolder(path: nil, vaultID: vault.header.id)
        #expect(try vault.index(cache: cache).damage.isEmpty)
        let report = try Verification(vault, VerifyOptions(), cache: cache, progress: Progress(), cancellation: Cancellation()).run()
        #expect(report.isSound)
        // Names that begin with a dot are passed over everywhere.
        let named = report.notes.filter { $0.contains("is not the vault's") }
        #expect(named.count == Self.litter.count { !$0.contains(".DS_Store") })
    }

    @Test(
        "A disk that has its own folders can hold a vault",
        arguments: ["lost+found", "@eaDir", ".DS_Store", "System Volume Information", ".Trash-1000"])
    func disk(name: String) throws {
        let scratch = try Scratch(in: "/dev/shm")
        try scratch.write([1], to: "\(name)/x")
        _ = try Vault.create(at: scratch.path)
        #expect(try scratch.names("").contains(name))
    }

    @Test("Evidence of a kind that this program does not know is passed over")
    func unknownKind() throws {
        let test = try TestVault()
        let bytes = Array("{}".utf8)
        try test.scratch.write(bytes, to: "evidence/20260203T040506.789Z-audit-\(SHA256Digest(of: bytes).hex).json")
        let (records, damage) = try Vault.open(at: test.scratch.path).evidence()
        #expect(records.isEmpty && damage.isEmpty)
    }
}
