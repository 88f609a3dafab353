import Core
import Tarball
import Vault

/// Puts the results of the threads back into path order and appends them to the tree.
final class TreeAssembly: Sendable {
    private struct State {
        let tree: TreeWriter
        var next = 0
        var waiting: [Int: BackupResult] = [:]
        var waitingBytes = 0
        var entries: Int64 = 0
        var dataset: SnapshotRecord.Dataset
        var report: BackupReport
        var failure: String?
    }

    /// Text that waits for an earlier batch, a huge file perhaps, before the threads stop taking more.
    private static let waitingBytesMax = 8 << 20

    private let state: Monitor<State>

    init(_ tree: TreeWriter, dataset: SnapshotRecord.Dataset, report: BackupReport) {
        state = Monitor(State(tree: tree, dataset: dataset, report: report))
    }

    /// Whether a thread may take another batch.
    var hasRoom: Bool { state.withLock { $0.waitingBytes < Self.waitingBytesMax } }

    func add(_ result: BackupResult) throws {
        try state.withLock { state in
            state.waiting[result.number] = result
            state.waitingBytes += result.bytes
            while let ready = state.waiting.removeValue(forKey: state.next) {
                state.next += 1
                state.waitingBytes -= ready.bytes
                try append(ready, &state)
            }
        }
    }

    /// What the dataset came to, and the report with its problems in it.
    func finish() -> (dataset: SnapshotRecord.Dataset, report: BackupReport, entries: Int64, failure: String?) {
        state.withLock { ($0.dataset, $0.report, $0.entries, $0.failure) }
    }

    private func append(_ result: BackupResult, _ state: inout State) throws {
        if let failure = result.failure {
            state.failure = failure
            return
        }
        for piece in result.pieces {
            switch piece {
            case .text(let text): try state.tree.append(text)
            case .first(let entry, let group):
                group.entry = entry
                try state.tree.append(encoded(entry))
            case .link(let entry, let group): try append(entry, group, &state)
            }
        }
        state.entries += result.entries
        state.dataset.add(result.counts)
        for problem in result.problems { state.report.problem(problem.path, problem.reason) }
        for note in result.notes { state.report.note(note) }
    }

    /// A further name has the content of the first, which has come before it.
    private func append(_ entry: TreeEntry, _ group: LinkGroup, _ state: inout State) throws {
        guard let first = group.entry else {
            state.entries -= 1
            state.dataset.files -= 1
            state.dataset.unreadable += 1
            state.report.problem(entry.path.description, "it is a further name of \(group.first), which could not be read")
            return
        }
        // All names of a file share its metadata: as it was when the content was read, whatever it has become since.
        var linked = first
        linked.path = entry.path
        linked.hardLink = group.first
        try state.tree.append(encoded(linked))
    }

    private func encoded(_ entry: TreeEntry) -> [UInt8] {
        var text: [UInt8] = []
        MtreeWriter.append(entry, to: &text)
        return text
    }
}

extension SnapshotRecord.Dataset {
    mutating func add(_ other: SnapshotRecord.Dataset) {
        files += other.files
        directories += other.directories
        others += other.others
        bytes += other.bytes
        newBytes += other.newBytes
        unchanged += other.unchanged
        unreadable += other.unreadable
        skipped += other.skipped
        if let more = other.grew { grew = (grew ?? 0) + more }
        mounts = mounts ?? other.mounts
        readsAll = readsAll ?? other.readsAll
    }
}
