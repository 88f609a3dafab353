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

/// A snapshot as a person names it: `latest`, the beginning of an id, or `@TIME`.
public struct SnapshotChoice: Sendable, Equatable {
    /// As a person wrote it.
    public var text: String
    /// `latest` and `@TIME` mean snapshots of this policy only; nil for all.
    public var policy: String?
    /// And of this host.
    public var host: HostChoice

    /// See `SnapshotList.choose`.
    public init(_ text: String, policy: String? = nil, host: HostChoice = .any) {
        self.text = text
        self.policy = policy
        self.host = host
    }
}

/// Whose snapshots `latest` and `@TIME` may mean.
public enum HostChoice: Sendable, Equatable {
    case any
    case only(String)
    /// Those of the host, if there are any, else those of any.
    case preferring(String)

    /// Those that are meant, in their order.
    public func filter(_ snapshots: [Snapshot]) -> [Snapshot] {
        switch self {
        case .any: return snapshots
        case .only(let name): return snapshots.filter { $0.record.host == name }
        case .preferring(let name):
            let own = snapshots.filter { $0.record.host == name }
            return own.isEmpty ? snapshots : own
        }
    }
}

/// All snapshots of a vault in the order in which they were made, and those whose record cannot be read.
public struct SnapshotList: Sendable {
    /// In the order in which they were made, which need not be that of their dates.
    public let snapshots: [Snapshot]
    /// Names and reasons of records that are damaged.
    public let damage: [Damage]

    /// A record that cannot be read.
    public struct Damage: Sendable {
        /// Of its file.
        public let name: String
        /// Why, as a sentence.
        public let reason: String

        /// See the properties.
        public init(name: String, reason: String) {
            self.name = name
            self.reason = reason
        }
    }

    init(store: any ObjectStore) throws {
        var none: [String: Snapshot] = [:]
        try self.init(store: store, known: &none)
    }

    /// - Parameter known: those that were read before, by the names of their records; it is given the others.
    init(store: any ObjectStore, known: inout [String: Snapshot]) throws {
        var snapshots: [Snapshot] = []
        var damage: [Damage] = []
        for object in try store.own(.snapshots) {
            if let snapshot = known[object.name.text] {
                snapshots.append(snapshot)
                continue
            }
            do {
                let snapshot = try Snapshot.read(object.name, in: store)
                snapshots.append(snapshot)
                known[object.name.text] = snapshot
            } catch let error as Failure where error.code == .damaged {
                damage.append(Damage(name: String(object.name.base), reason: error.message))
            } catch let error as StoreError where error.kind == .notFound {
                continue  // forgotten between the listing and the reading
            } catch let error as StoreError where error.isDamage {
                damage.append(Damage(name: String(object.name.base), reason: error.description))
            }
        }
        self.snapshots = SnapshotOrder.sorted(snapshots)
        self.damage = damage
    }

    /// The snapshot of a policy, or of any, that a text stands for.
    public func choose(_ text: String, policy: String? = nil) throws -> Snapshot { try choose(SnapshotChoice(text, policy: policy)) }

    /// `latest`, a prefix of an id, or `@TIME`: the newest not after it.
    public func choose(_ choice: SnapshotChoice) throws -> Snapshot {
        let text = choice.text
        let meant = choice.host.filter(snapshots.filter { choice.policy == nil || $0.record.policy == choice.policy })
        var which = choice.policy.map { " of the policy \($0)" } ?? ""
        if case .only(let name) = choice.host { which += " of the host \(name)" }
        if text == "latest" {
            guard let last = meant.last else { throw none("the vault has no snapshot\(which) yet") }
            return last
        }
        if text.hasPrefix("@") {
            guard let time = Timestamp(String(text.dropFirst())) else {
                throw Failure(.usage, "\(text) is not a time", hint: "Write it as @2026-02-03 or @2026-02-03T04:05:06Z.")
            }
            guard let found = meant.last(where: { $0.record.time <= time }) else { throw none("no snapshot\(which) is as old as \(text)") }
            return found
        }
        let matches = snapshots.filter { $0.id.hex.hasPrefix(text) }
        if let match = matches.first, matches.count == 1, !text.isEmpty { return match }
        if matches.count > 1, !text.isEmpty {
            throw Failure(
                .usage, "\(text) stands for \(matches.count) snapshots: \(matches.prefix(5).map(\.shortID).joined(separator: ", "))",
                hint: "Give more of the id.")
        }
        throw none("no snapshot \(text)")
    }

    /// Damaged records that `text` might have meant instead of the one it chose: they are newer.
    public func passedOver(by text: String, for chosen: Snapshot) -> [Damage] {
        guard text == "latest" || text.hasPrefix("@") else { return [] }
        let end = Timestamp(String(text.dropFirst()))?.compact
        // A name begins with its time.
        return damage.filter { found in
            found.name > chosen.record.time.compact && (end.map { String(found.name.prefix($0.count)) <= $0 } ?? true)
        }
    }

    private func none(_ message: String) -> Failure {
        let unreadable = damage.isEmpty ? "" : " (\(damage.count) more cannot be read: see `rekindle verify`)"
        return Failure(.usage, message + unreadable, hint: "`rekindle snapshots` lists what is there.")
    }
}
