/// Namespaces that were made for a drill, and go with it.
public struct ScratchNamespaces: Sendable {
    /// A label that every one of them carries, with the drill's own number: `kubectl delete namespace -l rekindle/drill` finds what a crash left.
    public static let label = "rekindle/drill"

    private static let interval = Duration.seconds(1)

    private let client: APIClient

    public init(_ client: APIClient) { self.client = client }

    /// Names of namespaces that drills have left.
    public func leftovers() async throws -> [String] {
        do {
            let list = try await client.json(.init(path: "/api/v1/namespaces", query: [("labelSelector", Self.label), ("limit", "500")]))
            return (list["items"]?.elements ?? []).compactMap { $0[["metadata", "name"]]?.text }
        } catch let error as any Retryable { throw error.failure }
    }

    /// Removes those that carry the drill's number, and nothing else; returns what was not gone in time.
    public func remove(_ names: [String], drill: String, timeout: Duration) async throws -> [Readiness.Waiting] {
        do {
            let deadline = ContinuousClock.now + timeout
            var waiting: [Readiness.Waiting] = []
            for name in names where try await isOurs(name, drill) {
                do { _ = try await client.json(.init(method: "DELETE", path: Self.path(name))) } catch let error as APIRefusal
                    where [404, 409].contains(error.status)
                {}
            }
            for name in names {
                if let reason = try await reasonToWait(name, drill, until: deadline) {
                    waiting.append(.init(object: ObjectKey(group: "", kind: "Namespace", namespace: nil, name: name), reason: reason))
                }
            }
            return waiting
        } catch let error as any Retryable { throw error.failure }
    }

    private static func path(_ name: String) -> String {
        APIResource(group: "", version: "v1", plural: "namespaces", kind: "Namespace", isNamespaced: false).path(namespace: nil, name: name)
    }

    private func isOurs(_ name: String, _ drill: String) async throws -> Bool { try await namespace(name, drill) != nil }

    private func namespace(_ name: String, _ drill: String) async throws -> ManifestValue? {
        do {
            let value = try await client.json(.init(path: Self.path(name)))
            return value[["metadata", "labels"]]?[Self.label]?.text == drill ? value : nil
        } catch let error as APIRefusal where error.status == 404 { return nil }
    }

    private func reasonToWait(_ name: String, _ drill: String, until deadline: ContinuousClock.Instant) async throws -> String? {
        while let value = try await namespace(name, drill) {
            if ContinuousClock.now >= deadline {
                let conditions = value[["status", "conditions"]]?.elements ?? []
                let words = conditions.filter { $0["status"]?.string == "True" }.compactMap { $0["message"]?.string }
                return words.isEmpty ? "it is still being deleted" : words.joined(separator: "; ")
            }
            try await Task.sleep(for: Self.interval)
        }
        return nil
    }
}
