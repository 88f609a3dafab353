import Core
import Storage
import Tarball
import TestSupport
import Testing

@testable import Vault

@Suite struct SnapshotListTests {
    /// Commits records of these moments without anything behind them.
    private func vault(_ milliseconds: [Int64]) throws -> (test: TestVault, snapshots: [Snapshot]) {
        let test = try TestVault()
        let tree = SnapshotRecord.Tree(
            digest: SHA256Digest(of: [1]).hex, contents: "files/\(SHA256Digest(of: [2]).hex)", bytes: 0, entries: 0)
        return (
            test, try milliseconds.map { try test.vault.commit(sampleRecord(tree: tree, vault: test.vault.header.id, milliseconds: $0)) }
        )
    }

    @Test("Snapshots come oldest first")
    func order() throws {
        let (test, snapshots) = try vault([3000, 1000, 2000])
        #expect(try test.vault.snapshots().snapshots.map(\.id) == [snapshots[1].id, snapshots[2].id, snapshots[0].id])
    }

    @Test("`latest` is the newest, and of none there is no latest")
    func latest() throws {
        let (test, snapshots) = try vault([3000, 1000])
        #expect(try test.vault.snapshots().choose("latest").id == snapshots[0].id)
        let other = try TestVault()
        let empty = try other.vault.snapshots()
        for text in ["latest", "@2026-01-01", "ab"] { #expect(errorCode { _ = try empty.choose(text) } == .usage) }
    }

    @Test("The beginning of an id stands for its snapshot, if it stands for one only")
    func prefix() throws {
        let (test, snapshots) = try vault((0..<40).map { $0 * 1000 })
        let list = try test.vault.snapshots()
        for snapshot in snapshots {
            #expect(try list.choose(snapshot.id.hex).id == snapshot.id)
            #expect(try list.choose(snapshot.shortID).id == snapshot.id)
        }
        for digit in "0123456789abcdef" {
            let matches = snapshots.filter { $0.id.hex.hasPrefix(String(digit)) }
            if matches.count == 1 {
                #expect(try list.choose(String(digit)).id == matches[0].id)
            } else {
                let error = #expect(throws: Failure.self) { try list.choose(String(digit)) }
                #expect(error?.code == .usage && error?.message.contains("stands for \(matches.count)") == !matches.isEmpty)
            }
        }
        for text in ["", "x", "\(snapshots[0].id.hex)0", snapshots[0].id.hex.uppercased() + "A"] {
            #expect(errorCode { _ = try list.choose(text) } == .usage)
        }
    }

    @Test("A time stands for the newest snapshot that is not after it")
    func time() throws {
        let day: Int64 = 86_400_000
        let (test, snapshots) = try vault([day, day + 1000, 3 * day])
        let list = try test.vault.snapshots()
        for (text, number) in [
            ("@1970-01-02", 1), ("@1970-01-02T00:00:00.000Z", 0), ("@1970-01-02T00:00:00Z", 0), ("@1970-01-02T00:00:01Z", 1),
            ("@1970-01-03", 1),
            ("@1970-01-04T00:00", 2), ("@2026-01-01", 2), ("@1970-01-02T01:00:00.000+01:00", 0),
        ] {
            #expect(try list.choose(text).id == snapshots[number].id, "\(text)")
        }
        for text in ["@1970-01-01", "@", "@yesterday", "@1970-01-02T"] {
            #expect(errorCode { _ = try list.choose(text) } == .usage, "\(text)")
        }
    }

    @Test("A damaged record is named, the others are listed, and a search says that some are missing")
    func damage() throws {
        let (test, snapshots) = try vault([1000, 2000])
        let name = Snapshot.name(snapshots[1].id, snapshots[1].record.time)
        try test.scratch.flip(name.text, at: 30)
        let list = try test.vault.snapshots()
        #expect(list.snapshots.map(\.id) == [snapshots[0].id] && list.damage.map(\.name) == [String(name.base)])
        let error = #expect(throws: Failure.self) { try list.choose(snapshots[1].shortID) }
        #expect(error?.message.contains("1 more cannot be read") == true)
    }

    @Test("A record that is far too large is damage, and is not read")
    func hugeRecord() throws {
        let (test, _) = try vault([1000])
        let name = Snapshot.name(SHA256Digest(of: [7]), Timestamp(milliseconds: 5))
        try test.scratch.write([UInt8](repeating: 32, count: SnapshotRecord.bytesMax + 1), to: name.text)
        let list = try test.vault.snapshots()
        #expect(list.snapshots.count == 1 && list.damage.map(\.name) == [String(name.base)])
    }

    @Test("A vault with a snapshot of a newer format asks for a newer program")
    func newer() throws {
        let (test, _) = try vault([1000])
        let bytes = Array(#"{"version":2}"#)
        let name = Snapshot.name(SHA256Digest(of: bytes), Timestamp(milliseconds: 5))
        try test.scratch.write(bytes, to: name.text)
        #expect(errorCode { _ = try test.vault.snapshots() } == .usage)
    }
}
