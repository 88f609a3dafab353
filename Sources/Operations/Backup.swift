import Archiver
import Commands
public import Core
import FileTree
import Glibc
import Manifests
import PhotonicCore
import Proof
import Storage
import Tarball
public import Vault

/// One backup: hooks, manifests, data, index, record. The record is the last thing written: until then there is no snapshot.
public struct Backup {
    private let request: BackupRequest
    private let repository: Repository
    private let progress: Progress
    private let cancellation: Cancellation
    private let started = Timestamp.now()
    private let clock = ContinuousClock.now
    private var report = BackupReport()
    private var witnesses: [SnapshotRecord.Witness] = []
    private var failedHooks: [Finding] = []
    /// Of the history of the manifests, when a snapshot has it.
    private var push: HistoryPush?
    /// What became of the one before; nil where none was ever written down.
    private var lastPush: PushEvidence?

    public init(_ request: BackupRequest, in repository: Repository, progress: Progress, cancellation: Cancellation) {
        self.request = request
        self.repository = repository
        self.progress = progress
        self.cancellation = cancellation
    }

    public consuming func run() throws -> BackupReport {
        progress.begin("prepare")
        OpenFile.raiseLimit()
        guard request.datasets.count <= SnapshotRecord.datasetsMax else {
            throw Failure(.usage, "\(request.datasets.count) sources are more than the \(SnapshotRecord.datasetsMax) of one snapshot")
        }
        let snapshots = try repository.snapshots()
        if request.isDryRun, request.hasHooks { report.note("hooks are not run in a dry run") }
        do {
            // The application goes on as soon as its data has been read.
            let read = hold(request.preparation, "the backup") { backup in try backup.readAll(snapshots) }
            if let read = try read.get() { try commit(read) }
        } catch {
            try repository.vault.requirePresence()
            throw withProblems((error as? Preparation.Refusal)?.failure ?? error)
        }
        // Not while the application stands still for the backup: a remote may be slow, or gone.
        pushHistory()
        report.durationMilliseconds = clock.duration(to: .now).milliseconds
        return report
    }

    /// Data that was read, and is in no snapshot yet.
    private struct Read {
        let archiver: Archiver
        let history: ManifestHistory
        let parent: Snapshot?
        /// The snapshot that was the newest of all.
        let newest: Snapshot?
        let entries: Int64
        /// Of the manifests.
        let commit: String?
    }

    /// Nil after a dry run.
    private mutating func readAll(_ snapshots: SnapshotList) throws -> Read? {
        checkClock(snapshots)
        let parent = chooseParent(snapshots)
        let accepted = try repository.vault.acceptances(of: snapshots.snapshots)
        let nights = Nights(before: parent, in: snapshots, accepted: accepted, host: request.host)
        let reader = try openIndex()
        let history = ManifestHistory(in: try openFolder(), views: histories(snapshots, reader))
        let manifests = try captureManifests(into: history)
        let tree = try openTree(of: parent, reader)
        let archiver = try Archiver(repository.vault, reader, parent: tree, settling: request.settling, progress: progress)
        progress.begin("backup", bytesTotal: Int(parent.map { $0.record.datasets.reduce(0) { $0 + $1.bytes } } ?? 0))
        var entries: Int64 = 0
        // Nothing is compared in a dry run.
        let settled = try request.isDryRun ? AcceptedResponses() : repository.vault.acceptedResponses(of: snapshots.snapshots)
        // In the order of the tree.
        let sources = (dataSources(nights) + manifests.sources).sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        for source in sources {
            let responses = try responses(of: source, snapshots, settled, reader)
            let archived = hold(source.preparation, source.name) { backup in
                try backup.archive(source, with: archiver, nights, history: responses)
            }
            do { entries += try archived.get() } catch let refusal as Preparation.Refusal {
                // Nobody knows what state its data is in, so it is left out.
                report.findings.problem(source.name, refusal.failure.message, output: refusal.failure.output)
                report.datasets.append(.failed(source.name, from: source.origin))
            }
        }
        for note in archiver.unusedExcludes { report.note(note) }
        try cancellation.check()
        if request.isDryRun { return nil }
        return Read(
            archiver: archiver, history: history, parent: parent, newest: snapshots.snapshots.last, entries: entries,
            commit: manifests.commit)
    }

