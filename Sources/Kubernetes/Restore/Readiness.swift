/// Waits until what was brought back works: workloads available, claims bound, jobs done.
public struct Readiness: Sendable {
    /// Objects that are not ready when the time is over.
    public struct Waiting: Sendable, Encodable {
        /// Which one.
        public let object: ObjectKey
        /// What it still lacks.
        public let reason: String
    }

    private static let interval = Duration.seconds(1)
    private static let concurrency = 8
    /// The kinds that have a state of readiness, by group and kind.
    static let kinds = [
        ("apps", "Deployment"), ("apps", "StatefulSet"), ("apps", "DaemonSet"), ("apps", "ReplicaSet"), ("batch", "Job"),
        ("", "PersistentVolumeClaim"),
    ]

    private let client: APIClient

    public init(_ client: APIClient) { self.client = client }

    /// Which of a plan's objects are waited for.
    public static func objects(of plan: ApplyPlan) -> [ObjectKey] {
        let resources = Set(kinds.map { ObjectKey.resource(group: $0, kind: $1) })
        return plan.items.filter { resources.contains($0.object.key.resource) && [.create, .update, .unchanged].contains($0.action) }
            .map(\.object.key)
    }

    /// - Parameter progress: receives the number of objects that are ready so far.
    /// - Returns: what was not ready in time; empty when all of it is.
    public func wait(_ objects: [ObjectKey], timeout: Duration, progress: @Sendable (Int) -> Void) async throws -> [Waiting] {
        let left = try await wait(objects, timeout, progress) { key, served in try await reason(key, served) }
        return timeout > .zero ? try await explained(left) : left
    }

    /// The same with what their pods say of themselves.
    func explained(_ waiting: [Waiting]) async throws -> [Waiting] {
        if waiting.isEmpty { return [] }
        do {
            let served = ServedKinds(try await Discovery.run(client))
            var explained: [Waiting] = []
            for one in waiting {
                let why = try await PodReasons(client, served).reason(of: one.object)
                explained.append(why.map { Waiting(object: one.object, reason: "\(one.reason): \($0)") } ?? one)
            }
            return explained
        } catch let error as any RequestFailure { throw error.failure }
    }

    /// Waits until nothing runs any more of workloads that are held.
    ///
    /// - Parameter progress: receives the number of workloads that have stopped so far.
    /// - Returns: what still ran when the time was over.
    public func waitUntilStopped(_ objects: [ObjectKey], timeout: Duration, progress: @Sendable (Int) -> Void) async throws -> [Waiting] {
        try await wait(objects, timeout, progress) { key, served in try await running(key, served) }
    }

    /// - Parameter look: why an object is waited for; nil when it is not any more, and then it is looked at once more at the end.
    private func wait(
        _ objects: [ObjectKey], _ timeout: Duration, _ progress: @Sendable (Int) -> Void,
        _ look: @escaping @Sendable (ObjectKey, ServedKinds) async throws -> String?
    ) async throws -> [Waiting] {
        do {
            let served = ServedKinds(try await Discovery.run(client))
            let deadline = ContinuousClock.now + timeout
            var open = objects
            while true {
                var left = try await waiting(open, served, look)
                let isLast = left.isEmpty || ContinuousClock.now >= deadline
                // What crashes again and again is ready for a moment each time.
                if isLast, open.count < objects.count { left = try await waiting(objects, served, look) }
                progress(objects.count - left.count)
                if left.isEmpty || ContinuousClock.now >= deadline { return left }
                open = left.map(\.object)
                try await Task.sleep(for: Self.interval)
            }
        } catch let error as any RequestFailure { throw error.failure }
    }

    private func waiting(
        _ objects: [ObjectKey], _ served: ServedKinds, _ look: @escaping @Sendable (ObjectKey, ServedKinds) async throws -> String?
    ) async throws -> [Waiting] {
        let found = Guarded<[Waiting]>([])
        try await forEach(objects, atOnce: Self.concurrency) { key in
            guard let reason = try await look(key, served) else { return }
            found.withLock { $0.append(Waiting(object: key, reason: reason)) }
        }
        return found.withLock { $0 }.sorted { $0.object.path < $1.object.path }
    }

