/// Runs a job in a cluster to its end, keeps what it printed, and removes it.
public struct JobRun: Sendable {
    public struct Outcome: Sendable {
        public let passed: Bool
        public let summary: String
        /// The last lines that its pods printed.
        public let output: [String]
    }

    private static let interval = Duration.seconds(1)
    private static let podsMax = 5
    private static let linesMax = 50
    private static let logBytesMax = 64 << 10
    private static let nameLengthMax = 50

    private let client: APIClient
    private let job: ManifestValue

    /// - Parameter text: of a manifest with one object, a Job. Its name gets an ending that nothing else has.
    public static func manifest(_ text: [UInt8], file: String) throws(ManifestProblem) -> ManifestValue {
        do {
            let value = try YAMLReader.only(text).value
            let group = ObjectKey.group(ofVersion: value["apiVersion"]?.string ?? "")
            guard group == "batch", value["kind"]?.string == "Job" else { throw LineProblem(line: 1, why: "it is no Job of batch/v1") }
            return value
        } catch { throw ManifestProblem(error, in: file) }
    }

    public init(_ client: APIClient, _ job: ManifestValue) {
        self.client = client
        self.job = job
    }

    public func run(in namespace: String, until deadline: ContinuousClock.Instant) async throws -> Outcome {
        do {
            let served = ServedKinds(try await Discovery.run(client))
            let key = ObjectKey(group: "batch", kind: "Job", namespace: namespace, name: Self.name(of: job))
            guard let resource = served.resource(of: key) else { throw ClusterError(.notFound, "the cluster knows no jobs") }
            let path = resource.path(namespace: namespace, name: key.name)
            var isMade = false
            do {
                try await create(key, resource, path)
                isMade = true
                let verdict = try await wait(path, deadline)
                let output = try await output(of: key, served)
                let trouble = await remove(path).map { ", and could not be removed: \($0)" }
                return Outcome(
                    passed: verdict.passed && trouble == nil, summary: "job \(key.name) \(verdict.summary)\(trouble ?? "")", output: output)
            } catch {
                // An object that the server refused does not exist; any other may, whatever the answer was.
                if !isMade, let refusal = error as? APIRefusal, !refusal.mayPass { throw refusal }
                guard let trouble = await remove(path) else { throw error }
                let failure = (error as? any RequestFailure)?.failure ?? ClusterError(error)
                throw ClusterError(
                    failure.code, "\(failure.message); the job \(key.name) may still be in \(namespace): \(trouble)",
                    hint: failure.hint)
            }
        } catch let error as any RequestFailure { throw error.failure }
    }

    /// "smoke-test-x7k2q"
    private static func name(of job: ManifestValue) -> String {
        let own = job[["metadata", "name"]]?.string ?? job[["metadata", "generateName"]]?.string ?? "validation"
        let random = String(UInt32.random(in: 0..<60_466_176), radix: 36)
        return own.prefix(nameLengthMax) + "-" + String(repeating: "0", count: 5 - random.count) + random
    }

    /// Server-side apply: sent again after a broken connection, it makes no second one.
    private func create(_ key: ObjectKey, _ resource: APIResource, _ path: String) async throws {
        let metadata = (job["metadata"] ?? .mapping([])).removing("generateName").setting("name", to: .string(key.name))
            .setting("namespace", to: key.namespace.map { .string($0) })
        // One that goes by itself could not be asked how it went.
        let value = job.changing("spec") { $0.removing("ttlSecondsAfterFinished") }.setting("apiVersion", to: .string(resource.apiVersion))
            .setting("metadata", to: metadata)
        var request = APIClient.Request(
            method: "PATCH", path: path, query: [("fieldManager", ManagedFields.ours), ("force", "true")])
        request.body = CanonicalYAML.encode(value)
        request.contentType = "application/apply-patch+yaml"
        _ = try await client.json(request)
    }

    private func wait(_ path: String, _ deadline: ContinuousClock.Instant) async throws -> (passed: Bool, summary: String) {
        while true {
            let status = try await client.json(.init(path: path))["status"]
            for condition in status?["conditions"]?.elements ?? [] where condition["status"]?.string == "True" {
                switch condition["type"]?.string {
                case "Complete": return (true, "ran to completion")
                case "Failed": return (false, "failed: \(condition["message"]?.string ?? "no reason given")")
                default: break
                }
            }
            if ContinuousClock.now >= deadline { return (false, "did not end in time") }
            try await Task.sleep(for: Self.interval)
        }
    }

    // MARK: Logs

    /// Lines that cannot be read are replaced by the reason; the outcome stays the same.
    private func output(of key: ObjectKey, _ served: ServedKinds) async throws -> [String] {
        let pod = ObjectKey(group: "", kind: "Pod", namespace: key.namespace, name: "")
        guard let resource = served.resource(of: pod) else { return [] }
        let list: ManifestValue
        do {
            let query = [("labelSelector", "job-name=\(key.name)"), ("limit", "\(Self.podsMax)")]
            list = try await client.json(.init(path: resource.path(namespace: key.namespace), query: query))
        } catch {
            try Task.checkCancellation()
            return ["(its pods could not be listed: \(ClusterError(error).message))"]
        }
        var lines: [String] = []
        for pod in list["items"]?.elements.prefix(Self.podsMax) ?? [] {
            guard let name = pod[["metadata", "name"]]?.text else { continue }
            for container in pod[["spec", "containers"]]?.elements ?? [] {
                lines += try await log(resource.path(namespace: key.namespace, name: name), container["name"]?.text ?? "")
            }
        }
        return lines.suffix(Self.linesMax)
    }

    private func log(_ pod: String, _ container: String) async throws -> [String] {
        let query = [("container", container), ("tailLines", "\(Self.linesMax)"), ("limitBytes", "\(Self.logBytesMax)")]
        do {
            let text = try await client.send(.init(path: pod + "/log", query: query, accept: "*/*", attempts: 2))
            return text.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
        } catch {
            try Task.checkCancellation()
            return ["(its log could not be read: \(ClusterError(error).message))"]
        }
    }

    /// Also for who was interrupted; returns why it is still there.
    private func remove(_ path: String) async -> String? {
        await Task { () -> String? in
            var request = APIClient.Request(method: "DELETE", path: path, attempts: 3)
            request.body = Array(#"{"propagationPolicy":"Background"}"#.utf8)
            do { _ = try await client.json(request) } catch let refusal as APIRefusal where refusal.status == 404 {} catch {
                return ClusterError(error).message
            }
            return nil
        }.value
    }
}
