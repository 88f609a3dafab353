public import Age
public import Core
public import Kubernetes
import Manifests
import Proof
public import Restorer
import Storage
import Tarball
public import Vault

/// What to bring back into a cluster, and how.
public struct ClusterRestoreRequest: Sendable {
    public var snapshot: String
    public var policy: String?
    /// And of this host.
    public var host = HostChoice.any
    public var cluster: ClusterSource
    /// Only objects of these namespaces, as the snapshot has them, and what they use outside of namespaces; empty: all.
    public var namespaces: [String] = []
    /// Only these kinds: "deployment", "deployment.apps"; empty: all.
    public var kinds: [String] = []
    /// Not these.
    public var exclusion = ObjectExclusion()
    public var mapping = ManifestSet.Mapping()
    public var existing = ExistingObjects.skip
    public var isDryRun = false
    /// What opens encrypted secrets.
    public var identities: [AgeIdentity] = []
    /// Leaves secrets out, for whoever has lost the key.
    public var isWithoutSecrets = false
    /// Brings workloads back with nothing running, so that their data can be restored first.
    public var holds = false
    /// For a drill: nothing else of the snapshot is brought back than its own namespaces.
    var drill: DrillPlace?
    /// How long to wait for workloads and claims; nil: not at all.
    public var readyTimeout: Duration?

    public init(snapshot: String, cluster: ClusterSource) {
        self.snapshot = snapshot
        self.cluster = cluster
    }
}

extension ClusterRestoreRequest {
    /// The namespaces that a drill makes.
    struct DrillPlace: Sendable {
        let number: String
        let namespaces: Set<String>
        /// Those of the application beside which they stand.
        let live: [String]
        /// When they may be removed by whoever meets them.
        let expires: Timestamp
        /// Goes on without a proof that what runs there reaches nobody.
        let acceptsNoIsolation: Bool
    }

    /// Finds the cluster, once and for all: a moment later the kubeconfig may have another current context.
    public mutating func resolveCluster() throws {
        let source = cluster
        cluster = try ClusterErrors.asFailures { try source.resolved() }
    }
}

/// How it went.
public struct ClusterRestoreReport: Sendable {
    public var snapshot: Snapshot
    /// Which cluster: "the context prod of /root/.kube/config".
    public var target: String
    /// What its server calls itself; asked for by drills.
    public var serverVersion: String?
    public var isDryRun: Bool
    public var plan = ApplyPlan()
    public var result = ApplyReport()
    /// Workloads that are there with nothing running, since nobody restored their data in this run.
    public var held = 0
    /// Why the data was not restored, or not all of it, while workloads were held.
    public var heldReason: String?
    /// Why the restore ended before all of it was tried, when something of it was there already.
    public var cutShort: String?
    /// Why nobody knows whether it is ready.
    public var waitFailure: String?
    /// Of a drill: whether what runs there could reach the application beside it.
    public var isolation: DrillEvidence.Isolation?
    /// How long that took to find out, which no recovery would.
    public var probeTime = Duration.zero
    /// Why a drill ran nothing in the cluster.
    public var stopped: String?
    /// Manifests of the snapshot that could not be read, each with the reason.
    public var unreadable: [RestoreReport.Problem] = []
    /// Objects that were not ready in time.
    public var waiting: [Readiness.Waiting] = []
    /// Claims that were made, or would be, and hold nothing: "namespace/name".
    public var emptyClaims: [String] = []
    public var notes: [String] = []
    /// Datasets that the snapshot itself has only in part.
    public var incomplete: [SnapshotRecord.Dataset] { snapshot.record.datasets.filter { $0.outcome != .complete } }
    public var passedOver: [SnapshotList.Damage] = []
    public var durationMilliseconds: Int64 = 0

    public var isComplete: Bool {
        let isWhole = plan.count(.impossible) == 0 && (isDryRun || plan.count(.later) == 0)
        return isWhole && wasBegun && result.failures.isEmpty && unreadable.isEmpty && heldReason == nil && cutShort == nil
    }

    /// Whether anything was done at all: where something stands in the way of all, nothing is.
    public var wasBegun: Bool { plan.count(.conflict) == 0 }

