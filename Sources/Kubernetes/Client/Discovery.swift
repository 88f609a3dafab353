import HTTP

/// The kinds that a server can list and create, each in its preferred version.
///
/// Source: KEP-3352 for the aggregated form (two requests), `metav1.APIResourceList` for the classic one (a request per version).
public struct Discovery: Sendable, Equatable {
    /// A group that did not answer: nothing is known of what it holds.
    public struct Failure: Sendable, Equatable {
        public let group: String
        public let reason: String
    }

    public internal(set) var resources: [APIResource] = []
    public internal(set) var failures: [Failure] = []
    /// Every version in which a kind is served, by "kind.group".
    var versions: [String: [String]] = [:]

    private static let groupsMax = 10_000
    private static let silentTimeout = Duration.seconds(2)
    private static let accept =
        ["v2", "v2beta1"].map { "application/json;g=apidiscovery.k8s.io;v=\($0);as=APIGroupDiscoveryList" }
        .joined(separator: ",") + ",application/json"

    public static func run(_ client: APIClient) async throws -> Discovery {
        try await run(client) { !CaptureRules.isLeftOut(group: $0) }
    }

    /// - Parameter isWanted: by its name; a group that is not wanted is not asked, and need not answer.
    static func run(_ client: APIClient, isWanted: (String) -> Bool) async throws -> Discovery {
        var discovery = Discovery()
        for root in ["/api", "/apis"] {
            let answer = try await client.json(.init(path: root, accept: accept))
            if answer["kind"]?.string == "APIGroupDiscoveryList" {
                try discovery.add(aggregated: answer, isWanted: isWanted)
            } else {
                try await discovery.add(classic: answer, root: root, client, isWanted: isWanted)
            }
        }
        discovery.dropOldNames()
        guard !discovery.resources.isEmpty else {
            throw ClusterError(.refused, "\(client.access.server) offers no API at all", hint: "Is it a Kubernetes API server?")
        }
        return discovery
    }

    // MARK: Both forms in one

    /// A group's versions, the preferred one first.
    private mutating func add(_ group: String, _ versions: [[Candidate]]) {
        var seen: Set<String> = []
        for version in versions {
            for candidate in version where candidate.isWanted {
                let resource = candidate.resource
                self.versions[ObjectKey.resource(group: resource.group, kind: resource.kind), default: []].append(resource.version)
                if seen.insert(resource.plural).inserted { resources.append(resource) }
            }
        }
    }

    private struct Candidate: Sendable {
        let resource: APIResource
        let verbs: [String]

        /// What can be listed and never be made again is a view of something else: metrics, the states of components.
        var isWanted: Bool { verbs.contains("list") && verbs.contains("create") && !resource.plural.contains("/") }
    }

    /// The group `extensions` shows objects of other groups under their old names.
    private mutating func dropOldNames() {
        let current = Set(resources.filter { $0.group != "extensions" }.map(\.plural))
        resources.removeAll { $0.group == "extensions" && current.contains($0.plural) }
        resources.sort { ($0.group, $0.plural) < ($1.group, $1.plural) }
    }

    // MARK: Aggregated

    mutating func add(aggregated list: ManifestValue, isWanted: (String) -> Bool = { _ in true }) throws(ClusterError) {
        for group in try Self.elements(list["items"], "items of the discovery") {
            let name = group["metadata"]?["name"]?.string ?? ""
            guard isWanted(name) else { continue }
            var versions: [[Candidate]] = []
            for version in try Self.elements(group["versions"], "versions of the group \(name)") {
                let number = version["version"]?.string ?? ""
                if version["freshness"]?.string == "Stale" {
                    failures.append(Failure(group: name, reason: "\(name)/\(number) did not answer the API server"))
                    continue
                }
                versions.append(
                    try Self.elements(version["resources"], "resources of \(name)/\(number)").compactMap { resource in
                        guard let plural = resource["resource"]?.text, let kind = resource["responseKind"]?["kind"]?.text else {
                            return nil
                        }
                        let isNamespaced = resource["scope"]?.string == "Namespaced"
                        return Candidate(
                            resource: APIResource(group: name, version: number, plural: plural, kind: kind, isNamespaced: isNamespaced),
                            verbs: Self.strings(resource["verbs"]))
                    })
            }
            add(name, versions)
        }
    }

    // MARK: Classic