    /// Makes what was read durable, and a snapshot of it.
    private mutating func commit(_ read: Read) throws {
        guard report.datasets.contains(where: { $0.outcome != .failed }) else {
            throw Failure(.failed, "nothing could be backed up: \(firstProblem)", hint: "No snapshot was made.")
        }
        let tree = try read.archiver.finish()
        report.storedBytes = Int64(read.archiver.storedBytes)
        report.snapshot = try repository.vault.commit(record(read, tree))
        // Not before: what a remote has must be what a snapshot has, or the next push would be refused.
        if read.commit != nil { push = historyPush(read.history) }
    }

    // MARK: Preparation

    private mutating func openIndex() throws -> BlobReader {
        let (vault, cache) = (repository.vault, repository.cache)
        let index = try request.isDryRun ? vault.index(cache: cache) : vault.indexForWriting(cache: cache, cancellation: cancellation)
        for damaged in index.damage { report.note("\(damaged): run `rekindle verify`") }
        return BlobReader(store: vault.store, index: index, cancellation: cancellation)
    }

    /// The folder of the policy in the cache.
    private mutating func openFolder() throws -> WorkingFolder {
        if !request.isDryRun { ScratchFolder.removeLeftovers(in: WorkingFolder.temporaryRoot).forEach(progress.notice) }
        let folder = try WorkingFolder(repository.cache.folder(named: request.policy ?? "default"))
        if folder.isTemporary, request.encryptsSecrets {
            report.findings.warn(
                "without a cache nobody knows which secrets have changed: each gets new ciphertext, and the history grows by all of "
                    + "them. XDG_CACHE_HOME or HOME names a directory that stays, and no other run of this policy may work in it meanwhile")
        }
        return folder
    }

    /// Reads the manifests and commits them to their history, which are then two datasets.
    private mutating func captureManifests(into history: ManifestHistory) throws -> BackupManifests.Captured {
        if !request.isDryRun { lastPush = try repository.vault.lastPush(of: request.policy) }
        let (push, last) = (historyPush(history), lastPush)
        return try BackupManifests(request, history: history, progress: progress, cancellation: cancellation)
            .run(&report) { remotes, findings in try push.join(remotes, after: last, &findings) }
    }

    private func dataSources(_ nights: Nights) -> [DataSource] {
        request.datasets.compactMap { dataset in
            switch dataset.source {
            case .directory(let directory): source(dataset, from: directory.label ?? directory.path, .directory(directory), nights)
            case .command(let command, let file): source(dataset, from: "`\(command.text)`", .command(command, file: file), nights)
            case .input(let input, let file): source(dataset, from: "standard input", .input(input, file: file), nights)
            case .manifests: nil
            }
        }
    }

    private func source(
        _ dataset: BackupRequest.Dataset, from origin: String, _ content: DataSource.Content, _ nights: Nights
    ) -> DataSource {
        var source = DataSource(dataset.name, from: origin, content)
        (source.preparation, source.expect) = (dataset.preparation, dataset.expect)
        source.readsAll = nights.isForReadingAll(of: source)
        return source
    }

    // MARK: Data

    /// Stores one dataset and tests it; returns how many entries the tree has of it.
    private mutating func archive(
        _ source: DataSource, with archiver: Archiver, _ nights: Nights, history: WitnessHistory?
    ) throws -> Int64 {
        if request.isDryRun {
            report.datasets.append(try archiver.count(source, &report.findings))
            return 0
        }
        let test = try liveTest(source, history)
        var stored = try archiver.store(source, &report.findings)
        if stored.dataset.outcome != .failed { nights.judge(&stored.dataset, source) }
        report.datasets.append(stored.dataset)
        if stored.dataset.outcome != .failed, let test {
            let tested = try test.finish(&report.findings, store: archiver.store(document:))
            report.selfTests.append(tested.result)
            witnesses.append(tested.witness)
        }
        return stored.entries
    }