    /// Whether anything of the snapshot is there.
    public var hasAny: Bool { wasBegun && result.created + result.updated + result.unchanged + result.skipped > 0 }

    /// Objects that should be there and are not.
    fileprivate var missing: Set<ObjectKey> { Set(result.failures.map(\.object)).union(plan.keys(.later)) }
}

/// Brings the manifests of a snapshot back into a cluster: choose, read, plan, apply, wait.
public struct ClusterRestore {
    /// The time limit for pods to end before their data is replaced.
    private static let stopTimeout = Duration.seconds(300)
    private static let pause = Duration.seconds(1)

    private let request: ClusterRestoreRequest
    private let repository: Repository
    private let progress: Progress
    private let cancellation: Cancellation

    public init(_ request: ClusterRestoreRequest, in repository: Repository, progress: Progress, cancellation: Cancellation) {
        self.request = request
        self.repository = repository
        self.progress = progress
        self.cancellation = cancellation
    }

    /// - Parameters:
    ///   - show: is given the plan, and for which cluster it is, before anything is changed.
    ///   - whileHeld: restores the data of the snapshot while workloads are there with nothing running; false, and they stay so.
    public func run(show: (ApplyPlan, _ target: String) throws -> Void, whileHeld: (Snapshot) throws -> Bool = { _ in false }) throws
        -> ClusterRestoreReport
    {
        let clock = ContinuousClock.now
        progress.begin("read", objectsTotal: 0)
        let view = try repository.view(
            SnapshotChoice(request.snapshot, policy: request.policy, host: request.host), cancellation: cancellation)
        let access = try ClusterErrors.asFailures {
            try request.cluster.access()
        }
        var report = ClusterRestoreReport(snapshot: view.snapshot, target: access.origin, isDryRun: request.isDryRun)
        if request.drill == nil, !request.isDryRun { report.notes += reap(access) }
        report.passedOver = view.passedOver
        report.notes += access.warnings.map { "warning: \($0)" }
        let all = try read(view, &report)
        let manifests = request.drill.map { all.forDrill($0.number, in: $0.namespaces, expires: $0.expires.description) } ?? all
        progress.begin("plan", objectsTotal: 0)
        report.plan = try plan(request.holds ? manifests.held() : manifests, request.existing, access)
        let postponed = request.holds ? try plan(manifests.postponed(), request.existing, access) : ApplyPlan()
        if request.holds { report.plan = manifests.guarded(report.plan) }
        // Where more came back than they allow, what comes after them would be refused: also the pods of workloads.
        let limits = manifests.limits
        if let drill = request.drill { try confine(&report, to: drill.namespaces, access) }
        var whole = report.plan
        whole.add(postponed)
        if request.drill == nil { tellOfEmptyClaims(&whole, &report) }
        try show(whole, "\(access.origin), \(access.server), from \(view.snapshot.text)")
        // One conflict, and nothing is touched: a cluster half in one state and half in another helps nobody.
        if whole.count(.conflict) == 0 {
            progress.begin(request.isDryRun ? "check" : "apply", objectsTotal: report.plan.open)
            // Of what is held nobody answers a webhook: that is waited for when it runs.
            let patience = request.holds ? .zero : patience
            let (first, last) = report.plan.parted(at: limits)
            report.plan = first
            report.result = try whileCounting(report.plan) {
                guard let drill = request.drill else { return try apply(report.plan, access, patience) }
                return try apply(report.plan, in: drill, access, &report)
            }
            if report.stopped != nil { return report }
            do {
                if request.holds, !request.isDryRun { try release(manifests, postponed, whileHeld, access, &report) }
                if report.held == 0, !request.isDryRun {
                    try goOn(with: manifests, access, &report)
                    wait(access, &report)
                }
                try apply(last: last, access, &report)
            } catch let error as Failure where error.code != .interrupted {
                // The report still says what is in the cluster by now.
                report.cutShort = error.description
            }
        } else {
            report.plan = whole
        }
        if request.drill != nil { tellOfData(&report) }
        report.durationMilliseconds = clock.duration(to: .now).milliseconds
        return report
    }

