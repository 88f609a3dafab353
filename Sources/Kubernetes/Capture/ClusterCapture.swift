import HTTP

/// Reads a cluster: what there is (discovery), then list by list. Memory holds a few objects of each list that is being read.
public struct ClusterCapture: Sendable {
    public struct Summary: Sendable, Equatable {
        /// Lists that were read whole.
        public var lists = 0
        /// The server's version, as it says it: "v1.30.2".
        public var version = ""
    }

    /// Lists that are read at the same time.
    private static let concurrency = 4
    /// How much is handed on at once.
    private static let batchObjects = 64
    private static let batchBytes = 1 << 20

    private let client: APIClient
    private let scope: CaptureScope
    private let sink: @Sendable (CaptureEvent) async throws -> Void

    private init(_ client: APIClient, _ scope: CaptureScope, _ sink: @escaping @Sendable (CaptureEvent) async throws -> Void) {
        self.client = client
        self.scope = scope
        self.sink = sink
    }

    /// - Parameter sink: is given what is found, from several tasks; the capture goes no faster than it.
    /// - Throws: a `ClusterError` when nothing at all can be read, or what the sink throws. What fails in part is an event.
    public static func run(
        _ client: APIClient, scope: CaptureScope, sink: @escaping @Sendable (CaptureEvent) async throws -> Void
    ) async throws -> Summary {
        do { return try await ClusterCapture(client, scope, sink).run() } catch let error as any RequestFailure { throw error.failure }
    }

    private func run() async throws -> Summary {
        var summary = Summary()
        summary.version = try await client.json(.init(path: "/version"))["gitVersion"]?.text ?? "of an unknown version"
        let discovery = try await discover()
        for failure in discovery.failures { try await fail(.group(failure.group), failure.reason) }
        if discovery.failures.isEmpty, let word = scope.unknownKind(among: discovery.resources) {
            throw ClusterError(
                .configuration, "the cluster has no kind \(word.debugDescription)",
                hint: "`kubectl api-resources` lists them; nothing was captured")
        }
        let failed = Set(discovery.failures.map(\.group))
        let wanted = discovery.resources.filter { scope.contains($0) && !failed.contains($0.group) }
        let found = Found(wanted: wanted, namespaces: scope.namespaces)
        let namespaces = try await chosenNamespaces(discovery, found)
        let isWhole = failed.isEmpty && namespaces.count == scope.namespaces.count
        let namespaced = wanted.filter(\.isNamespaced).flatMap { resource in
            scope.namespaces.isEmpty
                ? [CaptureList(resource: resource, namespace: nil)] : namespaces.map { CaptureList(resource: resource, namespace: $0) }
        }
        // Services first: they tell which endpoints are theirs.
        let services = namespaced.filter(\.isServices)
        let first = try await read(services, found)
        let rest = try await read(namespaced.filter { !$0.isServices }, found)
        summary.lists = first + rest
        if scope.namespaces.isEmpty {
            summary.lists += try await read(wanted.filter { !$0.isNamespaced }.map { CaptureList(resource: $0, namespace: nil) }, found)
            return summary
        }
        let named = wanted.filter { !$0.isNamespaced && $0.description != "namespaces" && scope.names($0) }
        summary.lists += try await read(named.map { CaptureList(resource: $0, namespace: nil) }, found) { value, key in
            // What they name may be asked for as what is used.
            _ = found.take(value, key)
            return true
        }
        if scope.includesRelated {
            // Without all of the objects that use them nobody knows which are used no longer.
            if !isWhole || first + rest < namespaced.count {
                try await fail(
                    .clusterScoped, "not every list of the chosen namespaces could be read, so nothing of these counts as removed")
            }
            summary.lists += try await readRelated(wanted.filter { !named.contains($0) }, found)
        }
        return summary
    }

    /// The kinds that the server has; a group that holds nothing to be captured need not answer.
    private func discover() async throws -> Discovery {
        var discovery = try await Discovery.run(client, isWanted: scope.mayHold)
        discovery.failures.removeAll { !scope.isMissed(group: $0.group, among: discovery.resources) }
        return discovery
    }

    private func fail(_ part: CaptureGap.Part, _ reason: String, _ cause: CaptureGap.Cause = .other) async throws {
        try await sink(.failed(CaptureGap(part: part, reason: reason, cause: cause)))
    }

    /// Shared by the lists: the kinds that are captured, and what objects reveal about other objects.
    private final class Found: Sendable {
        private struct State: Sendable {
            var references: ClusterReferences
            /// "namespace/name" of services whose endpoints a controller keeps.
            var selecting: Set<String> = []
            var brokenServices: Set<String?> = []
            /// Whether the last list that ended found no server.
            var isUnreachable = false
        }

        private let state: Guarded<State>
        private let kinds: Set<String>

