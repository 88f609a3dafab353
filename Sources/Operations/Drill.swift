public import Core
import FileTree
import Glibc
import Kubernetes
import PhotonicCore
public import Proof
public import Restorer
import Tarball
public import Vault

/// A restore into a scratch directory, and if asked into scratch namespaces of a cluster, validated, measured and removed: proof that the worst day
/// would end well.
public struct Drill {
    public struct Request: Sendable {
        public var snapshot: String
        /// `latest` and `@TIME` mean snapshots of this policy only; nil for all.
        public var policy: String?
        /// And of this host.
        public var host = HostChoice.any
        public var steps: [Validation.Step]
        /// How old the newest restorable data may be, and how long a recovery may take.
        public var recoveryPoint: Duration?
        public var recoveryTime: Duration?
        /// Where the scratch directory is made.
        public var scratch: String
        /// Into which cluster the manifests go as well, under other namespaces; its vault and its snapshot are those of the drill.
        public var cluster: ClusterRestoreRequest?
        /// Goes on in a cluster without a proof that what runs there reaches nobody.
        public var acceptsNoIsolation = false
        /// What it is evidence for.
        public var controls: [String] = []
        /// Any snapshot of the policy, drawn by lot, in place of `snapshot`.
        public var isRandom = false

        public init(snapshot: String, steps: [Validation.Step], scratch: String) {
            self.snapshot = snapshot
            self.steps = steps
            self.scratch = scratch
        }
    }

    public struct Report: Sendable, Encodable {
        private enum CodingKeys: CodingKey { case evidence, name, evidenceProblem, leftBehind, findings }

        /// What was done, and what came of it.
        public internal(set) var evidence: DrillEvidence
        /// Where in the vault it was written; nil for a rehearsal, and where that was not possible.
        public internal(set) var name: String?
        /// Why it could not be written.
        public internal(set) var evidenceProblem: String?
        public let restore: RestoreReport
        public let cluster: ClusterRestoreReport?
        public let results: [Validation.Result]
        /// What the operator should know besides.
        public internal(set) var findings: Findings
        /// The parts of the scratch directory and namespaces that could not be removed.
        public let leftBehind: String?
    }

    private var request: Request
    private let repository: Repository
    private let progress: Progress
    private let cancellation: Cancellation
    private let started = Timestamp.now()
    private let clock = ContinuousClock.now
    private var phases: [DrillEvidence.Phase] = []
    /// Where programs of other users go through the scratch directory, nobody else knows the name.
    private let treeName: String

    public init(_ request: Request, in repository: Repository, progress: Progress, cancellation: Cancellation) {
        self.request = request
        treeName = request.steps.haveOtherUsers ? "restored-\(UInt64.random(in: .min ... .max))" : "restored"
        self.repository = repository
        self.progress = progress
        self.cancellation = cancellation
    }

    /// Checks that the evidence lists, of all steps together; beyond, they are counted.
    private static let checksMax = 10_000

    public consuming func run() throws -> Report {
        let vault = repository.vault
        var report = try rehearse { evidence in
            // It could not even be restored: that is to be known as well.
            _ = try vault.record(evidence, kind: .drill, time: evidence.time)
        }
        report.evidence.regressions = DrillComparison(for: report.evidence, in: vault).regressions(of: report.evidence)
        for sentence in report.evidence.regressions ?? [] { report.findings.warn("compared with the last drills, \(sentence)") }
        // The result counts all the same, and is reported.
        do { report.name = try vault.record(report.evidence, kind: .drill, time: report.evidence.time) } catch {
            report.evidenceProblem = "the evidence could not be written into the vault: \(error)"
        }
        return report
    }