    /// Removes what drills have left and has outlived its time. Who may not has nothing to do with it.
    private func reap(_ access: ClusterAccess) -> [String] {
        let now = Timestamp.now().description
        let found = try? onCluster(request.existing, access) { client, _ in try await ScratchNamespaces(client).reap(now: now).reaped }
        return (found ?? []).map { "the namespace \($0) of an earlier drill has outlived its time, and is removed" }
    }

    /// The last word before anything is done: a drill touches nothing but what it makes.
    private func confine(_ report: inout ClusterRestoreReport, to namespaces: Set<String>, _ access: ClusterAccess) throws {
        let (version, storage) = try onCluster(request.existing, access) { client, _ in
            let scratch = ScratchNamespaces(client)
            return (try await scratch.serverVersion(), try await scratch.storageClasses())
        }
        report.serverVersion = version
        report.plan = report.plan.confined(to: namespaces, storage: storage)
    }

    /// First what keeps a drill to itself, then, when that holds, what runs.
    private func apply(
        _ plan: ApplyPlan, in drill: ClusterRestoreRequest.DrillPlace, _ access: ClusterAccess, _ report: inout ClusterRestoreReport
    )
        throws -> ApplyReport
    {
        var result = ApplyReport()
        for (number, stage) in plan.stages.enumerated() {
            if number > 0 {
                report.stopped = try isolate(plan, result, drill, access, &report)
                if report.stopped != nil { return result }
            }
            result.add(try apply(stage, access, patience))
        }
        return result
    }

    /// Why nothing may run; nil where it may.
    private func isolate(
        _ plan: ApplyPlan, _ result: ApplyReport, _ drill: ClusterRestoreRequest.DrillPlace, _ access: ClusterAccess,
        _ report: inout ClusterRestoreReport
    ) throws -> String? {
        let failed = result.failures.first { plan.guards.contains($0.object) }.map { "\($0.object): \($0.reason)" }
        if let reason = failed ?? plan.unmadeGuard { return "the drill's namespaces could not be guarded: \(reason)" }
        let hosts = plan.probeHosts
        if hosts.isEmpty { return nil }
        if drill.acceptsNoIsolation {
            report.isolation = .init(
                verdict: .unknown, isAccepted: true, probed: [], detail: "nobody looked, as --accept-no-isolation says")
            return nil
        }
        progress.begin("probe", objectsTotal: 0)
        let begun = ContinuousClock.now
        defer { report.probeTime = begun.duration(to: .now) }
        let outcome = try onCluster(request.existing, access) { client, _ in
            try await IsolationProbe(client).run(hosts, beside: drill.live, scratch: drill.namespaces)
        }
        report.isolation = .init(verdict: outcome.verdict, isAccepted: false, probed: outcome.targets, detail: outcome.detail)
        if outcome.verdict == .isolated { return nil }
        return (outcome.verdict == .open ? "not isolated: no policy engine" : "nobody knows whether it is isolated")
            + ": \(outcome.detail). Nothing of the application was started; --accept-no-isolation does it all the same"
    }

    /// Claims that are new hold nothing, whatever the snapshot has: that is said before they are made.
    private func tellOfEmptyClaims(_ plan: inout ApplyPlan, _ report: inout ClusterRestoreReport) {
        let empty = plan.emptyClaims
        let without = Set((report.snapshot.record.unprotectedClaims ?? []).map(mapped))
        let (lost, open) = (empty.filter(without.contains), empty.filter { !without.contains($0) })
        func sentence(_ claims: [String]) -> String {
            "\(claims.count) \(claims.count == 1 ? "claim comes" : "claims come") back empty: \(claims.joined(separator: ", "))"
        }
        if !lost.isEmpty { plan.warnings.append("\(sentence(lost)). The snapshot has no data of \(lost.count == 1 ? "it" : "them")") }
        if !open.isEmpty, !request.holds {
            plan.warnings.append("\(sentence(open)). --hold keeps workloads from starting until their data is back")
        }
        report.emptyClaims = request.holds ? lost : empty
        report.plan.warnings = plan.warnings
    }

    /// "namespace/name" under its new name.
    private func mapped(_ claim: String) -> String {
        let namespace = String(claim.prefix { $0 != "/" })
        return (request.mapping.namespaces[namespace] ?? namespace) + claim.dropFirst(namespace.count)
    }

