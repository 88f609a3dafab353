import Core
import HTTP

/// Brings objects into a cluster: plan, then tier by tier; new ones are created, those that are there are changed by server-side apply.
public struct ClusterApply: Sendable {
    static let concurrency = 16
    /// How often what failed is tried again while some of it succeeds.
    private static let roundsMax = 20
    private static let pause = Duration.seconds(1)
    /// A request's own retries: what stays down is tried again in the next round.
    static let attempts = 3
    private static let definitionTimeout = Duration.seconds(60)

    let client: APIClient
    let existing: ExistingObjects
    let isDryRun: Bool
    private let patience: Duration
    private let progress: @Sendable (Int) -> Void

    /// - Parameters:
    ///   - isDryRun: the server checks everything and keeps nothing.
    ///   - patience: so long what the server cannot answer now is tried again: those who answer a webhook may just be starting.
    ///   - progress: receives the number of objects that were just done.
    public init(
        _ client: APIClient, existing: ExistingObjects, isDryRun: Bool, patience: Duration = .zero,
        progress: @escaping @Sendable (Int) -> Void
    ) {
        self.client = client
        self.existing = existing
        self.isDryRun = isDryRun
        self.patience = patience
        self.progress = progress
    }

    // MARK: Surplus

    /// The patch that takes away what an object has beyond its manifest; nil where there is nothing but defaults of the server.
    func surplus(of object: ApplyObject, _ resource: APIResource, _ live: ManifestValue) async throws -> ManifestValue? {
        guard let manifest = object.value, let patch = SurplusFields.patch(from: live, to: manifest, object.key, isApplied: true) else {
            return nil
        }
        let after = try await send(patch, object, resource, isDryRun: true)
        return ClusterState.canonical(after, object.key) == ClusterState.canonical(live, object.key) ? nil : patch
    }

    /// Applies the manifest to what is there, and takes away what it does not have.
    private func update(_ object: ApplyObject, _ resource: APIResource) async throws {
        let live: ManifestValue
        do { live = try await send(object, resource, isDryRun: isDryRun) } catch let refusal as APIRefusal
            where [400, 422, 500].contains(refusal.status) && SurplusFields.isRemoved(from: object.key)
        {
            // Both together may be no valid object, such as two ports of one name: then all at once, before it is applied.
            let there = try await client.json(.init(path: resource.path(namespace: object.key.namespace, name: object.key.name)))
            guard let manifest = object.value,
                let patch = SurplusFields.patch(from: there, to: manifest, object.key, isApplied: false)
            else { throw refusal }
            let patched: ManifestValue
            do { patched = try await send(patch, object, resource, isDryRun: isDryRun) } catch is APIRefusal { throw refusal }
            // What apply never takes, such as one name twice in a list, has now been set without it.
            if isDryRun || ClusterState.canonical(patched, object.key) == object.yaml { return }
            live = try await send(object, resource, isDryRun: false)
        }
        if isDryRun { return }
        do {
            guard let patch = try await surplus(of: object, resource, live) else { return }
            _ = try await send(patch, object, resource, isDryRun: false)
        } catch let refusal as APIRefusal {
            let failure = refusal.failure
            throw ClusterError(failure.code, "it keeps what it has beyond the snapshot: \(failure.message)", hint: failure.hint)
        }
    }

    @discardableResult
    func send(_ patch: ManifestValue, _ object: ApplyObject, _ resource: APIResource, isDryRun: Bool) async throws -> ManifestValue {
        var request = APIClient.Request(
            method: "PATCH", path: resource.path(namespace: object.key.namespace, name: object.key.name),
            query: [("fieldManager", ManagedFields.ours)] + (isDryRun ? [("dryRun", "All")] : []))
        request.body = JSONWriter.encode(patch)
        request.contentType = "application/merge-patch+json"
        request.attempts = Self.attempts
        return try await client.json(request)
    }

    // MARK: Apply

    private struct Failed: Sendable {
        let error: ClusterError
        /// Whether somebody may come up who lets it through.
        var mayPass = false
    }

