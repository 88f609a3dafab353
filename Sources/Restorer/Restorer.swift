package import Core
import FileTree
import Glibc
import Storage
import Tarball
package import Vault

/// Writes a snapshot into a target with all cores: some threads walk its tree and write, and those that wait decode ahead.
package struct Restorer {
    private let view: SnapshotView
    private let snapshot: JudgedSnapshot
    private let options: RestoreOptions
    private let progress: Progress

    /// - Parameter accepted: the ids of snapshots whose doubts were settled.
    package init(_ view: SnapshotView, _ options: RestoreOptions, accepted: Set<String> = [], progress: Progress) {
        (self.view, self.options, self.progress) = (view, options, progress)
        snapshot = JudgedSnapshot(view.snapshot, accepted: accepted)
    }

    /// Nothing is called restored before the sync: when this returns, all that is counted is on its medium.
    ///
    /// - Parameter announce: receives the target before anything is written.
    package func run(announce: (String) -> Void = { _ in }) throws -> RestoreReport {
        let tree = try TreeReader(view.reader, snapshot.snapshot)
        let place = try view.vault.identity()
        let roots = try TargetRoots(options, snapshot.snapshot, vault: place)
        if let place, try roots.common?.file.status().identity == place {
            throw Failure(.usage, "the target is the vault itself", hint: "Choose another directory; nothing was changed.")
        }
        OpenFile.raiseLimit()
        announce(roots.description)
        let total = options.filter.isEverything ? snapshot.record.datasets.reduce(0) { $0 + $1.bytes } : 0
        progress.begin("restore", bytesTotal: Int(total))
        let report = Monitor(RestoreReport(snapshot: snapshot.snapshot, target: roots.description, isDryRun: options.isDryRun))
        report.withLock { $0.unplaced = roots.unplaced }
        let names = try RestoreWalk(tree, roots: roots, options: options, snapshot: snapshot, report: report)
        names.progress = progress
        let walk = Monitor(names)
        try write(walk, roots, report)
        if !options.isDryRun { try walk.withLock { try $0.sync() } }
        return report.withLock { $0 }
    }

    /// Several threads take files from the walk and write them; those without work decode ahead for the others.
    private func write(_ walk: Monitor<RestoreWalk>, _ roots: TargetRoots, _ report: Monitor<RestoreReport>) throws {
        let turns = Monitor(RestoreTurns())
        let linked = Monitor<[FileIdentity: SHA256Digest]>([:])
        let busy = Monitor(Crew.size)
        let failed = Cancellation()
        let (options, reader, progress, cancellation) = (options, view.reader, progress, view.cancellation)
        try Crew.run { _ in
            do {
                defer {
                    busy.withLock { $0 -= 1 }
                    reader.wake()
                }
                let writer = FileWriter(
                    options, reader: reader, roots: roots, report: report, linked: linked, progress: progress,
                    cancellation: cancellation)
                do {
                    while !failed.isCancelled, let batch = try walk.withLock({ try $0.next(cancellation) }) {
                        defer { turns.update { $0.end(batch.number) } }
                        for job in batch.jobs { try writer.write(job, turns: turns, batch: batch.number) }
                    }
                } catch {
                    failed.cancel()
                    turns.update { $0.isOver = true }
                    throw error
                }
            }
            reader.help { busy.withLock { $0 <= 0 } || failed.isCancelled }
        }
    }
}