    /// The data of a drill is looked at where it was restored to.
    private func tellOfData(_ report: inout ClusterRestoreReport) {
        guard !report.plan.emptyClaims.isEmpty else { return }
        report.notes.append("volumes that were made are empty: the data is validated in the drill's own directory")
    }

    /// The data first, then what runs on it, then what scales and guards that. Whatever goes wrong, the report says what is held.
    private func release(
        _ manifests: ManifestSet, _ postponed: ApplyPlan, _ whileHeld: (Snapshot) throws -> Bool, _ access: ClusterAccess,
        _ report: inout ClusterRestoreReport
    ) throws {
        let all = manifests.workloads(after: report.plan)
        let workloads = all.without(report.missing)
        report.held = workloads.objects.count + postponed.items.count
        // What could not be made does not run; what was there and could not be stopped may.
        let running = all.keys.intersection(report.missing).intersection(report.plan.keys(.update))
        if let first = report.result.failures.first(where: { running.contains($0.object) }) {
            report.heldReason = "\(first.object) may run: it could not be stopped"
            return
        }
        progress.begin("stop", objectsTotal: workloads.objects.count)
        do {
            let (stopping, progress) = (workloads.objects.map(\.key), progress)
            let running = try onCluster(request.existing, access) { client, _ in
                try await Readiness(client).waitUntilStopped(stopping, timeout: Self.stopTimeout) { progress.set(files: $0) }
            }
            if let first = running.first { throw Failure(.failed, "\(first.object) does not stop: \(first.reason)") }
            guard try whileHeld(report.snapshot) else { return }
        } catch let error as Failure {
            report.heldReason = error.description
            return
        }
        progress.begin("release", objectsTotal: workloads.objects.count + postponed.open)
        let plan = try plan(workloads, .update, access)
        // Counted already, when they were created or updated held.
        report.result.add(released: try apply(plan, access, patience))
        report.plan.add(plan)
        report.result.add(try apply(postponed, access, patience))
        report.plan.add(postponed)
        report.held = 0
    }

    /// Quotas and limit ranges, when what they count is there. While workloads are held it is not.
    private func apply(last limits: ApplyPlan, _ access: ClusterAccess, _ report: inout ClusterRestoreReport) throws {
        if report.held > 0 { report.held += limits.items.count } else { report.result.add(try apply(limits, access, .zero)) }
        report.plan.add(limits)
    }

    /// Tries again what could not be looked at, or was refused while everything was held, since who answers for it may be up by now: until the
    /// time is over.
    private func goOn(with manifests: ManifestSet, _ access: ClusterAccess, _ report: inout ClusterRestoreReport) throws {
        let deadline = ContinuousClock.now + patience
        let refused = request.holds ? Set(report.result.failures.filter(\.mayPass).map(\.object)) : []
        if !refused.isEmpty {
            progress.begin("wait for what answers", objectsTotal: refused.count)
            // A workload that is there, held, is to become what the snapshot says; anything else goes by what was asked for.
            let workloads = refused.intersection(manifests.heldKeys)
            try again(with: manifests.only(workloads), .update, until: deadline, access, &report)
            try again(with: manifests.only(refused.subtracting(workloads)), request.existing, until: deadline, access, &report)
        }
        while case let open = report.plan.keys(.later), !open.isEmpty {
            progress.begin("wait for what answers", objectsTotal: open.count)
            try again(with: manifests.only(open), request.existing, until: deadline, access, &report)
            guard ContinuousClock.now < deadline else { return }
            try Tasks.wait(cancellation) { try await Task.sleep(for: Self.pause) }
        }
    }

    private func again(
        with objects: ManifestSet, _ existing: ExistingObjects, until deadline: ContinuousClock.Instant, _ access: ClusterAccess,
        _ report: inout ClusterRestoreReport
    ) throws {
        if objects.objects.isEmpty { return }
        var plan = try plan(objects, existing, access)
        for (object, reason) in plan.passOverConflicts() { report.result.fail(object, "\(reason), as was seen when the rest was there") }
        report.result.add(try apply(plan, access, max(.zero, deadline - .now)), insteadOf: plan.settled)
        report.plan.add(plan)
    }

