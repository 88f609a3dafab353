import Foundation
import Glibc
import Kubernetes
import Operations
import Synchronization
import TestSupport

/// A real API server with etcd and the controllers, started by Tests/Support/cluster.sh.
final class TestCluster: Sendable {
    static let support = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../Support").standardized.path

    /// The one that most tests share, each in namespaces of its own. It ends with the process.
    static let shared = Task { try await TestCluster() }

    /// The one that is broken on purpose, by one test at a time.
    static let breakable = Task { try await TestCluster() }

    let scratch: Scratch
    var directory: String { scratch("cluster") }
    var kubeconfig: String { "\(directory)/kubeconfig" }

    init() async throws {
        scratch = try Scratch(in: "/tmp")
        Self.running.withLock { $0.append(directory) }
        atexit { TestCluster.stopAll() }
        try await bash("bash \(Self.support)/cluster.sh start \(directory) >&2", in: "/tmp")
    }

    func stop() async throws { try await bash("bash \(Self.support)/cluster.sh stop \(directory)", in: "/tmp") }

    /// Ends a program as a crash would.
    func kill(_ program: String) async throws { try await bash("bash \(Self.support)/cluster.sh kill \(directory) \(program)", in: "/tmp") }

    func startAgain(_ program: String) async throws {
        try await bash("bash \(Self.support)/cluster.sh again \(directory) \(program) >&2", in: "/tmp")
    }

    private static let running = Mutex<[String]>([])

