package import Core
import Tarball
package import Vault

/// Puts the results of the threads back into path order and appends them to the tree.
package final class TreeAssembly: Sendable {
    private struct State {
        /// The first names of files with several, as text of a tree.
        var firsts: SpillTable
        var next = 0
        var waiting: [Int: BackupResult] = [:]
        var waitingBytes = 0
        var stored: StoredDataset
        var findings = Findings()
        var failure: Failure?
    }

    /// Text that waits for an earlier batch, a huge file perhaps, before the threads stop taking more.
    private static let waitingBytesMax = 8 << 20

    private let tree: Monitor<TreeWriter>
    private let state: Monitor<State>

    /// - Parameter firsts: empty.
    package init(_ tree: Monitor<TreeWriter>, dataset: SnapshotRecord.Dataset, firsts: SpillTable) {
        self.tree = tree
        state = Monitor(State(firsts: firsts, stored: StoredDataset(dataset)))
    }

    /// Whether a thread may take another batch.
    package var hasRoom: Bool { state.withLock { $0.waitingBytes < Self.waitingBytesMax } }

    package func add(_ result: BackupResult) throws {
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

    /// The result for the dataset, the findings about it, and the reason if it must not be stored.
    package func finish() -> (stored: StoredDataset, findings: Findings, failure: Failure?) {
        state.withLock { ($0.stored, $0.findings, $0.failure) }
    }

    private func append(_ result: BackupResult, _ state: inout State) throws {
        if let failure = result.failure {
            state.failure = failure
            return
        }
        for piece in result.pieces {
            switch piece {
            case .text(let text): try append(text)
            case .first(let entry, let link):
                let text = encoded(entry)
                if !link.isLast { try state.firsts.set(link.identity, text) }
                try append(text)
            case .link(let path, let link): try append(path, link, &state)
            }
        }
        state.stored.entries += result.entries
        state.stored.dataset.add(result.counts)
        for finding in result.findings { state.findings.add(finding) }
    }

    /// A further name has the content of the first, which has come before it.
    private func append(_ path: TreePath, _ link: FileLink, _ state: inout State) throws {
        let text = link.carried ?? state.firsts.value(of: link.identity)
        if link.isLast { try state.firsts.remove(link.identity) }
        // The file may have had other names before: those say nothing of this one.
        guard var linked = try text.flatMap({ try MtreeParser.entry(of: $0) }), linked.path == link.first else {
            state.stored.entries -= 1
            state.stored.dataset.files -= 1
            state.stored.dataset.unreadable += 1
            let reason = "it is a further name of \(link.first), which could not be read"
            state.findings.problem(path.description, reason)
            return
        }
        // All names of a file share its metadata: as it was when the content was read, whatever it has become since.
        linked.path = path
        linked.hardLink = link.first
        try append(encoded(linked))
    }

    private func append(_ text: [UInt8]) throws { try tree.withLock { try $0.append(text) } }

    private func encoded(_ entry: TreeEntry) -> [UInt8] {
        var text: [UInt8] = []
        MtreeWriter.append(entry, to: &text)
        return text
    }
}

extension SnapshotRecord.Dataset {
    package mutating func add(_ other: SnapshotRecord.Dataset) {
        files += other.files
        directories += other.directories
        others += other.others
        bytes += other.bytes
        newBytes += other.newBytes
        unchanged += other.unchanged
        unreadable += other.unreadable
        skipped += other.skipped
        if let more = other.leftOut { leftOut = (leftOut ?? 0) + more }
        if let more = other.grew { grew = (grew ?? 0) + more }
        mounts = mounts ?? other.mounts
        readsAll = readsAll ?? other.readsAll
    }
}