    // MARK: The history of the manifests

    private func historyPush(_ history: ManifestHistory) -> HistoryPush {
        HistoryPush(history, policy: request.policy, environment: request.environment, cancellation: cancellation)
    }

    /// The snapshot is there by now: whatever becomes of a push, or of an interruption, is a problem to name and no failure.
    private mutating func pushHistory() {
        guard let push else { return }
        for case .manifests(let manifests) in request.datasets.map(\.source) {
            do {
                // Of a remote that the policy no longer names, it is written once that nothing is owed to it.
                let result = try push.run(manifests, &report.findings)
                if !result.failed.isEmpty || lastPush.map({ !$0.failed.isEmpty }) ?? false {
                    _ = try repository.vault.record(result, kind: .push, time: result.time)
                }
            } catch {
                report.problem(
                    ReservedNames.history,
                    "the snapshot is saved, and its history was not pushed: \(error). The next backup does it.")
            }
        }
    }

    /// Between the hooks, as the reading itself: the data stands still.
    private mutating func liveTest(_ source: DataSource, _ history: WitnessHistory?) throws -> LiveSelfTest? {
        var directory: String?
        if case .directory(let found) = source.content { directory = found.path }
        if directory == nil, request.hasSuite(of: source.name) {
            // There is nothing yet that they could look at.
            report.note("\(source.name) is what a command writes: its self-tests are run over a restore, and not over live data")
        }
        if directory != nil, let reason = request.unusableSuite(of: source.name) { return LiveSelfTest(source.name, unusable: reason) }
        guard let history, let question = request.question(about: source.name, hasFiles: directory != nil) else { return nil }
        progress.name("self-tests")
        defer { progress.name("backup") }
        let conditions = Command.Conditions(
            environment: ["REKINDLE_POLICY": request.policy ?? ""], cancellation: cancellation)
        return try LiveSelfTest.run(source.name, directory: directory, question, history: history, conditions)
    }

    /// How a dataset that is tested responded in the nights before; nil for one that is not.
    private func responses(
        of source: DataSource, _ snapshots: SnapshotList, _ accepted: AcceptedResponses, _ reader: BlobReader
    ) throws -> WitnessHistory? {
        if request.isDryRun || request.question(about: source.name, hasFiles: true) == nil { return nil }
        let own = snapshots.snapshots.filter { $0.record.policy == request.policy }
        var history = try WitnessHistory(of: source.name, in: own, accepted: accepted, reader)
        history.readsAll = source.readsAll
        return history
    }

    /// The report goes down with the error: what it named is said with it, a failed hook first.
    private func withProblems(_ error: any Error) -> any Error {
        if report.problemCount == 0 { return error }
        let failure = error as? Failure ?? Failure(.failed, "\(error)")
        let all = failedHooks + report.findings.problems.filter { !failedHooks.contains($0) }
        let problems = all.prefix(5).filter { !failure.message.contains($0.text) }.map { "\($0.subject): \($0.text)" }
        let also = problems.isEmpty ? nil : "Also: \(problems.joined(separator: "; "))."
        return Failure(
            failure.code, failure.message, hint: [failure.hint, also].compactMap(\.self).joined(separator: " "), output: failure.output)
    }

    private var firstProblem: String { report.problems.first.map { "\($0.path): \($0.reason)" } ?? "the policy names no data" }

    /// The newest snapshot of the same policy and sources: what has not changed since is carried over from it. This host's where there
    /// is one; else that of any, since the name of a pod is another each night.
    private mutating func chooseParent(_ list: SnapshotList) -> Snapshot? {
        for damaged in list.damage { report.note("the snapshot record \(damaged.name) is damaged: run `rekindle verify`") }
        let sources = Set(request.datasets.compactMap(\.directory))
        let candidates = list.snapshots.filter { snapshot in
            guard snapshot.record.policy == request.policy else { return false }
            return request.policy != nil || Set(snapshot.record.datasets.map(\.name)) == Set(request.datasets.map(\.name))
        }
        return candidates.last { $0.record.host == request.host }
            ?? candidates.last { !sources.isDisjoint(with: $0.record.datasets.map(\.source)) || sources.isEmpty }
    }