    private func running(_ key: ObjectKey, _ served: ServedKinds) async throws -> String? {
        guard let resource = served.resource(of: key) else { return nil }
        do {
            let value = try await client.json(.init(path: resource.path(namespace: key.namespace, name: key.name)))
            let names = ["replicas", "currentNumberScheduled", "active"]
            let pods = names.compactMap { value["status"]?[$0]?.literal.flatMap { Int($0) } }.max() ?? 0
            return pods == 0 ? nil : "\(pods) pods still run"
        } catch let error as APIRefusal where error.status == 404 { return nil }
    }

    /// Why an object is not ready; nil when it is.
    private func reason(_ key: ObjectKey, _ served: ServedKinds) async throws -> String? {
        guard let resource = served.resource(of: key) else { return "the cluster has no such kind" }
        do {
            let value = try await client.json(.init(path: resource.path(namespace: key.namespace, name: key.name)))
            if key.resource == "persistentvolumeclaim" { return try await claim(value, served) }
            return Self.reason(value, key)
        } catch let error as APIRefusal where error.status == 404 { return "it is gone" }
    }

    /// A claim whose class waits for a pod is not waited for.
    private func claim(_ value: ManifestValue, _ served: ServedKinds) async throws -> String? {
        let phase = value[["status", "phase"]]?.string ?? "Pending"
        if phase == "Bound" { return nil }
        let key = ObjectKey(
            group: "storage.k8s.io", kind: "StorageClass", namespace: nil, name: value[["spec", "storageClassName"]]?.text ?? "")
        if !key.name.isEmpty, let resource = served.resource(of: key),
            let storage = try? await client.json(.init(path: resource.path(namespace: nil, name: key.name))),
            storage["volumeBindingMode"]?.string == "WaitForFirstConsumer"
        {
            return nil
        }
        return phase
    }

    static func reason(_ value: ManifestValue, _ key: ObjectKey) -> String? {
        let status = value["status"]
        // From the server: sums of these must not overflow.
        func bounded(_ number: ManifestValue?) -> Int? { number?.literal.flatMap { Int($0) }.map { min(max(0, $0), Int(Int32.max)) } }
        func count(_ name: String) -> Int { bounded(status?[name]) ?? 0 }
        func wanted(_ name: String, _ fallback: Int) -> Int { bounded(value[["spec", name]]) ?? fallback }
        let generation = value[["metadata", "generation"]]?.literal.flatMap { Int($0) } ?? 0
        if key.resource != "job.batch", count("observedGeneration") < generation { return "not yet seen by its controller" }
        switch key.resource {
        case "deployment.apps", "replicaset.apps", "statefulset.apps":
            let replicas = wanted("replicas", 1)
            let updated: Int =
                switch key.resource {
                case "deployment.apps": count("updatedReplicas")
                // Of those below the partition, none is updated; OnDelete updates none by itself.
                case "statefulset.apps" where value[["spec", "updateStrategy", "type"]]?.string != "OnDelete":
                    min(count("updatedReplicas"), replicas)
                        + (bounded(value[["spec", "updateStrategy", "rollingUpdate", "partition"]]) ?? 0)
                default: .max
                }
            let ready = min(count(key.resource == "deployment.apps" ? "availableReplicas" : "readyReplicas"), updated)
            return ready >= replicas ? nil : "\(ready) of \(replicas) replicas ready"
        case "daemonset.apps":
            let desired = count("desiredNumberScheduled")
            let isRolling = value[["spec", "updateStrategy", "type"]]?.string != "OnDelete"
            let ready = min(count("numberReady"), isRolling ? count("updatedNumberScheduled") : .max)
            return ready >= desired ? nil : "\(ready) of \(desired) pods ready"
        default:
            let conditions = status?["conditions"]?.elements ?? []
            func holds(_ type: String) -> ManifestValue? {
                conditions.first { $0["type"]?.string == type && $0["status"]?.string == "True" }
            }
            if let failed = holds("Failed") { return "failed: \(failed["message"]?.string ?? "no reason given")" }
            if holds("Complete") != nil || holds("Suspended") != nil || value[["spec", "suspend"]]?.literal == "true" { return nil }
            return wanted("parallelism", 1) == 0 ? nil : "\(count("succeeded")) of \(wanted("completions", 1)) completions"
        }
    }
}