        init(wanted: [APIResource], namespaces: [String]) {
            state = Guarded(State(references: ClusterReferences(namespaces: namespaces)))
            kinds = Set(wanted.map { ObjectKey.resource(group: $0.group, kind: $0.kind) })
        }

        func isCaptured(_ group: String, _ kind: String) -> Bool { kinds.contains(ObjectKey.resource(group: group, kind: kind)) }

        func add(_ value: ManifestValue, _ key: ObjectKey) { state.withLock { $0.references.add(value, key) } }

        func note(service value: ManifestValue, _ key: ObjectKey) {
            guard !(value["spec"]?["selector"]?.entries.isEmpty ?? true) else { return }
            _ = state.withLock { $0.selecting.insert("\(key.namespace ?? "")/\(key.name)") }
        }

        func take(_ value: ManifestValue, _ key: ObjectKey) -> Bool { state.withLock { $0.references.take(value, key) } }

        func isManaged(endpoints key: ObjectKey) -> Bool { state.withLock { $0.selecting.contains("\(key.namespace ?? "")/\(key.name)") } }

        /// Patience is for a server that comes back: once a list has waited in vain, the others ask once.
        var attempts: Int { state.withLock { $0.isUnreachable ? 1 : Attempts.countMax } }

        func ended(_ error: ClusterError?) { state.withLock { $0.isUnreachable = error?.code == .unreachable } }

        func servicesBroke(in namespace: String?) { _ = state.withLock { $0.brokenServices.insert(namespace) } }

        func areServicesBroken(in namespace: String?) -> Bool { state.withLock { $0.brokenServices.contains(namespace) } }
    }

    // MARK: Namespaces

    /// The chosen namespaces that are there, themselves captured. One that is missing is a gap: more likely a wrong context than a deletion.
    private func chosenNamespaces(_ discovery: Discovery, _ found: Found) async throws -> [String] {
        guard let resource = discovery.resources.first(where: { $0.description == "namespaces" }) else { return scope.namespaces }
        var there: [String] = []
        for name in scope.namespaces {
            do {
                let value = try await client.json(.init(path: resource.path(namespace: nil, name: name)))
                there.append(name)
                guard scope.contains(resource) else { continue }
                let list = CaptureList(resource: resource, namespace: nil)
                try await sink(.objects([try object(value, list, found)].compactMap(\.self), of: list))
            } catch let error as UnreadableObject {
                try await fail(.object(error.key), error.reason)
            } catch let error as any RequestFailure {
                if error.failure.code == .forbidden {
                    // Its objects may be readable all the same.
                    there.append(name)
                    try await fail(.clusterScoped, error.failure.message)
                } else if error.failure.code == .notFound {
                    try await fail(
                        .namespace(name), "there is no such namespace: was it deleted, or is \(client.access.origin) another cluster?")
                    try await fail(.clusterScoped, "the namespace \(name) could not be read")
                } else {
                    throw error
                }
            }
        }
        return there
    }

    // MARK: Lists

    /// Reads them, some at a time; returns how many were read whole.
    private func read(
        _ lists: [CaptureList], _ found: Found, where isWanted: @escaping @Sendable (ManifestValue, ObjectKey) -> Bool = { _, _ in true }
    )
        async throws -> Int
    {
        let whole = Guarded(0)
        try await forEach(lists, atOnce: Self.concurrency) { list in
            if try await read(list, found, isWanted) { whole.withLock { $0 += 1 } }
        }
        return whole.withLock { $0 }
    }

    /// One after the other, since one names what is wanted of the next.
    private func readRelated(_ wanted: [APIResource], _ found: Found) async throws -> Int {
        var whole = 0
        for kind in ClusterReferences.order {
            for resource in wanted where !resource.isNamespaced && ObjectKey.resource(group: resource.group, kind: resource.kind) == kind {
                let list = CaptureList(resource: resource, namespace: nil)
                let read = try await read([list], found) { found.take($0, $1) }
                whole += read
                if read == 0 { try await fail(.clusterScoped, "\(list) could not be read, which says what else is used") }
            }
        }
        return whole
    }

