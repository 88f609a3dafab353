public import Age
public import Kubernetes
import Storage
public import Vault

/// What to bring back into a cluster, and how.
public struct ClusterRestoreRequest: Sendable {
    public var vault: String
    public var snapshot: String
    public var policy: String?
    /// And of this host.
    public var host = HostChoice.any
    public var cluster: ClusterSource
    /// Only objects of these namespaces, as the snapshot has them, and what they use outside of namespaces; empty: all.
    public var namespaces: [String] = []
    /// Only these kinds: "deployment", "deployment.apps"; empty: all.
    public var kinds: [String] = []
    public var mapping = ManifestSet.Mapping()
    public var existing = ExistingObjects.skip
    public var isDryRun = false
    /// What opens encrypted secrets.
    public var identities: [AgeIdentity] = []
    /// Leaves secrets out, for whoever has lost the key.
    public var isWithoutSecrets = false
    /// Brings workloads back with nothing running, so that their data can be restored first.
    public var holds = false
    /// For a drill: its number, and the namespaces that it makes. Nothing else of the snapshot is brought back.
    var drill: (number: String, namespaces: Set<String>)?
    /// How long to wait for workloads and claims; nil: not at all.
    public var readyTimeout: Duration?
    public var cachePath: String?

    public init(vault: String, snapshot: String, cluster: ClusterSource) {
        self.vault = vault
        self.snapshot = snapshot
        self.cluster = cluster
    }
}

extension ClusterRestoreRequest {
    /// Finds the cluster, once and for all: a moment later the kubeconfig may have another current context.
    public mutating func resolveCluster() throws {
        let source = cluster
        cluster = try ClusterErrors.asVaultErrors { try source.resolved() }
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
    /// Why nobody knows whether it is ready.
    public var waitFailure: String?
    /// Manifests of the snapshot that could not be read, each with the reason.
    public var unreadable: [RestoreReport.Problem] = []
    /// What was not ready in time.
    public var waiting: [Readiness.Waiting] = []
    public var notes: [String] = []
    /// Datasets that the snapshot itself has only in part.
    public var incomplete: [SnapshotRecord.Dataset] { snapshot.record.datasets.filter { $0.outcome != .complete } }
    public var passedOver: [SnapshotList.Damage] = []
    public var durationMilliseconds: Int64 = 0

    public var isComplete: Bool {
        result.failures.isEmpty && unreadable.isEmpty && plan.count(.conflict) == 0 && plan.count(.impossible) == 0 && heldReason == nil
    }
}

/// Brings the manifests of a snapshot back into a cluster: choose, read, plan, apply, wait.
public struct ClusterRestore {
    /// So long for pods to end before their data is replaced.
    private static let stopTimeout = Duration.seconds(300)

    private let request: ClusterRestoreRequest
    private let progress: Progress
    private let cancellation: Cancellation

