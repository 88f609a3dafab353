/// Which kinds a server has, by group and kind.
struct ServedKinds: Sendable {
    private let resources: [String: APIResource]
    private let versions: [String: [String]]
    let failures: [Discovery.Failure]

    init(_ discovery: Discovery) {
        resources = Dictionary(
            discovery.resources.map { (ObjectKey.resource(group: $0.group, kind: $0.kind), $0) }, uniquingKeysWith: { first, _ in first })
        versions = discovery.versions
        failures = discovery.failures
    }

    /// In the version that the server prefers.
    func resource(of key: ObjectKey) -> APIResource? { resources[key.resource] }

    /// In the object's own version where the server has it, else in the one that it prefers.
    func resource(of object: ApplyObject) -> APIResource? {
        guard var resource = resources[object.key.resource] else { return nil }
        let version = object.apiVersion.split(separator: "/").last.map(String.init) ?? ""
        if versions[object.key.resource]?.contains(version) == true { resource.version = version }
        return resource
    }
}
