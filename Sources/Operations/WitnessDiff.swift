import Core
public import PhotonicCore
import Proof
public import Vault

/// What differs in how the data of two snapshots responded when they were made.
public struct WitnessDiff {
    /// What differs in one dataset.
    public struct Dataset: Sendable, Encodable {
        /// Its name.
        public let name: String
        /// In the order of their names.
        public let changes: [WitnessChange]
        /// Why there is nothing to compare; nil where there is.
        public let lack: String?
    }

    private let old: SnapshotView
    private let new: SnapshotView

    public init(old: SnapshotView, new: SnapshotView) { (self.old, self.new) = (old, new) }

    /// Of each dataset that was tested in one of the two.
    public func run() throws -> [Dataset] {
        func names(_ view: SnapshotView) -> [String] { (view.snapshot.record.witnesses ?? []).map(\.dataset) }
        return try Set(names(old) + names(new)).sorted().map { name in
            guard let before = try old.witness(of: name) else { return lack(name, of: old) }
            guard let after = try new.witness(of: name) else { return lack(name, of: new) }
            return Dataset(name: name, changes: after.changes(since: before), lack: nil)
        }
    }

    private func lack(_ name: String, of view: SnapshotView) -> Dataset {
        Dataset(name: name, changes: [], lack: "snapshot \(view.snapshot.shortID) has no responses of it")
    }
}
