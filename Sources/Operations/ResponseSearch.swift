import Core
public import PhotonicCore
import Proof
public import Vault

/// Finds the night in which data began to respond otherwise than in a good one, by what was recorded with each backup: nothing is restored.
public struct ResponseSearch {
    /// A response that is not what it was in the good snapshot.
    public struct Found: Sendable, Encodable {
        /// Whose data it is of.
        public let dataset: String
        /// What it was then.
        public let change: WitnessChange
        /// The first in which it was so.
        public let firstBad: Snapshot
        /// The one before, of those that recorded it.
        public let lastGood: Snapshot
    }

    let repository: Repository
    /// Only this one; nil: all that the suite does not let change at will.
    let response: String?
    let cancellation: Cancellation

    /// - Parameter snapshots: from the good one on, oldest first.
    /// - Returns: each response that has changed, once, at the first night that shows it; the earliest first.
    func run(_ snapshots: [Snapshot]) throws -> [Found] {
        guard let good = snapshots.first else { return [] }
        let before = try witnesses(of: good)
        if let response, !before.contains(where: { $0.value.responses.contains { $0.name == response } }) {
            throw unknown(response, before, good)
        }
        var found: [Found] = []
        var seen: Set<String> = []
        var last = good
        for snapshot in snapshots.dropFirst() {
            try cancellation.check()
            let now = try witnesses(of: snapshot)
            if now.isEmpty { continue }
            for (dataset, witness) in now.sorted(by: { $0.key < $1.key }) {
                guard let earlier = before[dataset] else { continue }
                for change in witness.changes(since: earlier) where isMeant(change) && seen.insert("\(dataset)\n\(change.name)").inserted {
                    found.append(Found(dataset: dataset, change: change, firstBad: snapshot, lastGood: last))
                }
            }
            last = snapshot
        }
        return found
    }

    private func isMeant(_ change: WitnessChange) -> Bool {
        if let response { return change.name == response && change.kind != .new }
        return [.moved, .out, .gone].contains(change.kind)
    }

    private func witnesses(of snapshot: Snapshot) throws -> [String: Witness] {
        let tested = (snapshot.record.witnesses ?? []).filter { $0.blob != nil }.map(\.dataset)
        if tested.isEmpty { return [:] }
        let view = try repository.view(snapshot, cancellation: cancellation)
        return Dictionary(try tested.compactMap { name in try view.witness(of: name).map { (name, $0) } }) { first, _ in first }
    }

    private func unknown(_ response: String, _ recorded: [String: Witness], _ good: Snapshot) -> Failure {
        let names = recorded.values.flatMap { $0.responses.map(\.name) }.sorted()
        let near = names.isEmpty ? "It has none." : "It has: \(names.prefix(20).joined(separator: "; "))\(names.count > 20 ? " …" : "")."
        return Failure(.usage, "the snapshot \(good.shortID) has recorded no response \(response.debugDescription)", hint: near)
    }
}