    /// Processes of their own would outlive the tests.
    private static func stopAll() {
        for directory in running.withLock({ $0 }) {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
            for name in names where name.hasSuffix(".pid") {
                guard let text = try? String(contentsOfFile: "\(directory)/\(name)", encoding: .utf8),
                    let pid = Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)), pid > 1
                else { continue }
                Glibc.kill(pid, SIGKILL)
            }
        }
    }

    /// Runs kubectl, with what it reads on its standard input.
    @discardableResult
    func kubectl(_ arguments: String, _ input: String = "") async throws -> String {
        let file = scratch("input-\(UInt64.random(in: .min ... .max))")
        // A text that begins with a brace is taken for JSON as a whole.
        try "---\n\(input)\n".write(toFile: file, atomically: true, encoding: .utf8)
        defer { unlink(file) }
        return try await bashText("kubectl --kubeconfig \(kubeconfig) \(arguments) < \(file)", in: directory)
    }

    /// A namespace that is there, with its account.
    func namespace(_ prefix: String) async throws -> String {
        let name = "\(prefix)-\(String(UInt32.random(in: .min ... .max), radix: 36))"
        try await kubectl("create namespace \(name)")
        try await eventually { try await self.kubectl("-n \(name) get serviceaccounts -o name").contains("default") }
        return name
    }

    /// The example application, in the versions that this server knows.
    func applyPhotonNeuro() async throws {
        let manifests = try await bashText("bash \(Self.support)/photon-neuro.sh", in: "/tmp")
        // The second time, the custom resources find their definition.
        try await bash(
            "for i in 1 2 3 4 5; do kubectl --kubeconfig \(kubeconfig) apply -f - <<'END_OF_INPUT' && exit; sleep 1; done\n\(manifests)\nEND_OF_INPUT\nexit 1",
            in: directory)
    }

    func source(_ scope: CaptureScope = CaptureScope(), context: String? = nil, kubeconfig: String? = nil) -> ClusterSource {
        ClusterSource(kubeconfig: kubeconfig ?? self.kubeconfig, context: context, scope: scope, environment: [:])
    }

    /// The port of an admission webhook that comes up when a file is there; see webhook.py.
    func webhook(waitingFor mark: String) async throws -> String { try await serve("webhook.py \(directory) \(mark)") }

    /// Starts a program of Tests/Support that prints its port; it ends with the cluster.
    private func serve(_ program: String) async throws -> String {
        try await bashText(
            """
            port=$(mktemp server-XXXXXX)
            bash \(Self.support)/detached.sh python3 \(Self.support)/\(program) > $port 2> $port.log &
            echo $! > $port.pid
            for i in $(seq 100); do [ -s $port ] && break; sleep 0.05; done
            cat $port
            """, in: directory
        ).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// A kubeconfig that leads through a proxy which spoils some requests; see fault-proxy.py.
    func spoiled(_ rules: String...) async throws -> String {
        let words = rules.map { "'\($0)'" }.joined(separator: " ")
        let port = try await serve("fault-proxy.py \(directory) \(words)")
        let path = scratch("kubeconfig-\(UInt32.random(in: .min ... .max))")
        let server = "http://127.0.0.1:\(port)"
        try """
        apiVersion: v1
        kind: Config
        current-context: c
        clusters: [{name: c, cluster: {server: "\(server)"}}]
        contexts: [{name: c, context: {cluster: c}}]
        """.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    /// A node whose containers have logs, and nothing else: see kubelet.py. Returns its name.
    func nodeWithLogs() async throws -> String {
        let name = "node-\(String(UInt32.random(in: .min ... .max), radix: 36))"
        let port = try await serve("kubelet.py \(directory)")
        try await kubectl("apply -f -", "{apiVersion: v1, kind: Node, metadata: {name: \(name)}}")
        let status =
            #"{"status":{"addresses":[{"type":"InternalIP","address":"127.0.0.1"}],"daemonEndpoints":{"kubeletEndpoint":{"Port":\#(port)}}}}"#
        try await setStatus(of: "nodes/\(name)", status)
        return name
    }

    private func setStatus(of object: String, _ status: String) async throws {
        try await bash(
            """
            server=$(sed -n 's/.*server: "\\([^"]*\\)".*/\\1/p' kubeconfig)
            curl -fsS --cacert ca.crt --cert admin.crt --key admin.key -X PATCH -H 'Content-Type: application/merge-patch+json' \
                "$server/api/v1/\(object)/status" -d '\(status)' >&2
            """, in: directory)
    }

    /// Says of every pod of a namespace, as soon as there are any, that its containers have ended.
    func endPods(in namespace: String, phase: String) async throws {
        try await eventually { try await !self.kubectl("-n \(namespace) get pods -o name").isEmpty }
        for pod in try await kubectl("-n \(namespace) get pods -o name").split(separator: "\n") {
            try await setStatus(of: "namespaces/\(namespace)/pods/\(pod.dropFirst("pod/".count))", #"{"status":{"phase":"\#(phase)"}}"#)
        }
    }

    /// Does what a kubelet would do with pods on nodes: lets go of those in namespaces that are on their way out, until the task is cancelled.
    func keepEndingPods(in prefix: String) async throws {
        while !Task.isCancelled {
            try await bash(
                """
                for name in $(kubectl --kubeconfig kubeconfig get namespaces | grep '^\(prefix).*Terminating' | cut -d' ' -f1); do
                    kubectl --kubeconfig kubeconfig -n $name delete pods --all --force --grace-period=0 >&2 || true
                done
                """, in: directory)
            try await Task.sleep(for: .milliseconds(500))
        }
    }

    /// Says of every probe in namespaces of a drill how it has ended, until the task is cancelled.
    func keepAnsweringProbes(in prefix: String, with code: Int) async throws {
        let status =
            #"{"status":{"phase":"Failed","containerStatuses":[{"name":"probe","image":"i","imageID":"","ready":false,"restartCount":0,"state":{"terminated":{"exitCode":\#(code)}}}]}}"#
        while !Task.isCancelled {
            let names = try await kubectl("get pods --all-namespaces --no-headers --ignore-not-found").split(separator: "\n")
                .map { $0.split(separator: " ") }.filter { $0[0].hasPrefix(prefix) && $0[1] == "rekindle-probe" }
            for name in names {
                // It may have gone meanwhile.
                try? await setStatus(of: "namespaces/\(name[0])/pods/\(name[1])", status)
            }
            try await Task.sleep(for: .milliseconds(300))
        }
    }

    /// Does what a kubelet would do: says of every pod of a namespace that it is ready, until the task is cancelled.
    func keepPodsReady(in namespace: String) async throws {
        let status = """
            {"status":{"phase":"Running","podIP":"10.1.2.3","podIPs":[{"ip":"10.1.2.3"}],"conditions":[{"type":"Ready","status":"True"},{"type":"ContainersReady","status":"True"}]}}
            """
        while !Task.isCancelled {
            try await bash(
                """
                server=$(sed -n 's/.*server: "\\([^"]*\\)".*/\\1/p' kubeconfig)
                for pod in $(kubectl --kubeconfig kubeconfig -n \(namespace) get pods -o name); do
                    curl -fsS --cacert ca.crt --cert admin.crt --key admin.key -X PATCH -H 'Content-Type: application/merge-patch+json' \
                        "$server/api/v1/namespaces/\(namespace)/pods/${pod#pod/}/status" -d '\(status)' >&2
                done
                """, in: directory)
            try await Task.sleep(for: .milliseconds(500))
        }
    }
}