    private struct State: Sendable {
        var report = ApplyReport()
        var failed: [Int: Failed] = [:]
        var done: Set<Int> = []
        /// The server is gone: what has not been sent yet is not sent.
        var isUnreachable = false
        /// In a dry run: objects in namespaces, or of kinds, that would be there by then.
        var unchecked = 0
    }

    /// Carries the plan out. What fails is in the report; only an interruption is thrown.
    public func run(_ plan: ApplyPlan) async throws -> ApplyReport {
        let state = Guarded(State())
        let open = plan.items.indices.filter { [.create, .update].contains(plan.items[$0].action) }
        // What may stand in the way of others waits until all of these are done.
        let last = open.filter { ApplyOrder.isLast(plan.items[$0].object.key) }
        do {
            var kinds = ServedKinds(
                open.isEmpty && !plan.items.contains(where: \.isHalfDone) ? Discovery() : try await Discovery.run(client))
            try await applyTiers(open.filter { !last.contains($0) }, plan, &kinds, state)
            if !isDryRun {
                try await bindOwners(plan, kinds, state)
                let half = plan.items.filter { $0.lacksManagers && $0.action == .unchanged }.map(\.object)
                let findings = try await giveBackFields(of: half, kinds)
                state.withLock { $0.report.findings.add(findings) }
            }
            try await applyTiers(last, plan, &kinds, state)
        } catch  where error is any RequestFailure || error is ClusterError {
            // Nothing more can be sent: that is what is wrong with each that was not.
            let failure = ClusterError(error)
            state.withLock { state in
                for index in open where !state.done.contains(index) {
                    state.failed[index] = state.failed[index] ?? Failed(error: failure)
                }
            }
        }
        return state.withLock { state in
            state.report.unchanged = plan.count(.unchanged)
            state.report.skipped = plan.count(.skip)
            state.report.unchecked = state.unchecked
            for (index, failed) in state.failed.sorted(by: { $0.key < $1.key }) {
                let key = plan.items[index].object.key
                state.report.failures.append(.init(object: key, reason: failed.error.description, mayPass: failed.mayPass))
            }
            return state.report
        }
    }

    /// Tier after tier; then what failed once more, since it may have waited for something that came later: as long as some of it succeeds, and
    /// what waits for somebody to come up as long as there is patience.
    private func applyTiers(_ indices: [Int], _ plan: ApplyPlan, _ kinds: inout ServedKinds, _ state: Guarded<State>) async throws {
        let tiers = Dictionary(grouping: indices) { ApplyOrder.tier(plan.items[$0].object) }
        for tier in tiers.keys.sorted() {
            try await apply(tiers[tier] ?? [], plan, kinds, state)
            if tier == ApplyOrder.definitions, !isDryRun { kinds = try await established(plan, tiers[tier] ?? [], kinds, state) }
        }
        if isDryRun { return }
        let deadline = ContinuousClock.now + patience
        for round in 1... {
            let failed = state.withLock { state in indices.filter { state.failed[$0] != nil } }
            guard !failed.isEmpty else { return }
            try await Task.sleep(for: Self.pause)
            // A definition may have been among them; a server that is gone is found out by the first request.
            guard let found = try? await Discovery.run(client) else { return }
            kinds = ServedKinds(found)
            state.withLock { $0.isUnreachable = false }
            try await apply(failed, plan, kinds, state)
            let (left, mayPass) = state.withLock { state in
                (failed.count { state.failed[$0] != nil }, failed.contains { state.failed[$0]?.mayPass == true })
            }
            guard left < failed.count && round < Self.roundsMax || mayPass && ContinuousClock.now < deadline else { return }
        }
    }

