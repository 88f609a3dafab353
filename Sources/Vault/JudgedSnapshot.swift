import Core

/// A snapshot with what is still in doubt about it.
package struct JudgedSnapshot {
    package let snapshot: Snapshot
    /// Those that nobody has settled.
    package let doubts: [(dataset: String, reason: String)]

    package var record: SnapshotRecord { snapshot.record }

    /// - Parameter accepted: the ids of those whose doubts were settled.
    package init(_ snapshot: Snapshot, accepted: Set<String> = []) {
        self.snapshot = snapshot
        doubts = accepted.contains(snapshot.id.hex) ? [] : snapshot.record.doubts
    }
}
