public import Core
import FileTree
import Glibc
import Storage
import Tarball
public import Vault

/// Brings a snapshot back: choose, walk its tree, write, sync. Nothing is called restored before the sync.
public struct Restore {
    private var request: RestoreRequest
    private let progress: Progress
    private let cancellation: Cancellation

    public init(_ request: RestoreRequest, progress: Progress, cancellation: Cancellation) {
        self.request = request
        self.progress = progress
        self.cancellation = cancellation
    }

    /// - Parameter announce: receives the snapshot and the target before anything is written.
    public consuming func run(announce: (Snapshot, _ target: String) -> Void = { _, _ in }) throws -> RestoreReport {
        let clock = ContinuousClock.now
        progress.begin("prepare")
        let vault = try Vault.open(at: request.vault)
        let list = try vault.snapshots()
        let snapshot = try list.choose(SnapshotChoice(request.snapshot, policy: request.policy, host: request.host))
        try requireOwn(snapshot)
        let index = try vault.index(cache: CacheFolder(path: request.cachePath, vaultID: vault.header.id))
        let reader = BlobReader(store: vault.store, index: index, cancellation: cancellation)
        let tree = try TreeReader(reader, snapshot)
        request.filter.sources = DatasetSources(snapshot.record)
        let unused = try unusedPatterns(snapshot, reader, passedOver: list.passedOver(by: request.snapshot, for: snapshot))
        let place = try vault.identity()
        if case .directory(let path) = request.target, Self.isBeneath(path, request.vault) {
            throw Failure(.usage, "the target lies in the vault", hint: "Choose another directory; nothing was changed.")
        }
        let roots = try TargetRoots(request, snapshot, vault: place)
        if let place, try roots.common?.file.status().identity == place {
            throw Failure(.usage, "the target is the vault itself", hint: "Choose another directory; nothing was changed.")
        }
        OpenFile.raiseLimit()
        let judged = JudgedSnapshot(snapshot, accepted: try vault.acceptances(of: [snapshot]))
        announce(snapshot, roots.description)
        progress.begin("restore", bytesTotal: request.filter.isEverything ? Int(snapshot.record.datasets.reduce(0) { $0 + $1.bytes }) : 0)
        let report = Monitor(
            RestoreReport(
                snapshot: snapshot, target: roots.description, isDryRun: request.isDryRun,
                passedOver: list.passedOver(by: request.snapshot, for: snapshot)))
        report.withLock { report in
            if let problem = list.clockProblem(of: snapshot, now: .now()) {
                report.note("warning: snapshot \(snapshot.shortID): \(problem)")
            }
            for doubt in judged.doubts {
                report.note(
                    "warning: \(doubt.dataset) was in doubt when it was backed up: \(doubt.reason). An older snapshot may have more")
            }
        }
        for note in unused { report.withLock { $0.note(note) } }
        let walk = try RestoreWalk(tree, roots: roots, request: request, snapshot: judged, report: report)
        do {
            try write(walk, reader, roots, report)
        } catch {
            try vault.requirePresence()
            throw error
        }
        if !request.isDryRun { try walk.sync() }
        // What this snapshot lacks for another reason is reported as that.
        if !request.filter.include.isEmpty, roots.unplaced.isEmpty,
            report.withLock({ $0.isNothing && $0.incomplete.isEmpty && $0.passedOver.isEmpty })
        {
            throw Failure(
                .usage, "nothing in the snapshot \(snapshot.shortID) matches what is to be included",
                hint: "`rekindle ls \(snapshot.shortID)` lists what there is; nothing was restored.")
        }
        // Damage everywhere is rather a vault that is gone.
        if report.withLock({ $0.damagedCount }) > 0 { try vault.requirePresence() }
        return report.withLock { report in
            report.durationMilliseconds = clock.duration(to: .now).milliseconds
            return report
        }
    }

    /// Another host's data goes over this one's only where that is said.
    private func requireOwn(_ snapshot: Snapshot) throws {
        guard case .origin = request.target else { return }
        let hint = "Say --host \(snapshot.record.host) to put its data into the directories of this one; nothing was changed."
        switch request.host {
        case .preferring(let own) where snapshot.record.host != own:
            throw Failure(.usage, "\(snapshot.text), is another host's: this is \(own)", hint: hint)
        case .only(let name) where snapshot.record.host != name:
            throw Failure(.usage, "\(snapshot.text), is not of the host \(name)", hint: hint)
        default: return
        }
    }