    public init(_ request: ClusterRestoreRequest, progress: Progress, cancellation: Cancellation) {
        self.request = request
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
        let view = try SnapshotView(
            vault: request.vault, SnapshotChoice(request.snapshot, policy: request.policy, host: request.host),
            cachePath: request.cachePath, cancellation: cancellation)
        let access = try ClusterErrors.asVaultErrors {
            try request.cluster.access()
        }
        var report = ClusterRestoreReport(snapshot: view.snapshot, target: access.origin, isDryRun: request.isDryRun)
        report.passedOver = view.passedOver
        report.notes += access.warnings.map { "warning: \($0)" }
        let all = try read(view, &report)
        let manifests = request.drill.map { all.forDrill($0.number, in: $0.namespaces) } ?? all
        progress.begin("plan", objectsTotal: 0)
        report.plan = try plan(request.holds ? manifests.held() : manifests, request.existing, access)
        let postponed = request.holds ? try plan(manifests.postponed(), request.existing, access) : ApplyPlan()
        if request.holds { report.plan = manifests.guarded(report.plan) }
        if let drill = request.drill { try confine(&report, to: drill.namespaces, access) }
        var whole = report.plan
        whole.add(postponed)
        try show(whole, "\(access.origin), \(access.server), from \(view.snapshot.text)")
        // One conflict, and nothing is touched: a cluster half in one state and half in another helps nobody.
        if whole.count(.conflict) == 0 {
            progress.begin(request.isDryRun ? "check" : "apply", objectsTotal: report.plan.open)
            report.result = try whileCounting(report.plan) { try apply(report.plan, access) }
            if request.holds, !request.isDryRun {
                try release(manifests.workloads(after: report.plan), postponed, whileHeld, access, &report)
            }
            if report.held == 0, report.isComplete {
                wait(access, &report)
            } else if report.held == 0, request.readyTimeout != nil, !request.isDryRun {
                report.notes.append("warning: nobody waited until it is ready, since not all of it is there")
            }
        } else {
            report.plan = whole
        }
        tellOfData(&report)
        report.durationMilliseconds = clock.duration(to: .now).milliseconds
        return report
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

    /// Claims that are new hold nothing, whatever the snapshot has.
    private func tellOfData(_ report: inout ClusterRestoreReport) {
        let own = [ManifestHistory.filesName, ManifestHistory.repositoryName]
        let data = report.snapshot.record.datasets.filter { !own.contains($0.name) && $0.outcome != .failed }.map(\.name)
        let claims = report.plan.items.count {
            $0.action == .create && ["persistentvolumeclaim", "statefulset.apps"].contains($0.object.key.resource)
        }
        guard claims > 0, !data.isEmpty, !request.holds, !request.isDryRun else { return }
        let rest =
            request.drill == nil ? "--hold keeps workloads from starting until it is back" : "A drill validates it in its own directory"
        report.notes.append(
            "warning: volumes that were made are empty: the snapshot's data (\(data.joined(separator: ", "))) is not restored into them. \(rest)"
        )
    }

    /// The data first, then what runs on it, then what scales and guards that. Whatever goes wrong, the report says what is held.
    private func release(
        _ workloads: ManifestSet, _ postponed: ApplyPlan, _ whileHeld: (Snapshot) throws -> Bool, _ access: ClusterAccess,
        _ report: inout ClusterRestoreReport
    ) throws {
        report.held = workloads.objects.count + postponed.items.count
        guard report.isComplete else { return }
        progress.begin("stop", objectsTotal: workloads.objects.count)
        do {
            let (stopping, progress) = (workloads.objects.map(\.key), progress)
            let running = try onCluster(request.existing, access) { client, _ in
                try await Readiness(client).waitUntilStopped(stopping, timeout: Self.stopTimeout) { progress.set(files: $0) }
            }
            if let first = running.first { throw VaultError(.failed, "\(first.object) does not stop: \(first.reason)") }
            guard try whileHeld(report.snapshot) else { return }
        } catch let error as VaultError {
            report.heldReason = error.description
            return
        }
        progress.begin("release", objectsTotal: workloads.objects.count + postponed.open)
        let plan = try plan(workloads, .update, access)
        // Counted already, when they were created or updated held.
        report.result.add(released: try apply(plan, access))
        report.plan.add(plan)
        report.result.add(try apply(postponed, access))
        report.plan.add(postponed)
        report.held = 0
    }

    /// Who stops it wants to know how far it was.
    private func whileCounting<Value>(_ plan: ApplyPlan, _ body: () throws -> Value) throws -> Value {
        do { return try body() } catch let error as VaultError where error.code == .interrupted && !request.isDryRun {
            throw VaultError(
                .interrupted, "interrupted: \(progress.figures.files) of \(plan.open) objects were applied",
                hint: "The same command goes on with the rest.")
        }
    }

    private func plan(_ set: ManifestSet, _ existing: ExistingObjects, _ access: ClusterAccess) throws -> ApplyPlan {
        try onCluster(existing, access) { _, apply in try await apply.plan(set) }
    }

    private func apply(_ plan: ApplyPlan, _ access: ClusterAccess) throws -> ApplyReport {
        try onCluster(request.existing, access) { _, apply in try await apply.run(plan) }
    }

    private func wait(_ access: ClusterAccess, _ report: inout ClusterRestoreReport) {
        guard let timeout = request.readyTimeout, !request.isDryRun else { return }
        let (objects, progress) = (Readiness.objects(of: report.plan), progress)
        progress.begin("wait", objectsTotal: objects.count)
        do {
            report.waiting = try onCluster(request.existing, access) { client, _ in
                try await Readiness(client).wait(objects, timeout: timeout) { progress.set(files: $0) }
            }
        } catch let error as VaultError where error.code == .interrupted {
            report.waitFailure = "interrupted before it was ready"
        } catch {
            report.waitFailure = "nobody knows whether it is ready: \(error)"
        }
    }

    private func onCluster<Value: Sendable>(
        _ existing: ExistingObjects, _ access: ClusterAccess, _ body: @escaping @Sendable (APIClient, ClusterApply) async throws -> Value
    ) throws -> Value {
        let (request, progress) = (request, progress)
        return try ClusterErrors.asVaultErrors {
            try ClusterReading.wait(cancellation) {
                try await APIClient.with(access, environment: request.cluster.environment, notice: progress.notice) { client in
                    let apply = ClusterApply(client, existing: existing, isDryRun: request.isDryRun) { progress.add(files: $0) }
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
        try view.manifests { path, entry in
            progress.add(files: 1)
            do {
                if path.hasSuffix(".age") {
                    guard choice.takes(sealedPath: path) else { return }
                    guard !request.identities.isEmpty else {
                        sealed += 1
                        return
                    }
                    let text = try AgeDecryptor.open(try view.manifest(entry), with: request.identities)
                    try set.add(text, path: path) { choice.takes($0) }
                } else {
                    try set.add(try view.manifest(entry), path: path) { choice.takes($0) }
                }
            } catch let error as ManifestProblem {
                report.unreadable.append(.init(path: path, reason: error.why))
            } catch let error as VaultError where error.code == .damaged {
                report.unreadable.append(.init(path: path, reason: "\(error.message): see `rekindle verify`"))
            } catch let error as AgeError where error.code == .noMatch {
                closed += 1
            } catch let error as AgeError {
                report.unreadable.append(.init(path: path, reason: "\(error)"))
            }
        }
        if closed > 0 {
            throw VaultError(
                .usage, "the keys given do not open \(closed) of the encrypted secrets",
                hint: "Name the right one with --identity FILE, or leave secrets out with --without-secrets; nothing was changed.")
        }
        if sealed > 0 {
            throw VaultError(
                .usage, "\(sealed) \(sealed == 1 ? "secret is" : "secrets are") encrypted, and no key was given",
                hint: "Name it with --identity FILE, or leave them out with --without-secrets; nothing was changed.")
        }
        // What could not be read may have been what was asked for.
        if report.unreadable.isEmpty {
            if let word = choice.unmatched { throw nothing(of: word, view) }
            if set.objects.isEmpty { throw nothing(of: "these namespaces and kinds", view) }
        }
        for word in set.unusedWords { report.notes.append("warning: nothing in the snapshot names \(word)") }
        if choice.secretsLeftOut > 0 {
            report.notes.append("warning: \(choice.secretsLeftOut) secrets were left out, as --without-secrets says")
        }
        do { try set.prepare() } catch { throw VaultError(.usage, "\(error)") }
        if !request.namespaces.isEmpty { set.keepUsed { key in request.kinds.contains(where: key.isOfKind) } }
        return set
    }

    private func nothing(of what: String, _ view: SnapshotView) -> VaultError {
        VaultError(
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

    init(_ request: ClusterRestoreRequest) {
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

    /// A secret's path tells all that matters before it is opened.
    mutating func takes(sealedPath path: String) -> Bool {
        let namespace = String(path.prefix { $0 != "/" })
        return takes(ObjectKey(group: "", kind: "Secret", namespace: namespace, name: ""))
    }

    mutating func takes(_ key: ObjectKey) -> Bool {
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
