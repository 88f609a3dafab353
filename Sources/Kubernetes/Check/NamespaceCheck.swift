import HTTP

/// Looks at what runs in namespaces: are workloads and claims ready, has every service somebody behind it?
public struct NamespaceCheck: Sendable {
    public struct Outcome: Sendable {
        public var workloads = 0
        /// Workloads that are held or scaled to nothing, and services of which all pods are theirs.
        public var still = 0
        public var claims = 0
        public var services = 0
        /// Problems that remain when the time is over; empty when all is well.
        public var waiting: [Readiness.Waiting] = []
    }

    private static let interval = Duration.seconds(1)

    private let client: APIClient

    public init(_ client: APIClient) { self.client = client }

    /// Looks again until all is well, or the time is over. Namespaces that are not there, or in which nothing runs, are not well.
    public func wait(_ namespaces: [String], until deadline: ContinuousClock.Instant) async throws -> Outcome {
        do {
            while true {
                let served = ServedKinds(try await Discovery.run(client))
                var outcome = Outcome()
                for namespace in namespaces { try await look(at: namespace, served, &outcome) }
                if outcome.waiting.isEmpty { return outcome }
                if ContinuousClock.now >= deadline {
                    outcome.waiting = try await Readiness(client).explained(outcome.waiting)
                    return outcome
                }
                try await Task.sleep(for: Self.interval)
            }
        } catch let error as any RequestFailure { throw error.failure }
    }

    private func look(at namespace: String, _ served: ServedKinds, _ outcome: inout Outcome) async throws {
        let found = try await objects(of: namespace, served)
        let pods = try await pods(of: namespace, served)
        let workloads = found.filter { $0.key.resource != "persistentvolumeclaim" }
        // A workload that is held or scaled to zero is ready and does nothing.
        let running = (workloads + pods).filter(\.isMeantToRun)
        outcome.workloads += running.count
        outcome.still += workloads.count + pods.count - running.count
        outcome.claims += found.count - workloads.count
        if running.isEmpty { outcome.waiting.append(try await nothing(in: namespace, served)) }
        outcome.waiting += try await Readiness(client).wait(found.map(\.key), timeout: .zero) { _ in }
        outcome.waiting += pods.compactMap { pod in pod.reason.map { .init(object: pod.key, reason: $0) } }
        let services = try await services(of: namespace, served)
        if services.isEmpty { return }
        let answering = try await answering(namespace, served)
        for service in services {
            // Of a workload that stands still on purpose, nobody answers.
            let isStill = workloads.contains { service.chooses($0.labels) } && !running.contains { service.chooses($0.labels) }
            if answering.contains(service.key.name) {
                outcome.services += 1
            } else if isStill {
                outcome.still += 1
            } else {
                outcome.waiting.append(.init(object: service.key, reason: "no pod behind it is ready"))
            }
        }
    }

    private func nothing(in namespace: String, _ served: ServedKinds) async throws -> Readiness.Waiting {
        let key = ObjectKey(group: "", kind: "Namespace", namespace: nil, name: namespace)
        guard let resource = served.resource(of: key) else { return Readiness.Waiting(object: key, reason: "the cluster has no such kind") }
        do {
            _ = try await client.json(.init(path: resource.path(namespace: nil, name: namespace)))
            return Readiness.Waiting(object: key, reason: "nothing runs in it")
        } catch let error as APIRefusal where error.status == 404 {
            return Readiness.Waiting(object: key, reason: "it is not there")
        }
    }

    private struct Found {
        let key: ObjectKey
        let isMeantToRun: Bool
        /// Of its pods.
        var labels: [String: String] = [:]
        /// Why a pod is not ready.
        var reason: String?
    }

    private struct ChoosingService {
        let key: ObjectKey
        let selector: [String: String]

        func chooses(_ labels: [String: String]) -> Bool { selector.allSatisfy { labels[$0.key] == $0.value } }
    }

    private static func strings(_ value: ManifestValue?) -> [String: String] {
        Dictionary((value?.entries ?? []).map { ($0.key.text, $0.value.text ?? "") }) { first, _ in first }
    }