    private mutating func add(classic answer: ManifestValue, root: String, _ client: APIClient, isWanted: (String) -> Bool) async throws {
        if root == "/api" {
            let versions = Self.strings(answer["versions"])
            guard !versions.isEmpty else { throw ClusterError(.refused, "\(client.access.server)/api names no version") }
            return await add(classic: "", versions, client)
        }
        for group in try Self.elements(answer["groups"], "groups of the discovery") {
            guard let name = group["name"]?.text, isWanted(name) else { continue }
            let preferred = group["preferredVersion"]?["version"]?.text
            let versions = try Self.elements(group["versions"], "versions of the group \(name)").compactMap { $0["version"]?.text }
            await add(classic: name, versions.filter { $0 == preferred } + versions.filter { $0 != preferred }, client)
        }
    }

    private mutating func add(classic group: String, _ versions: [String], _ client: APIClient) async {
        let isSilent = client.access.silentGroups.withLock { $0.contains(group) }
        for round in 1...3 {
            do {
                add(group, try await isSilent ? Self.briefly(group, versions, client) : Self.candidates(group, versions, client))
                return client.access.silentGroups.withLock { _ = $0.remove(group) }
            } catch let error as APIRefusal where error.status == 404 && round < 3 {
                // A definition comes or goes: the group is named before it is served, and a little longer.
                if let isNamed = await Self.isNamed(group, client), !isNamed { return }
                try? await Task.sleep(for: .seconds(1))
            } catch {
                client.access.silentGroups.withLock { _ = $0.insert(group) }
                return failures.append(Failure(group: group, reason: ClusterError(error).message))
            }
        }
    }

    /// A group that has cost its time once in this run gets a moment: it may have come up since.
    private static func briefly(_ group: String, _ versions: [String], _ client: APIClient) async throws -> [[Candidate]] {
        try await withThrowingTaskGroup(of: [[Candidate]].self) { tasks in
            tasks.addTask { try await candidates(group, versions, client, attempts: 1) }
            tasks.addTask {
                try await Task.sleep(for: silentTimeout)
                throw ClusterError(.unreachable, "the API group \(group) does not answer")
            }
            defer { tasks.cancelAll() }
            guard let first = try await tasks.next() else { throw CancellationError() }
            return first
        }
    }

    /// nil when nobody knows.
    private static func isNamed(_ group: String, _ client: APIClient) async -> Bool? {
        guard let groups = try? await client.json(.init(path: "/apis"))["groups"]?.elements else { return nil }
        return groups.contains { $0["name"]?.string == group }
    }

    private static func candidates(
        _ group: String, _ versions: [String], _ client: APIClient, attempts: Int = Attempts.countMax
    ) async throws -> [[Candidate]] {
        var found: [[Candidate]] = []
        for version in versions {
            let path = group.isEmpty ? "/api/\(version)" : "/apis/\(group)/\(version)"
            let list = try await client.json(.init(path: path, attempts: attempts))
            found.append(
                try Self.elements(list["resources"], "resources of \(path)").compactMap { resource in
                    guard let plural = resource["name"]?.text, let kind = resource["kind"]?.text else { return nil }
                    let isNamespaced = resource["namespaced"]?.literal == "true"
                    return Candidate(
                        resource: APIResource(group: group, version: version, plural: plural, kind: kind, isNamespaced: isNamespaced),
                        verbs: Self.strings(resource["verbs"]))
                })
        }
        return found
    }

    // MARK: Reading

    /// null is empty, as Go writes it; nothing at all, or another type, is an error and not an empty list.
    private static func elements(_ value: ManifestValue?, _ what: String) throws(ClusterError) -> [ManifestValue] {
        guard let value else { throw ClusterError(.refused, "the answer has no \(what)") }
        guard value.literal != "null" else { return [] }
        guard case .sequence(let elements) = value, elements.count <= groupsMax else {
            throw ClusterError(.refused, "the \(what) are no list of up to \(groupsMax)")
        }
        return elements
    }

    private static func strings(_ value: ManifestValue?) -> [String] {
        guard case .sequence(let elements) = value else { return [] }
        return elements.compactMap(\.string)
    }
}

extension ClusterError {
    /// Whatever came out of a request, as a sentence.
    init(_ error: any Error) {
        switch error {
        case let error as ClusterError: self = error
        case let error as any RequestFailure: self = error.failure
        default: self.init(.refused, "\(error)")
        }
    }
}