    /// Who stops it wants to know how far it was.
    private func whileCounting<Value>(_ plan: ApplyPlan, _ body: () throws -> Value) throws -> Value {
        do { return try body() } catch let error as Failure where error.code == .interrupted && !request.isDryRun {
            throw Failure(
                .interrupted, "interrupted: \(progress.figures.files) of \(plan.open) objects were applied",
                hint: "The same command goes on with the rest.")
        }
    }

    private func plan(_ set: ManifestSet, _ existing: ExistingObjects, _ access: ClusterAccess) throws -> ApplyPlan {
        try onCluster(existing, access) { _, apply in try await apply.plan(set) }
    }

    private func apply(_ plan: ApplyPlan, _ access: ClusterAccess, _ patience: Duration) throws -> ApplyReport {
        try onCluster(request.existing, access, patience) { _, apply in try await apply.run(plan) }
    }

    /// So long whoever answers for objects may take to come up.
    private var patience: Duration { request.readyTimeout ?? .zero }

    private func wait(_ access: ClusterAccess, _ report: inout ClusterRestoreReport) {
        guard let timeout = request.readyTimeout, !request.isDryRun else { return }
        let missing = report.missing
        let (objects, progress) = (Readiness.objects(of: report.plan).filter { !missing.contains($0) }, progress)
        progress.begin("wait", objectsTotal: objects.count)
        do {
            report.waiting = try onCluster(request.existing, access) { client, _ in
                try await Readiness(client).wait(objects, timeout: timeout) { progress.set(files: $0) }
            }
        } catch let error as Failure where error.code == .interrupted {
            report.waitFailure = "interrupted before it was ready"
        } catch {
            report.waitFailure = "nobody knows whether it is ready: \(error)"
        }
    }

    private func onCluster<Value: Sendable>(
        _ existing: ExistingObjects, _ access: ClusterAccess, _ patience: Duration = .zero,
        _ body: @escaping @Sendable (APIClient, ClusterApply) async throws -> Value
    ) throws -> Value {
        let (request, progress) = (request, progress)
        return try ClusterErrors.asFailures {
            try Tasks.wait(cancellation) {
                try await APIClient.with(access, environment: request.cluster.environment, notice: progress.notice) { client in
                    let apply = ClusterApply(client, existing: existing, isDryRun: request.isDryRun, patience: patience) {
                        progress.add(files: $0)
                    }
                    return try await body(client, apply)
                }
            }
        }
    }

    // MARK: Manifests

    private func read(_ view: SnapshotView, _ report: inout ClusterRestoreReport) throws -> ManifestSet {
        var set = ManifestSet(mapping: request.mapping)
        var choice = ManifestChoice(request)
        var (sealed, closed) = (0, 0)
        var files: [(path: String, entry: TreeEntry)] = []
        var fields: [String: TreeEntry] = [:]
        try view.manifests {
            files.append(($0, $1))
        } beside: {
            fields[$0] = $1
        }
        for (path, entry) in files {
            progress.add(files: 1)
            // By its path: what was not asked for need not be readable.
            guard let key = ObjectKey(path: path) else {
                report.unreadable.append(.init(path: path, reason: "no object is kept in such a place"))
                continue
            }
            let isWanted = choice.takes(key)
            guard isWanted || ManifestSet.mustRead(key) else { continue }
            guard !path.hasSuffix(".age") || !request.identities.isEmpty else {
                sealed += 1
                continue
            }
            do {
                let text = try text(of: entry, path, view)
                try set.add(text, path: path, fields: fields[path].flatMap { self.fields($0, path, view, &report) }, isWanted: isWanted)
            } catch let error as AgeError where error.code == .noMatch {
                closed += 1
            } catch {
                let reason = try Self.reason(error)
                if isWanted {
                    report.unreadable.append(.init(path: path, reason: reason))
                } else {
                    report.notes.append("warning: \(path), which tells how claims are tied to volumes, cannot be read: \(reason)")
                }
            }
        }
        if closed > 0 {
            throw Failure(
                .usage, "the keys given do not open \(closed) of the encrypted secrets",
                hint: "Name the right one with --identity FILE, or leave secrets out with --without-secrets; nothing was changed.")
        }
        if sealed > 0 {
            throw Failure(
                .usage, "\(sealed) \(sealed == 1 ? "secret is" : "secrets are") encrypted, and no key was given",
                hint: "Name it with --identity FILE, or leave them out with --without-secrets; nothing was changed.")
        }
        // What could not be read may have been what was asked for.
        if report.unreadable.isEmpty {
            if let word = choice.unmatched { throw nothing(of: word, view) }
            if set.objects.isEmpty { throw nothing(of: "these namespaces and kinds", view) }
        }
        choice.leftOut(set.leaveOut(request.exclusion))
        for word in choice.unmatchedExclusions { report.notes.append("warning: nothing in the snapshot is left out by \(word)") }
        for word in set.unusedWords { report.notes.append("warning: nothing in the snapshot names \(word)") }
        if choice.secretsLeftOut > 0 {
            report.notes.append("warning: \(choice.secretsLeftOut) secrets were left out, as --without-secrets says")
        }
        do { try set.prepare() } catch { throw Failure(.usage, "\(error)") }
        if !request.namespaces.isEmpty { set.keepUsed { key in request.kinds.contains(where: key.isOfKind) } }
        return set
    }