    /// What of the filter matches nothing: looked for before anything is written. An include of that kind is a mistake, unless what it names
    /// may be among what this snapshot lacks.
    private func unusedPatterns(_ snapshot: Snapshot, _ reader: BlobReader, passedOver: [SnapshotList.Damage]) throws -> [String] {
        if request.filter.isEverything { return [] }
        progress.begin("look for what is asked for")
        var (includes, excludes) = (PatternUse(request.filter.include), PatternUse(request.filter.exclude))
        var tree = try TreeReader(reader, snapshot)
        while let path = try tree.next()?.entry.path.bytes {
            try cancellation.check()
            let placed = PlacedPath(path, request.filter.sources)
            includes.last(covering: placed)
            excludes.last(covering: placed)
        }
        let missing = includes.unused.map(\.text)
        let isWhole = snapshot.record.isComplete && passedOver.isEmpty && tree.damage.isEmpty
        guard missing.isEmpty || !isWhole else {
            let names = missing.map { "\"\($0)\"" }.joined(separator: ", ")
            throw Failure(
                .usage, "nothing in the snapshot \(snapshot.shortID) matches what is to be included: \(names)",
                hint: "`rekindle ls \(snapshot.shortID)` lists what there is; nothing was restored.")
        }
        return missing.map { "warning: the include \"\($0)\" matches nothing in this snapshot, which is not whole" }
            + excludes.unused.map(\.asUnused)
    }

    /// Whether a path, or what there is of it, lies beneath the directory of the vault.
    private static func isBeneath(_ path: String, _ vault: String) -> Bool {
        let resolved = Directory.resolved
        guard let vault = resolved(vault) else { return false }
        var place = path
        while resolved(place) == nil, let slash = place.lastIndex(of: "/") {
            place = slash == place.startIndex ? "/" : String(place[..<slash])
        }
        // The vault itself is reported as that.
        return resolved(path) != vault && ((resolved(place) ?? resolved(".") ?? "") + "/").hasPrefix(vault + "/")
    }

    /// Several threads take files from the walk and write them; those without work decode ahead for the others.
    private func write(_ walk: RestoreWalk, _ reader: BlobReader, _ roots: TargetRoots, _ report: Monitor<RestoreReport>) throws {
        let shared = Monitor(walk)
        let turns = Monitor(RestoreTurns())
        let linked = Monitor<[FileIdentity: SHA256Digest]>([:])
        let busy = Monitor(Crew.size)
        let failed = Cancellation()
        let (request, progress, cancellation) = (request, progress, cancellation)
        try Crew.run { _ in
            do {
                defer {
                    busy.withLock { $0 -= 1 }
                    reader.wake()
                }
                let writer = FileWriter(
                    request, reader: reader, roots: roots, report: report, linked: linked, progress: progress,
                    cancellation: cancellation)
                do {
                    while !failed.isCancelled, let batch = try shared.withLock({ try $0.next(cancellation) }) {
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

extension Vault {
    /// Which directory it is, so that neither a backup nor a restore takes it for data; nil where it is none of this machine's.
    func identity() throws -> FileIdentity? {
        store is LocalStore ? try Directory.open(store.location).file.status().identity : nil
    }

    /// The same with its folders, each of which may be mounted elsewhere as well.
    func identities() throws -> Set<FileIdentity> {
        guard store is LocalStore else { return [] }
        let root = try Directory.open(store.location)
        let folders = try Folder.allCases.compactMap { try root.statusIfPresent(of: Array($0.rawValue.utf8))?.identity }
        return Set(folders + [try root.file.status().identity])
    }
}

/// Which batches are done: a hard link waits until all batches before its own are, the one with its first name among them.
struct RestoreTurns {
    private var done: Set<Int> = []
    private var firstOpen = 0
    var isOver = false

    mutating func end(_ number: Int) {
        done.insert(number)
        while done.remove(firstOpen) != nil { firstOpen += 1 }
    }

    func hasEndedAllBefore(_ number: Int) -> Bool { firstOpen >= number || isOver }
}
