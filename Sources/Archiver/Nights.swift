import Core
package import Vault

/// What the snapshots before a backup say of its datasets.
package struct Nights {
    /// The newest first: the parent, its parent, and so on, up to one that a person has accepted.
    private let snapshots: [Snapshot]
    private let accepted: Set<String>
    private static let lookedAtMax = 400

    /// - Parameter host: that backs up. Where the parent is another's, its nights count if its name is one that comes once, as a pod's does;
    ///   a machine that comes back has data of its own.
    package init(before parent: Snapshot?, in list: SnapshotList, accepted: Set<String>, host: String) {
        let known = Dictionary(list.snapshots.map { ($0.id.hex, $0) }) { first, _ in first }
        var chain: [Snapshot] = []
        var next = parent
        while let snapshot = next, chain.count < Self.lookedAtMax {
            chain.append(snapshot)
            next = accepted.contains(snapshot.id.hex) ? nil : snapshot.record.parent.flatMap { known[$0] }
        }
        let counts = Dictionary(chain.map { ($0.record.host, 1) }, uniquingKeysWith: +)
        let isOneSource = counts[host, default: 0] < 2 && !counts.contains { $0.key != host && $0.value > 1 }
        snapshots = isOneSource ? chain : chain.filter { $0.record.host == host }
        self.accepted = accepted
    }

    /// Compares a dataset with what it should hold, and writes down what it may lack.
    package func judge(_ dataset: inout SnapshotRecord.Dataset, _ source: DataSource) {
        guard let expect = source.expect else { return }
        let doubts = expect.doubts(of: dataset, after: self.dataset(source.name, from: source.origin), isOutput: source.isOutput)
        if !doubts.isEmpty { dataset.doubts = doubts }
    }

    /// Whether this is a night for reading all of it, whatever the times say.
    package func isForReadingAll(of source: DataSource) -> Bool {
        guard case .directory(let directory) = source.content, case .content(let every) = directory.change else { return false }
        let last = dataset(source.name, from: source.origin).prefix(every - 1)
        return !last.contains { $0.readsAll == true && $0.outcome != .failed }
    }

    /// The dataset as it was, from the same source, the newest first.
    package func dataset(_ name: String, from source: String) -> [SnapshotRecord.Dataset] {
        snapshots.compactMap { snapshot in
            guard var found = snapshot.record.datasets.first(where: { $0.name == name && $0.source == source }) else { return nil }
            // Once a person has accepted a size, the next nights are measured by it.
            if accepted.contains(snapshot.id.hex) { found.doubts = nil }
            return found
        }
    }
}
