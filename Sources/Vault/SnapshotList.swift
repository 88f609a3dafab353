public import Core
import Storage
import Tarball

/// All snapshots of a vault in the order in which they were made, and those whose record cannot be read.
public struct SnapshotList: Sendable {
    /// In the order in which they were made, which need not be that of their dates.
    public let snapshots: [Snapshot]
    /// Names and reasons of records that are damaged.
    public let damage: [Damage]

    /// Places in `snapshots`, by id: records name each other.
    private let places: [SHA256Digest: Int]

    /// A record that cannot be read.
    public struct Damage: Sendable, Encodable {
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
        let sorted = SnapshotOrder.sorted(snapshots)
        places = Dictionary(sorted.enumerated().map { ($1.id, $0) }) { first, _ in first }
        self.snapshots = sorted
        self.damage = damage
    }

    /// The snapshot of a policy, or of any, that a text stands for.
    public func choose(_ text: String, policy: String? = nil) throws -> Snapshot { try choose(SnapshotChoice(text, policy: policy)) }

    /// `latest`, `latest-complete` (and beyond doubt), a prefix of an id, or `@TIME`: the newest not after it.
    ///
    /// - Parameter accepted: the ids of those whose doubts were settled.
    public func choose(_ choice: SnapshotChoice, accepted: Set<String> = []) throws -> Snapshot {
        let text = choice.text
        let meant = choice.host.filter(snapshots.filter { choice.policy == nil || $0.record.policy == choice.policy })
        var which = choice.policy.map { " of the policy \($0)" } ?? ""
        if case .only(let name) = choice.host { which += " of the host \(name)" }
        if text == "latest" {
            guard let last = meant.last else { throw none("the vault has no snapshot\(which) yet") }
            return last
        }
        if text == SnapshotChoice.latestComplete {
            let good = meant.last { $0.record.isComplete && JudgedSnapshot($0, accepted: accepted).doubts.isEmpty }
            guard let good else { throw none("the vault has no snapshot\(which) that is complete and beyond doubt") }
            return good
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
        // Words that are cut short are no ids.
        let near = ["latest", SnapshotChoice.latestComplete].first { $0.hasPrefix(text) && text.count > 1 }
        throw none("there is no snapshot \(text)\(near.map { ": did you mean \($0)?" } ?? "")")
    }

    /// Damaged records that `text` might have meant instead of the one it chose: they are newer.
    public func passedOver(by text: String, for chosen: Snapshot) -> [Damage] {
        guard ["latest", SnapshotChoice.latestComplete].contains(text) || text.hasPrefix("@") else { return [] }
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

extension SnapshotList {
    /// The problem with the date of a snapshot, in a sentence; nil where there is none.
    public func clockProblem(of snapshot: Snapshot, now: Timestamp) -> String? {
        let time = snapshot.record.time
        if time.milliseconds > now.milliseconds + Timestamp.slack {
            return "its date, \(time.forPeople) UTC, lies in the future: a clock was wrong, then or now"
        }
        let before = snapshot.record.predecessors.compactMap { places[$0] }.map { snapshots[$0] }.max { $0.record.time < $1.record.time }
        guard let before, before.record.time.milliseconds > time.milliseconds + Timestamp.slack else { return nil }
        return "it was made after \(before.shortID), and its date, \(time.forPeople) UTC, is older than that one's: a clock was wrong"
    }
}