    private func apply(_ indices: [Int], _ plan: ApplyPlan, _ kinds: ServedKinds, _ state: Guarded<State>) async throws {
        try await forEach(indices, atOnce: Self.concurrency) { index in
            let item = plan.items[index]
            if state.withLock({ $0.isUnreachable }) {
                let error = ClusterError(.unreachable, "not tried: the server could no longer be reached")
                return state.withLock { $0.failed[index] = $0.failed[index] ?? Failed(error: error) }
            }
            do {
                guard let resource = kinds.resource(of: item.object) else {
                    throw ClusterError(.notFound, "the cluster has no kind \(item.object.key.resource)")
                }
                var findings = Findings()
                if item.action == .update {
                    try await update(item.object, resource)
                } else {
                    if let volume = item.releasedVolume, !isDryRun { findings.add(try await ReleasedVolumes(client).reserve(volume)) }
                    try await create(item.object, resource)
                }
                if !isDryRun { findings.add(try await giveBackFields(of: item.object, resource)) }
                let isFirst = state.withLock { [findings] state in
                    state.report.findings.add(new: findings)
                    state.failed[index] = nil
                    guard state.done.insert(index).inserted else { return false }
                    if item.action == .create { state.report.created += 1 } else { state.report.updated += 1 }
                    return true
                }
                if isFirst { progress(1) }
            } catch {
                try Task.checkCancellation()
                let failure = ClusterError(error).explainingImmutability(of: item.object.key)
                let mayPass = (error as? any RequestFailure)?.mayPass ?? false || failure.waitsForItsAccount
                state.withLock { state in
                    if failure.code == .unreachable { state.isUnreachable = true }
                    if isDryRun, failure.code == .notFound {
                        state.unchecked += 1
                    } else {
                        state.failed[index] = Failed(error: failure, mayPass: mayPass && failure.code != .unreachable)
                    }
                }
            }
        }
    }

    /// Server-side apply. An object is sent as often as need be: the outcome is the same.
    func send(_ object: ApplyObject, _ resource: APIResource, isDryRun: Bool, isForced: Bool = true) async throws -> ManifestValue {
        let body = try body(of: object, resource)
        // Servers up to 1.20 crash on a server-side apply of these.
        if object.key.resource == "apiservice.apiregistration.k8s.io" { return try await send(body, object, resource, isDryRun: isDryRun) }
        var query = [("fieldManager", ManagedFields.ours), ("force", "\(isForced)")]
        if isDryRun { query.append(("dryRun", "All")) }
        var request = APIClient.Request(
            method: "PATCH", path: resource.path(namespace: object.key.namespace, name: object.key.name), query: query)
        request.body = CanonicalYAML.encode(body)
        request.contentType = "application/apply-patch+yaml"
        request.attempts = Self.attempts
        return try await client.json(request)
    }

    // MARK: Definitions

    /// Waits until the server serves what was defined.
    private func established(
        _ plan: ApplyPlan, _ indices: [Int], _ before: ServedKinds, _ state: Guarded<State>
    ) async throws -> ServedKinds {
        let applied = indices.filter { index in state.withLock { $0.failed[index] == nil } }
        let wanted = definedKinds(applied.map { plan.items[$0].object })
        let deadline = ContinuousClock.now + Self.definitionTimeout
        while true {
            // A server that is gone is named by every object that it does not take.
            guard let discovery = try? await Discovery.run(client) else { return before }
            let kinds = ServedKinds(discovery)
            let missing = wanted.filter { kind in !kinds.serves(kind) }
            if missing.isEmpty { return kinds }
            guard ContinuousClock.now < deadline else {
                state.withLock {
                    $0.report.findings.note("not established within \(Self.definitionTimeout): \(missing.sorted().joined(separator: ", "))")
                }
                return kinds
            }
            try await Task.sleep(for: .milliseconds(300))
        }
    }

    // MARK: Owners