    /// The same without a trace in the vault.
    ///
    /// - Parameter failed: is given the evidence of a drill that came to no end.
    consuming func rehearse(failed: (DrillEvidence) throws -> Void = { _ in }) throws -> Report {
        let vault = repository.vault
        let list = try repository.snapshots()
        // `latest` may be another one at the end.
        let snapshot = try chosen(list)
        let newer = list.passedOver(by: request.snapshot, for: snapshot)
        let latest = try repository.choose(SnapshotChoice("latest", policy: request.policy, host: request.host), in: list)
        let isNewest = latest.id == snapshot.id && newer.isEmpty
        var about = About(vault: vault, snapshot: snapshot, isNewest: isNewest)
        about.doubts = JudgedSnapshot(snapshot, accepted: try vault.acceptances(of: [snapshot])).doubts
        if !newer.isEmpty { about.failures.append("\(newer.count) newer records are damaged: this is an older snapshot") }
        for sentence in ScratchFolder.removeLeftovers(in: request.scratch) { progress.notice(sentence) }
        let scratch = try ScratchFolder(.drill, in: request.scratch, isPassable: request.steps.haveOtherUsers)
        var isApplied = false
        /// Whatever went wrong, nothing of the application is left lying about.
        func cleanUp() -> String? {
            progress.begin("clean up", objectsTotal: 0)
            let trouble = [scratch.remove(), isApplied ? about.namespaces?.remove() : nil].compactMap(\.self)
            return trouble.isEmpty ? nil : trouble.joined(separator: " ")
        }
        let restored: RestoreReport
        var cluster: ClusterRestoreReport?
        let results: [Validation.Result]
        do {
            try request.cluster?.resolveCluster()
            about.namespaces = try request.cluster.map { cluster in
                try DrillNamespaces(try view(snapshot), chosen: cluster.namespaces, source: cluster.cluster)
            }
            if let leftovers = try about.namespaces?.leftovers(cancellation) { about.findings.add(leftovers) }
            restored = try measure("restore") { try restore(snapshot, to: target(in: scratch)) }
            if let request = request.cluster, let namespaces = about.namespaces {
                cluster = try measure("cluster") { try restore(snapshot, into: request, namespaces) { isApplied = true } }
            }
            if let cluster { about.findings.add(cluster.allFindings) }
            results = try measure("validate") { try validate(restored, in: scratch, about, isInCluster: cluster?.stopped == nil) }
        } catch {
            let trouble = cleanUp()
            let failure = error as? Failure ?? Failure(.failed, "\(error)")
            // A namespace or a context that there is not is a mistake; a key that opens nothing is one on any other day, and here it is what
            // the drill has shown.
            let isMistake = failure.code == .usage && request.cluster != nil && about.namespaces == nil
            if failure.code != .interrupted, !isMistake {
                about.failures.append(failure.message)
                about.isDamaged = failure.code == .damaged
                // The error that matters is the first; that it left no evidence is said with it.
                do { try failed(evidence(about, nil, nil, [], clock.duration(to: .now), trouble)) } catch {
                    throw Self.adding(
                        [trouble, "Its evidence could not be written: \(error)"].compactMap(\.self).joined(separator: " "), to: failure)
                }
            }
            throw trouble.map { Self.adding($0, to: failure) } ?? failure
        }
        // Nobody probes on the day itself.
        let recovery = clock.duration(to: .now) - part(probe: .milliseconds(cluster?.probeMilliseconds ?? 0))
        let leftBehind = cleanUp()
        return Report(
            evidence: evidence(about, restored, cluster, results, recovery, leftBehind), restore: restored, cluster: cluster,
            results: results, findings: about.findings, leftBehind: leftBehind)
    }

    private func chosen(_ list: SnapshotList) throws -> Snapshot {
        let named = try repository.choose(SnapshotChoice(request.snapshot, policy: request.policy, host: request.host), in: list)
        guard request.isRandom else { return named }
        let own = request.host.filter(list.snapshots.filter { request.policy == nil || $0.record.policy == request.policy })
        return own.randomElement() ?? named
    }

    /// The snapshot that is drilled, and the problems that are known before.
    private struct About {
        let vault: Vault
        let snapshot: Snapshot
        let isNewest: Bool
        /// About the snapshot, that nobody has settled.
        var doubts: [(dataset: String, reason: String)] = []
        var failures: [String] = []
        /// Whether so much is lost that the restore came to no end.
        var isDamaged = false
        var findings = Findings()
        var namespaces: DrillNamespaces?
    }

    private mutating func measure<Value>(_ name: String, _ body: () throws -> Value) rethrows -> Value {
        let begun = ContinuousClock.now
        defer { phases.append(.init(name: name, durationMilliseconds: begun.duration(to: .now).milliseconds)) }
        return try body()
    }

