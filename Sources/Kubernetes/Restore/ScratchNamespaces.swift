import HTTP

/// Namespaces that were made for a drill, and go with it.
public struct ScratchNamespaces: Sendable {
    /// A label that every one of them carries, with the drill's own number: `kubectl delete namespace -l rekindle/drill` finds what a crash left.
    public static let label = "rekindle/drill"
    /// An annotation: until when, in UTC as ISO 8601 writes it, so that later is greater. What has outlived it, any later run removes.
    public static let expiry = "rekindle/expires"

    private static let interval = Duration.seconds(1)
    /// By then the server has received what was under way when this program was stopped.
    private static let looksWithoutAny = 3

    private let client: APIClient

    public init(_ client: APIClient) { self.client = client }

    /// Asks for namespaces to go that drills have left and that have outlived their time.
    ///
    /// - Returns: their names, and those of others that drills have left or still use.
    public func reap(now: String) async throws -> (reaped: [String], left: [String]) {
        do {
            var (reaped, left): ([String], [String]) = ([], [])
            for namespace in try await list(Self.label) {
                guard let name = namespace[["metadata", "name"]]?.text else { continue }
                let expiry = namespace[["metadata", "annotations"]]?[Self.expiry]?.text
                if let expiry, Self.isTime(expiry), expiry < now, await delete(namespace, name) == nil {
                    reaped.append(name)
                } else {
                    left.append(name)
                }
            }
            return (reaped, left)
        } catch let error as any RequestFailure { throw error.failure }
    }

    /// "2026-02-03T04:05:06.789Z": what somebody has written by hand may be anything.
    private static func isTime(_ text: String) -> Bool {
        let shape = text.utf8.map { (48...57).contains($0) ? UInt8(ascii: "0") : $0 }
        return String(decoding: shape, as: UTF8.self) == "0000-00-00T00:00:00.000Z"
    }

    /// "v1.33.2"; nil where the server does not say.
    public func serverVersion() async throws -> String? {
        do { return try await client.json(.init(path: "/version"))["gitVersion"]?.text } catch let error as any RequestFailure {
            throw error.failure
        }
    }

    /// How the cluster's storage classes would treat a claim.
    public func storageClasses() async throws -> DrillStorage {
        do {
            let classes = try await client.json(.init(path: "/apis/storage.k8s.io/v1/storageclasses"))["items"]?.elements ?? []
            return DrillStorage(classes: classes, volumes: try? await volumes())
        } catch let error as any RequestFailure { throw error.failure }
    }

    /// Removes all that carry the drill's number, and nothing else; returns what was not gone in time, or stays behind.
    ///
    /// - Parameter names: of those that were made; one that is there without the number is reported, and left alone.
    public func remove(_ names: [String], drill: String, timeout: Duration) async throws -> [Readiness.Waiting] {
        do {
            let deadline = ContinuousClock.now + timeout
            let volumes = await retainedVolumes(of: Set(names))
            var reasons: [String: String] = [:]
            var without = 0
            while true {
                let there = try await list("\(Self.label)=\(drill)")
                without = there.isEmpty ? without + 1 : 0
                if without >= Self.looksWithoutAny { break }
                for namespace in there {
                    guard let name = namespace[["metadata", "name"]]?.text else { continue }
                    reasons[name] = await delete(namespace, name)
                }
                if ContinuousClock.now >= deadline {
                    return there.compactMap { $0[["metadata", "name"]]?.text }.map {
                        waiting($0, reasons[$0] ?? "it is still being deleted")
                    } + volumes
                }
                try await Task.sleep(for: Self.interval)
            }
            return try await unlabelled(names) + volumes
        } catch let error as any RequestFailure { throw error.failure }
    }

    private func waiting(_ name: String, _ reason: String) -> Readiness.Waiting {
        .init(object: ObjectKey(group: "", kind: "Namespace", namespace: nil, name: name), reason: reason)
    }

    private static func path(_ name: String) -> String {
        APIResource(group: "", version: "v1", plural: "namespaces", kind: "Namespace", isNamespaced: false).path(namespace: nil, name: name)
    }

    private func list(_ selector: String) async throws -> [ManifestValue] {
        try await client.json(.init(path: "/api/v1/namespaces", query: [("labelSelector", selector)]))["items"]?.elements ?? []
    }

    /// Asks for it to go, unless it does already; returns what keeps it.
    private func delete(_ namespace: ManifestValue, _ name: String) async -> String? {
        guard namespace[["metadata", "deletionTimestamp"]] == nil else {
            let conditions = namespace[["status", "conditions"]]?.elements ?? []
            let words = conditions.filter { $0["status"]?.string == "True" }.compactMap { $0["message"]?.string }
            return words.isEmpty ? nil : words.joined(separator: "; ")
        }
        do {
            _ = try await client.json(.init(method: "DELETE", path: Self.path(name)))
            return nil
        } catch { return ClusterError(error).message }
    }

    /// Of the names that were given: what is there all the same.
    private func unlabelled(_ names: [String]) async throws -> [Readiness.Waiting] {
        var found: [Readiness.Waiting] = []
        for name in names {
            do {
                _ = try await client.json(.init(path: Self.path(name)))
                found.append(waiting(name, "it does not carry the drill's label"))
            } catch let error as APIRefusal where error.status == 404 {}
        }
        return found
    }

    /// Volumes that their class keeps when their claim goes: somebody must remove them by hand.
    private func retainedVolumes(of namespaces: Set<String>) async -> [Readiness.Waiting] {
        // Whoever may not list them has made no claims: the plan was refused.
        guard let volumes = try? await volumes() else { return [] }
        return volumes.compactMap { volume in
            guard volume[["spec", "persistentVolumeReclaimPolicy"]]?.string == "Retain", let name = volume[["metadata", "name"]]?.text,
                volume[["spec", "claimRef", "namespace"]]?.text.map(namespaces.contains) ?? false
            else { return nil }
            return .init(
                object: ObjectKey(group: "", kind: "PersistentVolume", namespace: nil, name: name), reason: "its class keeps it (Retain)")
        }
    }

    private func volumes() async throws -> [ManifestValue] {
        let resource = APIResource(group: "", version: "v1", plural: "persistentvolumes", kind: "PersistentVolume", isNamespaced: false)
        let list = CaptureList(resource: resource, namespace: nil)
        var found: [ManifestValue] = []
        try await ListReader(client: client, list: list, selector: nil, attempts: Attempts.countMax).read {
            found = []
        } each: { value in
            found.append(value)
        }
        return found
    }
}