    private func read(_ list: CaptureList, _ found: Found, _ isWanted: (ManifestValue, ObjectKey) -> Bool) async throws -> Bool {
        do {
            guard !list.isEndpoints || !found.areServicesBroken(in: list.namespace) else {
                throw ClusterError(.refused, "the services could not be read, which tell whose endpoints these are")
            }
            var batch: [ManifestObject] = []
            var bytes = 0
            var isWhole = true
            let reader = ListReader(client: client, list: list, selector: scope.selector, attempts: found.attempts)
            try await reader.read {
                batch = []
                bytes = 0
                isWhole = true
                try await handOn(.restarted(list))
            } broken: { item, problem in
                isWhole = false
                try await handOn(.failed(try Self.gap(item, list, problem)))
            } each: { value in
                let object: ManifestObject
                do {
                    guard let found = try self.object(value, list, found, isWanted) else { return }
                    object = found
                } catch let error as UnreadableObject {
                    isWhole = false
                    return try await handOn(.failed(CaptureGap(part: .object(error.key), reason: error.reason, cause: .other)))
                }
                if let remark = LegacyDefinition.remark(value, object.key) { try await handOn(.remark(remark)) }
                batch.append(object)
                bytes += object.yaml.count + (object.fields?.count ?? 0)
                guard batch.count >= Self.batchObjects || bytes >= Self.batchBytes else { return }
                try await handOn(.objects(batch, of: list))
                batch = []
                bytes = 0
            }
            try await handOn(.objects(batch, of: list))
            found.ended(nil)
            if !isWhole, list.isServices { found.servicesBroke(in: list.namespace) }
            return isWhole
        } catch let error as SinkFailure {
            throw error.error
        } catch {
            try Task.checkCancellation()
            if let refusal = error as? APIRefusal, refusal.status == 404, await isGone(list) {
                // Its definition was deleted since the discovery: there is nothing of it, which is a complete answer.
                try await sink(.restarted(list))
                return true
            }
            if list.isServices { found.servicesBroke(in: list.namespace) }
            let failure = ClusterError(error)
            found.ended(failure)
            let cause: CaptureGap.Cause = failure.code == .forbidden ? .forbidden : failure.code == .unreachable ? .unreachable : .other
            try await fail(.list(list), failure.description, cause)
            return false
        }
    }

    private func isGone(_ list: CaptureList) async -> Bool {
        guard let now = try? await discover() else { return false }
        return !now.failures.contains { $0.group == list.resource.group }
            && !now.resources.contains { $0.description == list.resource.description }
    }

    /// An object that cannot be kept costs itself, and not the others of its list.
    private struct UnreadableObject: Error {
        let key: ObjectKey
        let reason: String
    }

    /// An object that is no JSON as we read it, by the name that its top tells; without one, nothing is known of the list.
    private static func gap(_ item: [UInt8], _ list: CaptureList, _ problem: JSONProblem) throws -> CaptureGap {
        guard let metadata = try? JSONReader.outline(item[...])["metadata"], let name = metadata["name"]?.text else { throw problem }
        let resource = list.resource
        let key = ObjectKey(
            group: resource.group, kind: resource.kind, namespace: metadata["namespace"]?.text, name: name,
            isClusterScoped: !resource.isNamespaced)
        return CaptureGap(part: .object(key), reason: "it cannot be read: \(problem)", cause: .other)
    }

    /// An error from the receiver ends the capture; it is not a failure of the list.
    private struct SinkFailure: Error { let error: any Error }

    private func handOn(_ event: CaptureEvent) async throws(SinkFailure) {
        do { try await sink(event) } catch { throw SinkFailure(error: error) }
    }

    /// nil for what is not captured.
    private func object(
        _ value: ManifestValue, _ list: CaptureList, _ found: Found, _ isWanted: (ManifestValue, ObjectKey) -> Bool = { _, _ in true }
    ) throws -> ManifestObject? {
        let resource = list.resource
        guard let name = value["metadata"]?["name"]?.text else { throw ClusterError(.refused, "an object of \(list) has no name") }
        let namespace = value["metadata"]?["namespace"]?.text
        guard resource.isNamespaced == (namespace != nil), list.namespace == nil || list.namespace == namespace else {
            throw ClusterError(.refused, "\(resource) \(name) is in the namespace \(namespace ?? "of none"), which was not asked for")
        }
        let key = ObjectKey(
            group: resource.group, kind: resource.kind, namespace: namespace, name: name, isClusterScoped: !resource.isNamespaced)
        let isMadeByCluster = CaptureRules.isLeftOut(value, key) || (list.isEndpoints && found.isManaged(endpoints: key))
        guard !CaptureRules.isLeaving(value), !key.isOfServer, !isMadeByCluster || scope.includes(resource), isWanted(value, key)
        else { return nil }
        // Its endpoints are its controller's all the same.
        if list.isServices { found.note(service: value, key) }
        guard scope.exclusion.word(for: value, key) == nil else { return nil }
        if resource.isNamespaced { found.add(value, key) }
        let manifest = ServerFields.removed(from: value, key, isCapturedOwner: found.isCaptured)
        do { return try ManifestObject(key: key, value: manifest, fields: ManagedFields(live: value)) } catch {
            throw UnreadableObject(key: key, reason: error.why)
        }
    }
}

extension CaptureList {
    fileprivate var isServices: Bool { resource.description == "services" }
    fileprivate var isEndpoints: Bool { resource.description == "endpoints" }
}