    /// Objects that belonged to others get the new uids of their owners; where one is not there, the reference is dropped with a note.
    private func bindOwners(_ plan: ApplyPlan, _ kinds: ServedKinds, _ state: Guarded<State>) async throws {
        let owned = plan.items.indices.filter { index in
            let item = plan.items[index]
            guard item.lacksOwners || (item.action == .update && !item.object.owners.isEmpty) else { return false }
            return [.create, .update, .unchanged].contains(item.action) && state.withLock { $0.failed[index] == nil && !$0.isUnreachable }
        }
        try await forEach(owned, atOnce: Self.concurrency) { index in
            let object = plan.items[index].object
            var references: [ManifestValue] = []
            for owner in object.owners {
                let key = ObjectKey(
                    group: ObjectKey.group(ofVersion: owner["apiVersion"]?.string ?? ""), kind: owner["kind"]?.string ?? "",
                    namespace: object.key.namespace, name: owner["name"]?.string ?? "")
                do {
                    guard let resource = kinds.resource(of: key) else { throw ClusterError(.notFound, "no such kind") }
                    let path = resource.path(namespace: resource.isNamespaced ? object.key.namespace : nil, name: key.name)
                    let uid = try await client.json(.init(path: path))[["metadata", "uid"]]
                    references.append(owner.setting("uid", to: uid))
                } catch {
                    let failure = ClusterError(error)
                    guard failure.code == .notFound else {
                        return state.withLock {
                            $0.failed[index] = Failed(
                                error: ClusterError(failure.code, "its owner \(key.name) could not be looked up: \(failure)"))
                        }
                    }
                    let note = "\(object.key): its owner \(key.kind) \(key.name) is not there, so the reference is dropped"
                    state.withLock { $0.report.findings.note(note) }
                }
            }
            guard !references.isEmpty, let resource = kinds.resource(of: object) else { return }
            do {
                let path = resource.path(namespace: object.key.namespace, name: object.key.name)
                let others = try await client.json(.init(path: path))[["metadata", "ownerReferences"]]?.elements.filter { other in
                    !references.contains { $0["uid"] == other["uid"] }
                }
                let bound = ManifestEntry(key: .string("ownerReferences"), value: .sequence((others ?? []) + references))
                let patch = ManifestValue.mapping([ManifestEntry(key: .string("metadata"), value: .mapping([bound]))])
                try await send(patch, object, resource, isDryRun: false)
                let findings = try await giveBackFields(of: object, resource)
                state.withLock { $0.report.findings.add(findings) }
            } catch {
                let failure = ClusterError(error)
                state.withLock {
                    $0.failed[index] = Failed(error: ClusterError(failure.code, "its owner references could not be set: \(failure)"))
                }
            }
        }
    }
}

extension ClusterError {
    /// A namespace gets its account a moment after it was made, and its quotas are counted a moment after they were.
    fileprivate var waitsForItsAccount: Bool {
        ["error looking up service account", "no API token found for service account", "status unknown for quota"]
            .contains(where: message.contains)
    }

    /// Some fields are set once and for all: what has other ones must go before it can come back.
    fileprivate func explainingImmutability(of key: ObjectKey) -> ClusterError {
        // The words of all of the server's validations of updates.
        let words = [
            "immutable", "may not change", "may not be changed", "cannot be changed", "cannot change roleRef", "must not be changed",
            "may not be modified", "is forbidden after creation", "are forbidden", "may not be updated", "updates to statefulset spec",
            "pod updates may not", "updates to provisioner", "updates to parameters", "updates to reclaimPolicy",
        ]
        guard hint == nil, code == .refused, words.contains(where: message.contains) else { return self }
        let place = key.namespace.map { "-n \($0) " } ?? ""
        let isData = ["persistentvolumeclaim", "persistentvolume"].contains(key.resource)
        let care = isData ? "Save its data first, which may go with it; then " : ""
        return ClusterError(
            code, message,
            hint:
                "It cannot become what it was in place. \(care)`kubectl \(place)delete \(key.resource) \(key.name)`, then restore again")
    }
}

extension ServedKinds {
    fileprivate func serves(_ resource: String) -> Bool {
        let parts = resource.split(separator: ".", maxSplits: 1).map(String.init)
        return self.resource(of: ObjectKey(group: parts.count > 1 ? parts[1] : "", kind: parts[0], namespace: nil, name: "")) != nil
    }
}