    /// Takes the probe out of the phase that it was made in, as one of its own; returns how long it took.
    private mutating func part(probe: Duration) -> Duration {
        guard probe > .zero, let index = phases.firstIndex(where: { $0.name == "cluster" }) else { return .zero }
        let rest = max(0, phases[index].durationMilliseconds - probe.milliseconds)
        phases[index] = .init(name: "cluster", durationMilliseconds: rest)
        phases.insert(.init(name: "probe", durationMilliseconds: probe.milliseconds), at: index)
        return probe
    }

    private func restore(_ snapshot: Snapshot, to target: String) throws -> RestoreReport {
        let request = RestoreRequest(snapshot: snapshot.id.hex, target: .directory(target))
        return try Restore(request, in: repository, progress: progress, cancellation: cancellation).run()
    }

    private func restore(
        _ snapshot: Snapshot, into cluster: ClusterRestoreRequest, _ namespaces: DrillNamespaces, applying: () -> Void
    ) throws -> ClusterRestoreReport {
        var request = cluster
        request.snapshot = snapshot.id.hex
        request.namespaces = namespaces.renamed.keys.sorted()
        request.mapping.namespaces = namespaces.renamed
        request.drill = .init(
            number: namespaces.drill, namespaces: Set(namespaces.renamed.values), live: namespaces.renamed.keys.sorted(), expires: expiry,
            acceptsNoIsolation: self.request.acceptsNoIsolation)
        // Nothing of these names can be there: if it is, it is not ours.
        request.existing = .fail
        return try ClusterRestore(request, in: repository, progress: progress, cancellation: cancellation).run(show: { _, _ in applying() })
    }

    /// When whatever runs in the cluster has surely ended: all the time that is given to its parts, and an hour.
    private var expiry: Timestamp {
        func bounded(_ time: Duration?) -> Int64 { min(time?.milliseconds ?? 0, Self.lifetimeMax) }
        // A job of a step has the same time once more.
        let steps = request.steps.reduce(0) { $0 + 2 * bounded($1.timeout) * Int64($1.retries + 1) }
        let all = min(steps + 2 * bounded(request.cluster?.readyTimeout), Self.lifetimeMax)
        return Timestamp(milliseconds: Timestamp.now().milliseconds + all + Self.grace)
    }

    private static let grace: Int64 = 3_600_000
    private static let lifetimeMax = 7 * Timestamp.day

    private func view(_ snapshot: Snapshot) throws -> SnapshotView {
        try repository.view(snapshot, cancellation: cancellation)
    }

    /// Where the files go; what programs write goes beside it.
    private func target(in scratch: ScratchFolder) -> String { "\(scratch.path)/\(treeName)" }

    private func validate(
        _ restored: RestoreReport, in scratch: ScratchFolder, _ about: About, isInCluster: Bool
    ) throws -> [Validation.Result] {
        let target = target(in: scratch)
        let there = Set(restored.snapshot.record.datasets.filter { $0.outcome != .failed }.map(\.name))
        let cluster = isInCluster ? request.cluster : nil
        let place = cluster.map { ClusterCheck.Place($0.cluster, renamed: about.namespaces?.renamed ?? [:], isExclusive: true) }
        var subject = Validation.Subject(target: target, snapshot: try view(restored.snapshot), cluster: place) { dataset in
            there.contains(dataset) ? "\(target)/\(dataset)" : nil
        }
        (subject.isCopy, subject.scratch) = (true, try scratch.makeFolder("scratch"))
        return try Validation(request.steps, progress: progress, cancellation: cancellation).run(subject)
    }

    // MARK: Evidence

