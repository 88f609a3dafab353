/// How the objects of a plan stand in the cluster now.
enum ClusterState {
    /// One object as it is there, canonical, without owner references.
    struct Live: Sendable {
        let yaml: [UInt8]
        let hasOwners: Bool
        /// It is on its way out, and would take down what is put into it.
        let isBeingDeleted: Bool
    }

    private static let concurrency = 4

    /// Reads the lists that the objects are in. Throws when one cannot be read: a plan that guesses would overwrite.
    static func read(_ client: APIClient, _ objects: [ApplyObject], _ kinds: ServedKinds) async throws -> [ObjectKey: Live] {
        let keys = Set(objects.map(\.key))
        let lists = Set(
            objects.compactMap { object in kinds.resource(of: object.key).map { CaptureList(resource: $0, namespace: object.key.namespace) }
            })
        let found = Guarded<[ObjectKey: Live]>([:])
        try await forEach(Array(lists), atOnce: concurrency) { list in try await read(list, client, keys, found) }
        return found.withLock { $0 }
    }

    private static func read(
        _ list: CaptureList, _ client: APIClient, _ keys: Set<ObjectKey>, _ found: Guarded<[ObjectKey: Live]>
    ) async throws {
        let reader = ListReader(client: client, list: list, selector: nil, attempts: Attempts.countMax)
        // Seen twice, an object is as it was seen last; so a list that begins anew takes nothing back.
        try await reader.read {
        } each: { value in
            let resource = list.resource
            let key = ObjectKey(
                group: resource.group, kind: resource.kind, namespace: value[["metadata", "namespace"]]?.text,
                name: value[["metadata", "name"]]?.text ?? "", isClusterScoped: !resource.isNamespaced)
            guard keys.contains(key) else { return }
            let metadata = value["metadata"]
            let live = Live(
                yaml: canonical(value, key), hasOwners: metadata?["ownerReferences"] != nil,
                isBeingDeleted: metadata?["deletionTimestamp"] != nil)
            found.withLock { $0[key] = live }
        }
    }

    /// An object of the server as a capture would write it, but for its owners.
    static func canonical(_ value: ManifestValue, _ key: ObjectKey) -> [UInt8] {
        CanonicalYAML.encode(ServerFields.removed(from: value, key) { _, _ in false })
    }
}
