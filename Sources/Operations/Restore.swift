public import Core
import FileTree
import Glibc
public import Restorer
import Storage
import Tarball
public import Vault

/// Brings a snapshot back: choose, walk its tree, write, sync. Nothing is called restored before the sync.
public struct Restore {
    private var request: RestoreRequest
    private let repository: Repository
    private let progress: Progress
    private let cancellation: Cancellation

    public init(_ request: RestoreRequest, in repository: Repository, progress: Progress, cancellation: Cancellation) {
        self.request = request
        self.repository = repository
        self.progress = progress
        self.cancellation = cancellation
    }

    /// - Parameter announce: receives the snapshot and the target before anything is written.
    public consuming func run(announce: (Snapshot, _ target: String) -> Void = { _, _ in }) throws -> RestoreReport {
        let clock = ContinuousClock.now
        progress.begin("prepare")
        let vault = repository.vault
        let list = try repository.snapshots()
        let snapshot = try repository.choose(SnapshotChoice(request.snapshot, policy: request.policy, host: request.host), in: list)
        try requireOwn(snapshot)
        let view = try repository.view(snapshot, cancellation: cancellation)
        request.options.filter.sources = DatasetSources(snapshot.record)
        let passedOver = list.passedOver(by: request.snapshot, for: snapshot)
        let unused = try unusedPatterns(view, passedOver: passedOver)
        if case .directory(let path) = request.options.target, Self.isBeneath(path, repository.location) {
            throw Failure(.usage, "the target lies in the vault", hint: "Choose another directory; nothing was changed.")
        }
        let accepted = try vault.acceptances(of: [snapshot])
        let restorer = Restorer(view, request.options, accepted: accepted, progress: progress)
        var report: RestoreReport
        do { report = try restorer.run { announce(snapshot, $0) } } catch {
            try vault.requirePresence()
            throw error
        }
        report.passedOver = passedOver
        var findings = findings(about: JudgedSnapshot(snapshot, accepted: accepted), list)
        findings.add(unused)
        findings.add(report.findings)
        report.findings = findings
        try requireSomething(report)
        // Damage everywhere is rather a vault that is gone.
        if report.damagedCount > 0 { try vault.requirePresence() }
        report.durationMilliseconds = clock.duration(to: .now).milliseconds
        return report
    }

    private func findings(about snapshot: JudgedSnapshot, _ list: SnapshotList) -> Findings {
        var findings = Findings()
        if let problem = list.clockProblem(of: snapshot.snapshot, now: .now()) {
            findings.warn("snapshot \(snapshot.snapshot.shortID): \(problem)")
        }
        for doubt in snapshot.doubts {
            findings.warn("\(doubt.dataset) was in doubt when it was backed up: \(doubt.reason). An older snapshot may have more")
        }
        findings.add(Self.missing(snapshot.snapshot, in: list))
        return findings
    }

    /// What the snapshot itself lacks, and where else it is.
    static func missing(_ snapshot: Snapshot, in list: SnapshotList) -> Findings {
        var findings = Findings()
        for dataset in snapshot.record.datasets where dataset.outcome != .complete {
            let what =
                dataset.outcome == .failed
                ? "it is not in this snapshot, since its backup failed"
                : "it is in this snapshot without what could not be read: \(dataset.unreadable.counted("path"))"
            let other = list.snapshots.last { other in
                other.record.policy == snapshot.record.policy && other.record.host == snapshot.record.host
                    && other.record.datasets.contains { $0.name == dataset.name && $0.outcome == .complete }
            }
            let whole =
                other.map { "\($0.shortID) of \($0.record.time.forPeople) UTC has all of it" }
                ?? "no other snapshot of this host has all of it"
            findings.problem(dataset.name, "\(what) (`rekindle show \(snapshot.shortID)` says why); \(whole)")
        }
        return findings
    }

    /// Data missing for another reason is reported with that reason.
    private func requireSomething(_ report: RestoreReport) throws {
        guard !request.options.filter.include.isEmpty, report.unplaced.isEmpty, report.isNothing, report.incomplete.isEmpty,
            report.passedOver.isEmpty
        else { return }
        throw Failure(
            .usage, "nothing in the snapshot \(report.snapshot.shortID) matches what is to be included",
            hint: "`rekindle ls \(report.snapshot.shortID)` lists what there is; nothing was restored.")
    }

    /// Another host's data goes over this one's only where that is said.
    private func requireOwn(_ snapshot: Snapshot) throws {
        guard case .origin = request.options.target else { return }
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
    private func unusedPatterns(_ view: SnapshotView, passedOver: [SnapshotList.Damage]) throws -> Findings {
        let snapshot = view.snapshot
        if request.options.filter.isEverything { return Findings() }
        progress.begin("look for what is asked for")
        var (includes, excludes) = (PatternUse(request.options.filter.include), PatternUse(request.options.filter.exclude))
        var tree = try TreeReader(view.reader, snapshot)
        while let path = try tree.next()?.entry.path.bytes {
            try cancellation.check()
            let placed = PlacedPath(path, request.options.filter.sources)
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
        var findings = Findings()
        for text in missing { findings.warn("the include \"\(text)\" matches nothing in this snapshot, which is not whole") }
        for pattern in excludes.unused { findings.note(pattern.asUnused) }
        return findings
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
}
