import Core

/// Classes that objects name and that will not be there: a claim of such a class waits for ever, a pod of such a priority is refused.
enum MissingClasses {
    private struct Field {
        let kind: (group: String, kind: String)
        let path: [String]
        /// How a person would mend it.
        let hint: String
    }

    private static let storage = ("storage.k8s.io", "StorageClass")
    private static let storageHint = "--map-storage-class OLD=NEW names another"
    private static let classHint = "make it first, or they wait for it"

    private static let fields: [String: [Field]] = [
        "persistentvolumeclaim": [Field(kind: storage, path: ["spec", "storageClassName"], hint: storageHint)],
        "ingress.networking.k8s.io": [
            Field(kind: ("networking.k8s.io", "IngressClass"), path: ["spec", "ingressClassName"], hint: classHint)
        ],
    ]

    private static func podFields(_ spec: [String]) -> [Field] {
        [
            Field(kind: ("scheduling.k8s.io", "PriorityClass"), path: spec + ["priorityClassName"], hint: classHint),
            Field(kind: ("node.k8s.io", "RuntimeClass"), path: spec + ["runtimeClassName"], hint: classHint),
        ]
    }

    /// A sentence for each class that neither the cluster nor the objects have.
    ///
    /// - Parameter objects: those that will be made or changed, all of the same restore.
    static func findings(for objects: [ApplyObject], _ kinds: ServedKinds, _ client: APIClient) async throws -> Findings {
        let restored = Set(objects.map(\.key))
        var users: [ObjectKey: (count: Int, hint: String)] = [:]
        for object in objects {
            for (key, hint) in named(by: object) where !restored.contains(key) { users[key, default: (0, hint)].count += 1 }
        }
        var findings = Findings()
        for (key, use) in users.sorted(by: { $0.key.path < $1.key.path }) where try await isMissing(key, kinds, client) {
            findings.warn(
                "the cluster has no \(key.resource) \(key.name), which \(use.count) of these objects name: \(use.hint)")
        }
        return findings
    }

    private static func named(by object: ApplyObject) -> [(ObjectKey, String)] {
        guard let value = object.value else { return [] }
        var found = (fields[object.key.resource] ?? object.key.podSpecPath.map(podFields) ?? []).compactMap { field in
            value[field.path]?.text.map { (field.kind, $0, field.hint) }
        }
        for claim in value[["spec", "volumeClaimTemplates"]]?.elements ?? [] {
            if let name = claim[["spec", "storageClassName"]]?.text { found.append((storage, name, storageHint)) }
        }
        return found.map { kind, name, hint in
            (ObjectKey(group: kind.0, kind: kind.1, namespace: nil, name: name, isClusterScoped: true), hint)
        }
    }

    /// What may not be looked at is not called missing.
    private static func isMissing(_ key: ObjectKey, _ kinds: ServedKinds, _ client: APIClient) async throws -> Bool {
        guard let resource = kinds.resource(of: key) else { return false }
        do {
            _ = try await client.json(.init(path: resource.path(namespace: nil, name: key.name)))
            return false
        } catch let error as APIRefusal { return error.status == 404 }
    }
}
