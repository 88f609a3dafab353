public import Core
public import Kubernetes
import Proof
public import Vault

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
        let cluster = try ClusterSession(request, progress, cancellation)
        var report = ClusterRestoreReport(snapshot: view.snapshot, target: cluster.access.origin, isDryRun: request.isDryRun)
        if request.drill == nil, !request.isDryRun { report.findings.add(reap(cluster)) }
        report.passedOver = view.passedOver
        if request.drill == nil { report.findings.add(Restore.missing(view.snapshot, in: try repository.snapshots())) }
        cluster.access.warnings.forEach { report.findings.warn($0) }
        let all = try read(view, &report)
        let manifests = request.drill.map { all.forDrill($0.number, in: $0.namespaces, expires: $0.expires.description) } ?? all
        progress.begin("plan", objectsTotal: 0)
        report.plan = try cluster.plan(request.holds ? manifests.held() : manifests, request.existing)
        let postponed = request.holds ? try cluster.plan(manifests.postponed(), request.existing) : ApplyPlan()
        if request.holds { report.plan = manifests.guarded(report.plan) }
        // Where more came back than they allow, what comes after them would be refused: also the pods of workloads.
        let limits = manifests.limits
        if let drill = request.drill { try confine(&report, to: drill.namespaces, cluster) }
        var whole = report.plan
        whole.add(postponed)
        if request.drill == nil { tellOfEmptyClaims(&whole, &report) }
        try show(whole, "\(cluster.access.origin), \(cluster.access.server), from \(view.snapshot.text)")
        // One conflict, and nothing is touched: a cluster half in one state and half in another helps nobody.
        if whole.count(.conflict) == 0 {
            progress.begin(request.isDryRun ? "check" : "apply", objectsTotal: report.plan.open)
            // Of what is held nobody answers a webhook: that is waited for when it runs.
            let patience = request.holds ? .zero : patience
            let (first, last) = report.plan.parted(at: limits)
            report.plan = first
            report.result = try whileCounting(report.plan) {
                guard let drill = request.drill else { return try cluster.apply(report.plan, patience) }
                return try apply(report.plan, in: drill, cluster, &report)
            }
            if report.stopped != nil { return report }
            do {
                if request.holds, !request.isDryRun { try release(manifests, postponed, whileHeld, cluster, &report) }
                if report.held == 0, !request.isDryRun {
                    try goOn(with: manifests, cluster, &report)
                    wait(cluster, &report)
                }
                try apply(last: last, cluster, &report)
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
    private func reap(_ cluster: ClusterSession) -> Findings {
        let now = Timestamp.now().description
        let found = try? cluster.ask { client in try await ScratchNamespaces(client).reap(now: now).reaped }
        return DrillNamespaces.reaped(found ?? [])
    }

    /// The last word before anything is done: a drill touches nothing but what it makes.
    private func confine(_ report: inout ClusterRestoreReport, to namespaces: Set<String>, _ cluster: ClusterSession) throws {
        let (version, storage) = try cluster.ask { client in
            let scratch = ScratchNamespaces(client)
            return (try await scratch.serverVersion(), try await scratch.storageClasses())
        }
        report.serverVersion = version
        report.plan = report.plan.confined(to: namespaces, storage: storage)
    }

    /// First what keeps a drill to itself, then, when that holds, what runs.
    private func apply(
        _ plan: ApplyPlan, in drill: ClusterRestoreRequest.DrillPlace, _ cluster: ClusterSession, _ report: inout ClusterRestoreReport
    )
        throws -> ApplyReport
    {
        var result = ApplyReport()
        for (number, stage) in plan.stages.enumerated() {
            if number > 0 {
                report.stopped = try isolate(plan, result, drill, cluster, &report)
                if report.stopped != nil { return result }
            }
            result.add(try cluster.apply(stage, patience))
        }
        return result
    }

    /// Why nothing may run; nil where it may.
    private func isolate(
        _ plan: ApplyPlan, _ result: ApplyReport, _ drill: ClusterRestoreRequest.DrillPlace, _ cluster: ClusterSession,
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
        defer { report.probeMilliseconds = begun.duration(to: .now).milliseconds }
        let outcome = try cluster.ask { client in
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
        report.findings.note("volumes that were made are empty: the data is validated in the drill's own directory")
    }

    /// The data first, then what runs on it, then what scales and guards that. Whatever goes wrong, the report says what is held.
    private func release(
        _ manifests: ManifestSet, _ postponed: ApplyPlan, _ whileHeld: (Snapshot) throws -> Bool, _ cluster: ClusterSession,
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
            let running = try cluster.ask { client in
                try await Readiness(client).waitUntilStopped(stopping, timeout: Self.stopTimeout) { progress.set(files: $0) }
            }
            if let first = running.first { throw Failure(.failed, "\(first.object) does not stop: \(first.reason)") }
            guard try whileHeld(report.snapshot) else { return }
        } catch let error as Failure {
            report.heldReason = error.description
            return
        }
        progress.begin("release", objectsTotal: workloads.objects.count + postponed.open)
        let plan = try cluster.plan(workloads, .update)
        // Counted already, when they were created or updated held.
        report.result.add(released: try cluster.apply(plan, patience))
        report.plan.add(plan)
        report.result.add(try cluster.apply(postponed, patience))
        report.plan.add(postponed)
        report.held = 0
    }

    /// Quotas and limit ranges, when what they count is there. While workloads are held it is not.
    private func apply(last limits: ApplyPlan, _ cluster: ClusterSession, _ report: inout ClusterRestoreReport) throws {
        if report.held > 0 { report.held += limits.items.count } else { report.result.add(try cluster.apply(limits, .zero)) }
        report.plan.add(limits)
    }

    /// Tries again what could not be looked at, or was refused while everything was held, since who answers for it may be up by now: until the
    /// time is over.
    private func goOn(with manifests: ManifestSet, _ cluster: ClusterSession, _ report: inout ClusterRestoreReport) throws {
        let deadline = ContinuousClock.now + patience
        let refused = request.holds ? Set(report.result.failures.filter(\.mayPass).map(\.object)) : []
        if !refused.isEmpty {
            progress.begin("wait for what answers", objectsTotal: refused.count)
            // A workload that is there, held, is to become what the snapshot says; anything else goes by what was asked for.
            let workloads = refused.intersection(manifests.heldKeys)
            try again(with: manifests.only(workloads), .update, until: deadline, cluster, &report)
            try again(with: manifests.only(refused.subtracting(workloads)), request.existing, until: deadline, cluster, &report)
        }
        while case let open = report.plan.keys(.later), !open.isEmpty {
            progress.begin("wait for what answers", objectsTotal: open.count)
            try again(with: manifests.only(open), request.existing, until: deadline, cluster, &report)
            guard ContinuousClock.now < deadline else { return }
            try Tasks.wait(cancellation) { try await Task.sleep(for: Self.pause) }
        }
    }

    private func again(
        with objects: ManifestSet, _ existing: ExistingObjects, until deadline: ContinuousClock.Instant, _ cluster: ClusterSession,
        _ report: inout ClusterRestoreReport
    ) throws {
        if objects.objects.isEmpty { return }
        var plan = try cluster.plan(objects, existing)
        for (object, reason) in plan.passOverConflicts() { report.result.fail(object, "\(reason), as was seen when the rest was there") }
        report.result.add(try cluster.apply(plan, max(.zero, deadline - .now)), insteadOf: plan.settled)
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

    /// So long whoever answers for objects may take to come up.
    private var patience: Duration { request.readyTimeout ?? .zero }

    private func read(_ view: SnapshotView, _ report: inout ClusterRestoreReport) throws -> ManifestSet {
        var reading = ManifestReading(request, view, progress)
        let set = try reading.read()
        report.unreadable = reading.unreadable
        report.findings.add(reading.findings)
        return set
    }

    private func wait(_ cluster: ClusterSession, _ report: inout ClusterRestoreReport) {
        guard let timeout = request.readyTimeout, !request.isDryRun else { return }
        let missing = report.missing
        let (objects, progress) = (Readiness.objects(of: report.plan).filter { !missing.contains($0) }, progress)
        progress.begin("wait", objectsTotal: objects.count)
        do {
            report.waiting = try cluster.ask { client in
                try await Readiness(client).wait(objects, timeout: timeout) { progress.set(files: $0) }
            }
        } catch let error as Failure where error.code == .interrupted {
            report.waitFailure = "interrupted before it was ready"
        } catch {
            report.waitFailure = "nobody knows whether it is ready: \(error)"
        }
    }
}