    /// Dates order snapshots only where nothing else does, and are shown to people: a wrong one is worth a word.
    private mutating func checkClock(_ list: SnapshotList) {
        let latest = list.snapshots.max { $0.record.time < $1.record.time }
        guard let latest, latest.record.time.milliseconds > started.milliseconds + Timestamp.slack else { return }
        report.findings.warn(
            "the clock says \(started.forPeople) UTC, and the vault has a snapshot of \(latest.record.time.forPeople) UTC "
                + "(\(latest.shortID)): one of the two is wrong. `latest` means what was saved last, whatever the dates say")
    }

    /// Whatever host it comes from: the history of a policy's manifests goes on when the machine that backs up is replaced.
    private func histories(_ list: SnapshotList, _ reader: BlobReader) -> [SnapshotView] {
        list.snapshots.filter { $0.record.policy == request.policy && $0.record.gitCommit != nil }
            .map { SnapshotView(vault: repository.vault, snapshot: $0, reader: reader, cancellation: cancellation) }
    }

    private mutating func openTree(of parent: Snapshot?, _ reader: BlobReader) throws -> ParentTree {
        guard let parent else { return try ParentTree(nil, reader) }
        report.parent = parent.id.hex
        do { return try ParentTree(try TreeReader(reader, parent), reader, of: parent.record) } catch let error as Failure
            where error.code == .damaged
        {
            report.note("the parent snapshot \(parent.shortID) is damaged (\(error.message)): everything is read anew")
            return try ParentTree(nil, reader)
        }
    }

    /// Does something under a preparation, which a dry run leaves out. What its end does wrong is reported.
    private mutating func hold<Value>(
        _ preparation: Preparation, _ what: String, _ body: (inout Backup) throws -> Value
    ) -> Result<Value, any Error> {
        let held = (request.isDryRun ? Preparation() : preparation).hold(
            begin: { try $0.run(under: conditions(of: what, cancellation)) },
            // An interruption does not stop it.
            end: { try $0.run(under: conditions(of: what, Cancellation(), ended: true, $1)) }
        ) { try body(&self) }
        if let error = held.endFailure {
            let failure = error as? Failure ?? Failure(.failed, "\(error)")
            let finding = Finding(.p2, what, "the hook after it failed: \(failure.message)", output: failure.output)
            failedHooks.append(finding)
            report.findings.add(finding)
        }
        return held.result
    }

    /// What a hook is told: what for, and how it went where it is over.
    private func conditions(
        of what: String, _ cancellation: Cancellation, ended: Bool = false, _ error: (any Error)? = nil
    ) -> Command.Conditions {
        var about = HookEnvironment(policy: request.policy, vault: repository.location)
        if request.datasets.contains(where: { $0.name == what }) { about.dataset = what }
        if ended {
            about.problems = report.findings.problems
            about.status = error != nil ? 1 : report.problemCount > 0 ? 3 : 0
        }
        return .init(environment: about.variables, cancellation: cancellation) { [progress] in progress.tell(.output($0, of: what)) }
    }

    private func record(_ read: Read, _ tree: TreeWriter.Result) -> SnapshotRecord {
        var record = SnapshotRecord(
            time: started, vault: repository.vault.header.id, host: request.host, policy: request.policy, program: Program.name,
            tags: request.tags,
            tree: SnapshotRecord.Tree(digest: tree.digest.hex, contents: tree.location.text, bytes: tree.bytes, entries: read.entries),
            datasets: report.datasets, problems: report.problems, problemCount: report.problemCount, parent: read.parent?.id.hex,
            gitCommit: read.commit,
            durationMilliseconds: clock.duration(to: .now).milliseconds, witnesses: witnesses.isEmpty ? nil : witnesses,
            unprotectedClaims: report.unprotectedClaims)
        record.after = read.newest?.id.hex
        return record
    }
}