    /// - Parameter restored: nil where the restore came to no end.
    private func evidence(
        _ about: About, _ restored: RestoreReport?, _ cluster: ClusterRestoreReport?, _ results: [Validation.Result], _ recovery: Duration,
        _ leftBehind: String?
    ) -> DrillEvidence {
        let snapshot = about.snapshot
        let time = DrillEvidence.Objective(
            measuredMilliseconds: recovery.milliseconds, limitMilliseconds: request.recoveryTime?.milliseconds)
        let age = started.milliseconds - snapshot.record.time.milliseconds
        let point =
            about.isNewest
            ? DrillEvidence.Objective(
                measuredMilliseconds: max(0, age), limitMilliseconds: request.recoveryPoint?.milliseconds) : nil
        var failures = about.failures
        if age < -Timestamp.slack { failures.append("the snapshot is dated in the future: is the clock right?") }
        if let restored {
            if restored.damagedCount > 0 {
                failures.append("\(restored.damagedCount.counted("path")) could not be restored: the vault is damaged there")
            }
            if restored.problemCount > 0 {
                failures.append("\(restored.problemCount.counted("path")) could not be written to \(request.scratch)")
            }
        }
        let incomplete = snapshot.record.datasets.filter { $0.outcome != .complete }.map(\.name)
        for doubt in about.doubts { failures.append("the snapshot's \(doubt.dataset) is in doubt: \(doubt.reason)") }
        if !incomplete.isEmpty { failures.append("the snapshot has \(incomplete.joined(separator: ", ")) only in part, or not at all") }
        failures += cluster?.failures ?? []
        failures += results.lack
        if !time.isMet { failures.append("the recovery took longer than the objective allows") }
        if let point, !point.isMet { failures.append("the newest restorable data is older than the objective allows") }
        if let leftBehind { failures.append(leftBehind) }
        var evidence = DrillEvidence(
            version: 2, time: started, host: Host.name, user: Owner.name, program: Program.name, vault: about.vault.header.id,
            policy: request.policy, snapshot: snapshot.id.hex, snapshotTime: snapshot.record.time, tree: snapshot.record.tree.digest,
            gitCommit: snapshot.record.gitCommit, phases: phases, recoveryTime: time, recoveryPoint: point,
            scratch: request.scratch,
            restored: .init(
                files: restored?.files ?? 0, bytes: restored?.bytes ?? 0, directories: restored?.directories ?? 0,
                damaged: restored?.damagedCount ?? 0, problems: restored?.problemCount ?? 0, incomplete: incomplete),
            isDamaged: about.isDamaged || (restored?.damagedCount ?? 0) > 0,
            cluster: cluster.map { report in
                .init(
                    target: report.target, serverVersion: report.serverVersion, namespaces: about.namespaces?.renamed ?? [:],
                    created: report.result.created,
                    notes: about.findings.notes, isolation: report.isolation)
            },
            steps: zip(request.steps, results).map { Self.step($0, $1, checksMax: Self.checksMax / results.count) }, failures: failures)
        evidence.controls = request.controls.isEmpty ? nil : request.controls
        evidence.isRandom = request.isRandom ? true : nil
        return evidence
    }

    private static func step(_ step: Validation.Step, _ result: Validation.Result, checksMax: Int) -> DrillEvidence.Step {
        let failed = result.checks.filter { !$0.passed }
        let checks = failed + result.checks.filter(\.passed)
        return DrillEvidence.Step(
            name: result.name, verdict: result.verdict, looksAt: result.looksAt, isRequired: result.isRequired, summary: result.summary,
            suite: step.suite, checks: Array(checks.prefix(checksMax)),
            checkCount: checks.count, failedCount: failed.count, output: result.output, attempts: result.attempts,
            durationMilliseconds: result.durationMilliseconds)
    }

    private static func adding(_ trouble: String, to failure: Failure) -> Failure {
        Failure(failure.code, failure.message, hint: [failure.hint, trouble].compactMap(\.self).joined(separator: " "))
    }
}

extension ClusterRestoreReport {
    /// What kept the application from coming back whole, each as a sentence.
    fileprivate var failures: [String] {
        let standing = plan.items.filter { [.conflict, .impossible, .later].contains($0.action) }
        if let stopped { return [stopped] }
        return unreadable.map { "\($0.path): \($0.reason)" } + standing.map { "\($0.object.key): \($0.reason ?? "it cannot be restored")" }
            + result.failures.map { "\($0.object): \($0.reason)" } + waiting.map { "\($0.object): \($0.reason)" }
            + [cutShort, waitFailure].compactMap(\.self)
    }
}
