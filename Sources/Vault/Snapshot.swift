public import Core
import Storage
import Tarball

/// A finished backup: its record and the digest that names it.
public struct Snapshot: Sendable {
    /// The digest of its record.
    public let id: SHA256Digest
    /// The record: who saved what, and when.
    public let record: SnapshotRecord

    /// Enough of the id to tell it from others at sight.
    public var shortID: String { String(id.hex.prefix(10)) }

    /// For people: which it is, whose, and of when.
    public var text: String { "snapshot \(shortID) of \(record.host), \(record.time.forPeople) UTC" }

    /// `<UTC>-<id>.json`: the time for people and for sorting, the id for proof.
    static func name(_ id: SHA256Digest, _ time: Timestamp) -> ObjectName {
        ObjectName("\(Folder.snapshots.rawValue)/\(time.compact)-\(id.hex).json")
    }

    /// Reads one record, whose bytes must be what its name says.
    static func read(_ name: ObjectName, in store: any ObjectStore) throws -> Snapshot {
        let bytes = try store.read(name, limit: SnapshotRecord.bytesMax)
        let id = SHA256Digest(of: bytes)
        let damage = Failure(.damaged, "the snapshot record \(store.location)/\(name) does not hold what its name says")
        guard name.base.dropLast(5).hasSuffix(id.hex) else { throw damage }
        let record = try SnapshotRecord(encoded: bytes, name: name.text)
        guard self.name(id, record.time) == name else { throw damage }
        return Snapshot(id: id, record: record)
    }
}

extension Snapshot: Encodable {
    /// As its whole id.
    public func encode(to encoder: any Encoder) throws { try id.encode(to: encoder) }
}
