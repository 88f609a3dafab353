import HTTP

/// How the objects of a plan stand in the cluster now.
struct ClusterState: Sendable {
    /// One object as it is there, canonical, without owner references.
    struct Live: Sendable {
        let yaml: [UInt8]
        let hasOwners: Bool
        /// Fields of it belong to a restore, which was interrupted before it gave them back.
        let isHalfOurs: Bool
        /// It is on its way out, and would take down what is put into it.
        let isBeingDeleted: Bool
    }

    /// Why a list could not be read.
    struct Unread: Sendable {
        let error: ClusterError
        /// Whether who answers for it may come up.
        let mayPass: Bool
    }

    private static let concurrency = 4
    /// A list that cannot be read costs its own kind only, and is looked at again: patience for each would add up.
    private static let attempts = 5

    fileprivate(set) var live: [ObjectKey: Live] = [:]
    /// Namespaces on their way out: nothing new can be made in them.
    fileprivate(set) var leavingNamespaces: Set<String> = []
    fileprivate(set) var unread: [CaptureList: Unread] = [:]

    /// Reads the lists that the objects are in. Throws when no server answers, or none of them may be read: a plan that guesses would overwrite.
    static func read(_ client: APIClient, _ objects: [ApplyObject], _ kinds: ServedKinds) async throws -> ClusterState {
        let keys = Set(objects.map(\.key))
        let lists = Set(
            objects.compactMap { object in kinds.resource(of: object.key).map { CaptureList(resource: $0, namespace: object.key.namespace) }
            })
        let found = Guarded(ClusterState())
        try await forEach(Array(lists), atOnce: concurrency) { list in
            do { try await read(list, client, keys, found) } catch {
                try Task.checkCancellation()
                let (failure, mayPass) = (ClusterError(error), (error as? any RequestFailure)?.mayPass ?? false)
                if [.unreachable, .unauthorized].contains(failure.code) { throw failure }
                found.withLock { $0.unread[list] = Unread(error: failure, mayPass: mayPass) }
            }
        }
        let state = found.withLock { $0 }
        if state.unread.count == lists.count, let first = state.unread.values.first, !state.unread.values.contains(where: \.mayPass) {
            throw first.error
        }
        return state
    }

    private static func read(
        _ list: CaptureList, _ client: APIClient, _ keys: Set<ObjectKey>, _ found: Guarded<ClusterState>
    ) async throws {
        let reader = ListReader(client: client, list: list, selector: nil, attempts: attempts)
        // Seen twice, an object is as it was seen last; so a list that begins anew takes nothing back.
        try await reader.read {
        } broken: { _, _ in
            // An object of theirs that cannot be read stops none of ours; one of ours is found out when its turn comes.
        } each: { value in
            let resource = list.resource
            let key = ObjectKey(
                group: resource.group, kind: resource.kind, namespace: value[["metadata", "namespace"]]?.text,
                name: value[["metadata", "name"]]?.text ?? "", isClusterScoped: !resource.isNamespaced)
            guard keys.contains(key) else { return }
            let metadata = value["metadata"]
            let managers = (metadata?["managedFields"]?.elements ?? []).compactMap { $0["manager"]?.string }
            let live = Live(
                yaml: canonical(value, key), hasOwners: metadata?["ownerReferences"] != nil,
                isHalfOurs: managers.contains(ManagedFields.ours),
                isBeingDeleted: metadata?["deletionTimestamp"] != nil)
            found.withLock { state in
                state.live[key] = live
                if key.resource == "namespace", live.isBeingDeleted { state.leavingNamespaces.insert(key.name) }
            }
        }
    }

    /// Whether nobody could look for the object.
    func isUnread(_ object: ApplyObject, _ kinds: ServedKinds) -> Bool {
        guard let resource = kinds.resource(of: object.key) else { return kinds.failures.contains { $0.group == object.key.group } }
        return unread[CaptureList(resource: resource, namespace: object.key.namespace)] != nil
    }

    /// An object of the server as a capture would write it, but for its owners.
    static func canonical(_ value: ManifestValue, _ key: ObjectKey) -> [UInt8] {
        CanonicalYAML.encode(ServerFields.removed(from: value, key) { _, _ in false })
    }
}
