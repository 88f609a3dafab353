/// Looks at what runs in namespaces: are workloads and claims ready, has every service somebody behind it?
public struct NamespaceCheck: Sendable {
    public struct Outcome: Sendable {
        public var workloads = 0
        public var claims = 0
        public var services = 0
        /// What was not as it should be when the time was over; empty when all is well.
        public var waiting: [Readiness.Waiting] = []
    }

    private static let interval = Duration.seconds(1)

    private let client: APIClient

    public init(_ client: APIClient) { self.client = client }

    /// Waits until all is well, at most so long. Namespaces that are not there, or in which nothing runs, are not well.
    public func wait(_ namespaces: [String], timeout: Duration) async throws -> Outcome {
        do {
            let deadline = ContinuousClock.now + timeout
            let served = ServedKinds(try await Discovery.run(client))
            var outcome = Outcome()
            for namespace in namespaces {
                let found = try await objects(of: namespace, served)
                outcome.claims += found.count { $0.resource == "persistentvolumeclaim" }
                outcome.workloads += found.count { $0.resource != "persistentvolumeclaim" }
                if let missing = try await missing(namespace, found, served) { outcome.waiting.append(missing) }
                outcome.waiting += try await Readiness(client).wait(found, timeout: deadline - .now) { _ in }
                let services = try await services(of: namespace, served)
                outcome.services += services.count
                outcome.waiting += try await waitForEndpoints(services, namespace, served, until: deadline)
            }
            return outcome
        } catch let error as any Retryable { throw error.failure }
    }

    /// An answer without workloads is no good sign.
    private func missing(_ namespace: String, _ found: [ObjectKey], _ served: ServedKinds) async throws -> Readiness.Waiting? {
        guard !found.contains(where: { $0.resource != "persistentvolumeclaim" }) else { return nil }
        let key = ObjectKey(group: "", kind: "Namespace", namespace: nil, name: namespace)
        guard let resource = served.resource(of: key) else { return Readiness.Waiting(object: key, reason: "the cluster has no such kind") }
        do {
            _ = try await client.json(.init(path: resource.path(namespace: nil, name: namespace)))
            return Readiness.Waiting(object: key, reason: "nothing runs in it")
        } catch let error as APIRefusal where error.status == 404 {
            return Readiness.Waiting(object: key, reason: "it is not there")
        }
    }

    /// Workloads and claims that nobody else answers for.
    private func objects(of namespace: String, _ served: ServedKinds) async throws -> [ObjectKey] {
        var keys: [ObjectKey] = []
        for (group, kind) in Readiness.kinds {
            try await list(group, kind, namespace, served) { value, key in
                let owners = value[["metadata", "ownerReferences"]]?.elements ?? []
                if !owners.contains(where: { $0["controller"]?.literal == "true" }) { keys.append(key) }
            }
        }
        return keys
    }

    /// Services that choose pods.
    private func services(of namespace: String, _ served: ServedKinds) async throws -> [ObjectKey] {
        var keys: [ObjectKey] = []
        try await list("", "Service", namespace, served) { value, key in
            let isChoosing = !(value[["spec", "selector"]]?.entries.isEmpty ?? true)
            if isChoosing, value[["spec", "type"]]?.string != "ExternalName" { keys.append(key) }
        }
        return keys
    }

    private func waitForEndpoints(
        _ services: [ObjectKey], _ namespace: String, _ served: ServedKinds, until deadline: ContinuousClock.Instant
    ) async throws -> [Readiness.Waiting] {
        guard !services.isEmpty else { return [] }
        while true {
            let answering = try await answering(namespace, served)
            let open = services.filter { !answering.contains($0.name) }
            if open.isEmpty { return [] }
            if ContinuousClock.now >= deadline { return open.map { .init(object: $0, reason: "no pod behind it is ready") } }
            try await Task.sleep(for: Self.interval)
        }
    }

    /// The services behind which at least one pod is ready.
    private func answering(_ namespace: String, _ served: ServedKinds) async throws -> Set<String> {
        var names: Set<String> = []
        let slice = ObjectKey(group: "discovery.k8s.io", kind: "EndpointSlice", namespace: namespace, name: "")
        // Old servers have no slices, and new ones may have nothing else.
        try await list("", "Endpoints", namespace, served) { value, key in
            let subsets = value["subsets"]?.elements ?? []
            if subsets.contains(where: { !($0["addresses"]?.elements.isEmpty ?? true) }) { names.insert(key.name) }
        }
        try await list(slice.group, slice.kind, namespace, served) { value, _ in
            // A condition that is not known is to be taken for ready, as the API has it.
            let isReady = (value["endpoints"]?.elements ?? []).contains { $0[["conditions", "ready"]]?.literal != "false" }
            if isReady, let service = value[["metadata", "labels"]]?["kubernetes.io/service-name"]?.text { names.insert(service) }
        }
        return names
    }

    private func list(
        _ group: String, _ kind: String, _ namespace: String, _ served: ServedKinds, _ each: (ManifestValue, ObjectKey) -> Void
    ) async throws {
        guard let resource = served.resource(of: ObjectKey(group: group, kind: kind, namespace: namespace, name: "")) else { return }
        let list = CaptureList(resource: resource, namespace: namespace)
        var found: [(ManifestValue, ObjectKey)] = []
        try await ListReader(client: client, list: list, selector: nil, attempts: Attempts.countMax).read {
            found = []
        } each: { value in
            guard let name = value[["metadata", "name"]]?.text else { return }
            found.append((value, ObjectKey(group: group, kind: kind, namespace: namespace, name: name)))
        }
        for (value, key) in found { each(value, key) }
    }
}
