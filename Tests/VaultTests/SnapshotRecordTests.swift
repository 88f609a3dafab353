import Core
import Storage
import Tarball
import TestSupport
import Testing

@testable import Vault

@Suite struct SnapshotRecordTests {
    private let record = sampleRecord(
        tree: .init(digest: SHA256Digest(of: [1]).hex, contents: "files/\(SHA256Digest(of: [2]).hex)", bytes: 10, entries: 3),
        vault: "00ff",
        milliseconds: 1_770_091_506_789)

    private func decode(_ text: String) throws -> SnapshotRecord { try SnapshotRecord(encoded: Array(text.utf8), name: "name") }

    @Test("A record is read back, and is the same bytes each time")
    func roundTrip() throws {
        let bytes = try record.encoded()
        #expect(try SnapshotRecord(encoded: bytes, name: "name") == record && record.encoded() == bytes)
    }

    @Test("Keys that this version does not know are passed over")
    func unknownKeys() throws {
        let text = String(decoding: try record.encoded(), as: UTF8.self)
        #expect(try decode(text.replacing("\"version\" : 1", with: "\"unheard\" : {\"of\" : []},\n  \"version\" : 1")) == record)
    }

    @Test("A newer version is no damage: it asks for a newer program", arguments: ["2", "77"])
    func versions(version: String) throws {
        let text = String(decoding: try record.encoded(), as: UTF8.self)
        #expect(errorCode { _ = try decode(text.replacing("\"version\" : 1", with: "\"version\" : \(version)")) } == .usage)
        #expect(errorCode { _ = try decode("{\"version\":\(version)}") } == .usage)
    }

    @Test(
        "A record that names no tree, or lacks something, is damaged",
        arguments: [
            ("\"contents\" : \"files/", "\"contents\" : \"blobs/"), ("\"contents\" : \"files/", "\"contents\" : \"files/0"),
            ("\"digest\" : \"", "\"digest\" : \"x"), ("\"bytes\" : 10", "\"bytes\" : -10"), ("\"entries\" : 3", "\"entries\" : -3"),
            ("\"host\"", "\"guest\""), ("2026-02-03T04:05:06.789Z", "2026-02-03T04:05:06Z"), ("2026-02-03T", "2026-02-30T"), ("{", "["),
        ])
    func malformed(old: String, new: String) throws {
        let text = String(decoding: try record.encoded(), as: UTF8.self)
        #expect(text.contains(old))
        #expect(errorCode { _ = try decode(text.replacing(old, with: new)) } == .damaged)
    }

    @Test("A stored record with any one bit flipped is refused: it is not what its name says")
    func flipped() throws {
        let test = try TestVault()
        let snapshot = try test.vault.commit(record)
        let name = Snapshot.name(snapshot.id, record.time)
        let bytes = try test.scratch.read(name.text)
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 1 << (index % 8)
            try test.scratch.write(changed, to: name.text)
            #expect(errorCode { _ = try Snapshot.read(name, in: test.vault.store) } == .damaged, "byte \(index)")
        }
    }

    @Test("A record under another's name or time is refused")
    func renamed() throws {
        let test = try TestVault()
        let snapshot = try test.vault.commit(record)
        let name = Snapshot.name(snapshot.id, record.time)
        let later = ObjectName("snapshots/20270203T040506.789Z-\(snapshot.id.hex).json")
        let other = Snapshot.name(SHA256Digest(of: [9]), record.time)
        for wrong in [later, other, ObjectName("snapshots/\(snapshot.id.hex).json")] {
            try test.scratch.write(try test.scratch.read(name.text), to: wrong.text)
            #expect(errorCode { _ = try Snapshot.read(wrong, in: test.vault.store) } == .damaged)
        }
        #expect(try Snapshot.read(name, in: test.vault.store).record == record)
    }

    @Test("The same record committed twice is one snapshot")
    func twice() throws {
        let test = try TestVault()
        let first = try test.vault.commit(record)
        #expect(try test.vault.commit(record).id == first.id)
        #expect(try test.vault.snapshots().snapshots.count == 1)
    }

    @Test("A snapshot is complete when all its datasets are")
    func completeness() {
        #expect(record.isComplete)
        for outcome in [SnapshotRecord.Dataset.Outcome.partial, .failed] {
            var dataset = record.datasets[0]
            dataset.outcome = outcome
            let other = SnapshotRecord(
                time: record.time, vault: "", host: "", policy: nil, program: "", tags: [], tree: record.tree,
                datasets: record.datasets + [dataset],
                problems: [], problemCount: 0, parent: nil, gitCommit: nil, durationMilliseconds: 0)
            #expect(!other.isComplete)
        }
    }
}
