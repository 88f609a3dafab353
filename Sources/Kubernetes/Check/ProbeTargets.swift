/// Whom a probe asks for: the application itself, else whoever else answers in the cluster.
struct ProbeTargets {
    struct Target: Sendable, CustomStringConvertible {
        let name: String
        let address: String
        let port: Int

        var description: String { "\(name) at \(address):\(port)" }
    }

    private static let targetsMax = 3
    private static let namespacesMax = 20

    private let client: APIClient
    private let served: ServedKinds

    init(_ client: APIClient, _ served: ServedKinds) {
        self.client = client
        self.served = served
    }

    /// Services of the live application that are answered; else its pods; else any service of the cluster but its API server's, which engines
    /// may leave open. None of a drill's own.
    func find(_ live: [String], without scratch: Set<String>) async throws -> [Target] {
        var found: [Target] = []
        for namespace in live.sorted() where !scratch.contains(namespace) { found += try await services(in: namespace) }
        if found.isEmpty { for namespace in live.sorted() where !scratch.contains(namespace) { found += try await pods(in: namespace) } }
        if found.isEmpty {
            for namespace in try await others(live, scratch).prefix(Self.namespacesMax) where found.count < Self.targetsMax {
                found += try await services(in: namespace)
            }
        }
        return Array(found.prefix(Self.targetsMax))
    }

    private func services(in namespace: String) async throws -> [Target] {
        let answered = try await NamespaceCheck(client).answering(namespace, served)
        return try await items("services", namespace).flatMap { service -> [Target] in
            let name = service[["metadata", "name"]]?.text ?? ""
            guard let address = service[["spec", "clusterIP"]]?.text, address != "None", answered.contains(name),
                (namespace, name) != ("default", "kubernetes")
            else { return [] }
            return ports(service[["spec", "ports"]], "port").map { Target(name: "\(namespace)/\(name)", address: address, port: $0) }
        }
    }

    private func pods(in namespace: String) async throws -> [Target] {
        try await items("pods", namespace).flatMap { pod -> [Target] in
            let isReady = (pod[["status", "conditions"]]?.elements ?? []).contains {
                $0["type"]?.string == "Ready" && $0["status"]?.string == "True"
            }
            guard isReady, let address = pod[["status", "podIP"]]?.text, pod[["spec", "hostNetwork"]]?.literal != "true" else { return [] }
            let name = "\(namespace)/\(pod[["metadata", "name"]]?.text ?? "")"
            return (pod[["spec", "containers"]]?.elements ?? []).flatMap { ports($0["ports"], "containerPort") }
                .map { Target(name: name, address: address, port: $0) }
        }
    }

    /// Those over TCP that a drill may not reach.
    private func ports(_ list: ManifestValue?, _ field: String) -> [Int] {
        (list?.elements ?? []).filter { $0["protocol"]?.string ?? "TCP" == "TCP" }
            .compactMap { $0[field]?.literal.flatMap { Int($0) } }.filter { !DrillGuards.namePorts.contains($0) }
    }

    private func others(_ live: [String], _ scratch: Set<String>) async throws -> [String] {
        let namespaces = try await client.json(.init(path: "/api/v1/namespaces"))["items"]?.elements ?? []
        return namespaces.filter { $0[["metadata", "labels"]]?[ScratchNamespaces.label] == nil }.compactMap {
            $0[["metadata", "name"]]?.text
        }
        .filter { !scratch.contains($0) && !live.contains($0) }
    }

    /// A namespace that is not there, in another cluster, has none.
    private func items(_ plural: String, _ namespace: String) async throws -> [ManifestValue] {
        let resource = APIResource(group: "", version: "v1", plural: plural, kind: "", isNamespaced: true)
        return try await client.json(.init(path: resource.path(namespace: namespace)))["items"]?.elements ?? []
    }
}
