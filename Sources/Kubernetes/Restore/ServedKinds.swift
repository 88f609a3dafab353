/// Which kinds a server has, by group and kind.
struct ServedKinds: Sendable {
    private let resources: [String: APIResource]
    let failures: [Discovery.Failure]

    init(_ discovery: Discovery) {
        resources = Dictionary(
            discovery.resources.map { (ObjectKey.resource(group: $0.group, kind: $0.kind), $0) }, uniquingKeysWith: { first, _ in first })
        failures = discovery.failures
    }

    func resource(of key: ObjectKey) -> APIResource? { resources[key.resource] }
}