    private func text(of entry: TreeEntry, _ path: String, _ view: SnapshotView) throws -> [UInt8] {
        let text = try view.manifest(entry)
        return path.hasSuffix(".age") ? try AgeDecryptor.open(text, with: request.identities) : text
    }

    /// Who owns the fields of an object; that it cannot be read is no reason to leave the object out.
    private func fields(_ entry: TreeEntry, _ path: String, _ view: SnapshotView, _ report: inout ClusterRestoreReport) -> [UInt8]? {
        do { return try text(of: entry, path, view) } catch {
            report.notes.append("warning: who owns the fields of \(path) cannot be read, so they are nobody's: \(error)")
            return nil
        }
    }

    /// Why one manifest cannot be read; what stands in the way of all of them is thrown.
    private static func reason(_ error: any Error) throws -> String {
        switch error {
        case let error as ManifestProblem: return error.why
        case let error as Failure where error.code == .damaged: return "\(error.message): see `rekindle verify`"
        case let error as AgeError: return "\(error)"
        default: throw error
        }
    }

    private func nothing(of what: String, _ view: SnapshotView) -> Failure {
        Failure(
            .usage, "nothing in the snapshot \(view.snapshot.shortID) is of \(what)",
            hint: "`rekindle ls \(view.snapshot.shortID) manifests` lists what there is; nothing was changed.")
    }
}

/// Which objects of a snapshot are wanted, and which words of the choice have met none.
private struct ManifestChoice {
    private let isWithoutSecrets: Bool
    private let namespaces: [String]
    private let kinds: [String]
    private var openNamespaces: Set<String>
    private var openKinds: Set<String>
    private(set) var secretsLeftOut = 0
    private let exclusion: ObjectExclusion
    private var openExclusions: Set<String>

    init(_ request: ClusterRestoreRequest) {
        exclusion = request.exclusion
        openExclusions = Set(request.exclusion.words)
        isWithoutSecrets = request.isWithoutSecrets
        namespaces = request.namespaces
        kinds = request.kinds
        openNamespaces = Set(namespaces)
        openKinds = Set(kinds)
    }

    /// A word that is likely misspelled.
    var unmatched: String? {
        openNamespaces.min().map { "the namespace \($0)" } ?? openKinds.min().map { "the kind \($0)" }
    }

    /// Words of what is left out that have met nothing: likely misspelled.
    var unmatchedExclusions: [String] { openExclusions.sorted() }

    mutating func leftOut(_ words: Set<String>) { openExclusions.subtract(words) }

    mutating func takes(_ key: ObjectKey) -> Bool {
        if let word = exclusion.word(for: key) {
            openExclusions.remove(word)
            return false
        }
        if !namespaces.isEmpty, let namespace = key.resource == "namespace" ? key.name : key.namespace {
            guard namespaces.contains(namespace) else { return false }
            openNamespaces.remove(namespace)
        }
        let matching = kinds.filter(key.isOfKind)
        openKinds.subtract(matching)
        guard kinds.isEmpty || !matching.isEmpty else { return false }
        if isWithoutSecrets, key.resource == "secret" {
            secretsLeftOut += 1
            return false
        }
        return true
    }
}