    private static func controller(of value: ManifestValue) -> String? {
        value.controller.map {
            ObjectKey.resource(group: ObjectKey.group(ofVersion: $0["apiVersion"]?.string ?? ""), kind: $0["kind"]?.string ?? "")
        }
    }

    /// Kinds that answer for what they own.
    private static let answering = Set(Readiness.kinds.map { ObjectKey.resource(group: $0, kind: $1) } + ["cronjob.batch"])

    /// Pods that no workload answers for; those that have ended, or are on their way out, are none.
    private func pods(of namespace: String, _ served: ServedKinds) async throws -> [Found] {
        try await list("", "Pod", in: namespace, served) { value, key in
            if Self.controller(of: value).map(Self.answering.contains) ?? false { return nil }
            if CaptureRules.isLeaving(value) || ["Succeeded", "Failed"].contains(value[["status", "phase"]]?.string ?? "") { return nil }
            let isReady = (value[["status", "conditions"]]?.elements ?? []).contains {
                $0["type"]?.string == "Ready" && $0["status"]?.string == "True"
            }
            let labels = Self.strings(value[["metadata", "labels"]])
            return Found(key: key, isMeantToRun: true, labels: labels, reason: isReady ? nil : "it is not ready")
        }
    }

    /// Workloads and claims that none of them answers for.
    private func objects(of namespace: String, _ served: ServedKinds) async throws -> [Found] {
        var found: [Found] = []
        for (group, kind) in Readiness.kinds {
            found += try await list(group, kind, in: namespace, served) { value, key in
                if Self.controller(of: value).map(Self.answering.contains) ?? false { return nil }
                let isStill =
                    ["replicas", "parallelism"].contains { value["spec"]?[$0]?.literal == "0" }
                    || value[["spec", "suspend"]]?.literal == "true"
                let labels = Self.strings(value[["spec", "template", "metadata", "labels"]])
                return Found(key: key, isMeantToRun: !isStill, labels: labels)
            }
        }
        return found
    }

    /// Services that choose pods.
    private func services(of namespace: String, _ served: ServedKinds) async throws -> [ChoosingService] {
        try await list("", "Service", in: namespace, served) { value, key in
            let selector = Self.strings(value[["spec", "selector"]])
            if selector.isEmpty || value[["spec", "type"]]?.string == "ExternalName" { return nil }
            return ChoosingService(key: key, selector: selector)
        }
    }

    /// The services behind which at least one pod is ready.
    func answering(_ namespace: String, _ served: ServedKinds) async throws -> Set<String> {
        // Old servers have no slices, and new ones may have nothing else.
        let old = try await list("", "Endpoints", in: namespace, served) { value, key in
            let subsets = value["subsets"]?.elements ?? []
            return subsets.contains { !($0["addresses"]?.elements.isEmpty ?? true) } ? key.name : nil
        }
        let new = try await list("discovery.k8s.io", "EndpointSlice", in: namespace, served) { value, _ in
            // A condition that is not known is to be taken for true, as the API has it. Ready may have been asked for whatever pods say.
            let isServing = (value["endpoints"]?.elements ?? []).contains { endpoint in
                ["ready", "serving"].allSatisfy { endpoint[["conditions", $0]]?.literal != "false" }
            }
            return isServing ? value[["metadata", "labels"]]?["kubernetes.io/service-name"]?.text : nil
        }
        return Set(old + new)
    }

    /// What `choose` makes of each object, without the rest of it: a namespace may have thousands.
    private func list<Element>(
        _ group: String, _ kind: String, in namespace: String, _ served: ServedKinds, _ choose: (ManifestValue, ObjectKey) -> Element?
    ) async throws -> [Element] {
        guard let resource = served.resource(of: ObjectKey(group: group, kind: kind, namespace: namespace, name: "")) else { return [] }
        let list = CaptureList(resource: resource, namespace: namespace)
        var found: [Element] = []
        try await ListReader(client: client, list: list, selector: nil, attempts: Attempts.countMax).read {
            found = []
        } each: { value in
            guard let name = value[["metadata", "name"]]?.text else { return }
            let key = ObjectKey(group: group, kind: kind, namespace: namespace, name: name)
            if let element = choose(value, key) { found.append(element) }
        }
        return found
    }
}
