package import Vault

/// What became of a dataset.
package struct StoredDataset {
    package var dataset: SnapshotRecord.Dataset
    /// How many entries it added to the tree.
    package var entries: Int64 = 0

    package init(_ dataset: SnapshotRecord.Dataset) { self.dataset = dataset }

    /// Of a dataset that is not in the snapshot at all.
    package init(failed source: DataSource, entries: Int64 = 0) {
        dataset = source.record
        dataset.outcome = .failed
        self.entries = entries
    }
}
