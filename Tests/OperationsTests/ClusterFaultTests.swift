import Core
import Foundation
import Kubernetes
import Operations
import TestSupport
import Testing
import Vault

/// Bad days of a capture: what could not be read stays as it was, is named, and makes the backup incomplete.
@Suite struct ClusterFaultTests {
    private let bench: ClusterBench
    private let namespace: String
    private var cluster: TestCluster { bench.cluster }
    private var scope: CaptureScope { bench.scope(namespace) }

    init() async throws {
        bench = try await ClusterBench()
        namespace = try await bench.cluster.namespace("faults")
        try await cluster.kubectl("-n \(namespace) create configmap one --from-literal=a=b")
        try await cluster.kubectl("-n \(namespace) create configmap two --from-literal=a=b")
        try await cluster.kubectl("-n \(namespace) create secret generic hidden --from-literal=a=b")
        try await cluster.kubectl("-n \(namespace) create service clusterip web --tcp=80")
    }

    private var complete: [String] {
        [
            "_cluster/namespace/\(namespace).yaml", "\(namespace)/configmap/one.yaml", "\(namespace)/configmap/two.yaml",
            "\(namespace)/secret/hidden.yaml.age", "\(namespace)/service/web.yaml",
        ]
    }

    /// Runs a backup that cannot capture anything, and returns what it says.
    private func failure(kubeconfig: String? = nil, context: String? = nil) async throws -> String {
        do {
            let report = try await bench.backup(scope, kubeconfig: kubeconfig, context: context)
            #expect(!report.isComplete)
            return report.problems.map { "\($0.path): \($0.reason)" }.joined(separator: "\n")
        } catch let error as Failure { return error.description }
    }

    @Test(arguments: [
        "2 status:429:1 GET /api/v1/namespaces/.*/configmaps", "3 status:503 GET .*", "2 status:500 GET /apis",
        "1 cut:200 GET .*/configmaps",
        "1 status:410 GET .*/configmaps", "5 status:410 GET .*/configmaps.*limit", "2 cut:0 GET /api",
        "1 hang GET .*/configmaps",
    ]) func whatPassesIsTriedAgain(rule: String) async throws {
        let report = try await bench.backup(scope, kubeconfig: try await cluster.spoiled(rule))
        #expect(report.isComplete, "\(report.problems)")
        #expect(try bench.files() == complete)
    }

    @Test(arguments: ["100 status:503 GET .*/configmaps", "100 cut:200 GET .*/configmaps", "100 status:403 GET .*/configmaps"])
    func aListThatFailsKeepsItsFilesAndIsNamed(rule: String) async throws {
        try await bench.backup(scope)
        try await cluster.kubectl("-n \(namespace) delete configmap two")
        try await cluster.kubectl("-n \(namespace) delete service web")
        let report = try await bench.backup(scope, kubeconfig: try await cluster.spoiled(rule))
        #expect(!report.isComplete)
        #expect(report.problems.contains { $0.path == "configmaps in \(namespace)" && $0.reason.contains("is kept as it was") })
        #expect(report.datasets.first { $0.name == "manifests" }?.outcome == .partial)
        // The service's list was complete, so it alone counts as deleted.
        #expect(try bench.files() == complete.filter { !$0.contains("/service/") })
        let message = try await bench.git("log -1 --format=%B")
        #expect(message.contains("- \(namespace)/service/web.yaml") && message.contains("! configmaps in \(namespace)"))
        let after = try await bench.backup(scope)
        #expect(after.isComplete)
        #expect(try bench.files() == complete.filter { !$0.contains("/service/") && !$0.contains("two") })
    }

    /// What came of the list before counts no more: an object that went in between is gone.
    @Test func aListThatBeginsAnewForgetsWhatItHad() async throws {
        let many = (0..<600).map { "{apiVersion: v1, kind: ConfigMap, metadata: {name: m\($0), namespace: \(namespace)}}" }
        try await cluster.kubectl("create -f -", many.joined(separator: "\n---\n"))
        // The second page is refused, and by then an object of the first one has gone.
        let kubeconfig = try await cluster.spoiled("1 gone:-n:\(namespace):delete:configmap:m0 GET .*/configmaps.*continue")
        let report = try await bench.backup(scope, kubeconfig: kubeconfig)
        let files = try bench.files()
        #expect(report.isComplete && files.count { $0.contains("/configmap/m") } == 599 && !files.contains { $0.hasSuffix("/m0.yaml") })
    }

    @Test func theServerSaysHowLongToWait() async throws {
        let begun = ContinuousClock.now
        #expect(try await bench.backup(scope, kubeconfig: try await cluster.spoiled("1 status:429:4 GET .*/configmaps")).isComplete)
        #expect(ContinuousClock.now - begun >= .seconds(4), "a retry that comes sooner than it was asked to")
    }

    @Test func whoWaitsIsToldForWhat() async throws {
        let told = Flag()
        let progress = VaultProgress { event in
            if case .notice(let text) = event, text.contains("the server answered 503"), text.hasSuffix("; trying again") { told.raise() }
        }
        let kubeconfig = try await cluster.spoiled("1 status:503 GET .*/configmaps")
        #expect(try await bench.backup(scope, kubeconfig: kubeconfig, progress: progress).isComplete)
        #expect(told.isRaised)
    }

    @Test func aReadOnlyAccountCapturesWhatItMayRead() async throws {
        try await cluster.kubectl("-n \(namespace) create role reader --verb=get,list --resource=configmaps,services")
        try await cluster.kubectl("-n \(namespace) create rolebinding reader --role=reader --user=reader")
        try await bench.backup(scope)
        var narrow = scope
        narrow.kinds = ["configmaps", "secrets", "services"]
        let report = try await bench.backup(narrow, context: "reader")
        #expect(report.problems.contains { $0.path == "secrets in \(namespace)" && $0.reason.contains("the server answered 403") })
        let files = try bench.files()
        #expect(files.contains("\(namespace)/configmap/one.yaml"))
        #expect(files.contains("\(namespace)/secret/hidden.yaml.age"), "what may not be read is not deleted")
    }

    @Test func anAccountWithoutRightsIsToldOnce() async throws {
        try await cluster.kubectl("-n \(namespace) create role few --verb=get,list --resource=configmaps")
        try await cluster.kubectl("-n \(namespace) create rolebinding few --role=few --user=reader")
        try await bench.backup(scope)
        let report = try await bench.backup(scope, context: "reader")
        let told = report.problems.filter { $0.reason.contains("forbidden") || $0.reason.contains("403") }
        #expect(told.filter { $0.path.contains("parts that the account may not list") }.count == 1, "\(report.problems)")
        #expect(told.contains { $0.reason.contains("secrets in \(namespace), ") && $0.reason.contains("is kept as it was") })
        #expect(report.problems.count < 6, "\(report.problems)")
        #expect(try Set(complete).isSubset(of: bench.files()), "what may not be read is not deleted")
    }

    @Test func aMissingNamespaceIsNoDeletion() async throws {
        try await bench.backup(bench.scope(namespace, "default"))
        let before = try bench.files()
        try await cluster.kubectl("delete namespace \(namespace)")
        let report = try await bench.backup(bench.scope(namespace, "default"))
        #expect(!report.isComplete)
        #expect(
            report.problems.contains { "\($0)".contains("the namespace \(namespace)") && $0.reason.contains("is the context admin") },
            "\(report.problems)")
        #expect(try bench.files() == before)
    }

    @Test func whatIsWrongWithTheAccessIsSaid() async throws {
        #expect(try await failure(context: "prod").contains("has no context \"prod\". It has: admin, expired, nobody, reader, token"))
        #expect(try await failure(context: "nobody").contains("the server answered 403"))
        let expired = try await failure(context: "expired")
        #expect(expired.contains("The client certificate of ") && expired.contains(" expired on 2"), "\(expired)")
        let config = try String(contentsOfFile: cluster.kubeconfig, encoding: .utf8)
        func variant(_ change: (String) -> String) throws -> String {
            let path = cluster.directory + "/variant-\(UInt32.random(in: .min ... .max))"
            try change(config).write(toFile: path, atomically: true, encoding: .utf8)
            return path
        }
        let wrongAuthority = try variant { $0.replacing("certificate-authority: ca.crt", with: "certificate-authority: admin.crt") }
        #expect(try await failure(kubeconfig: wrongAuthority).contains("its certificate is not to be trusted"))
        let rightName = try variant {
            $0.replacing("certificate-authority: ca.crt", with: "certificate-authority: ca.crt, tls-server-name: kubernetes.test")
        }
        let named = try await bench.backup(scope, kubeconfig: rightName)
        #expect(named.isComplete, "\(named.problems)")
        let wrongToken = try variant { $0.replacing("token: admin-token", with: "token: old-token") }
        #expect(try await failure(kubeconfig: wrongToken, context: "token").contains("missing, wrong or expired"))
        let insecure = try variant { $0.replacing("certificate-authority: ca.crt", with: "insecure-skip-tls-verify: true") }
        let report = try await bench.backup(scope, kubeconfig: insecure)
        #expect(report.isComplete && report.notes.contains { $0.contains("skips the verification") }, "\(report.problems)")
        let closed = try variant { $0.replacing(/https:[^"]*/, with: "https://127.0.0.1:1") }
        #expect(try await failure(kubeconfig: closed).contains("cannot reach https://127.0.0.1:1"))
    }

    /// The server of the tests is known by its address too, so this takes one that is not.
    @Test func aCertificateForAnotherNameIsRefused() async throws {
        let port = Int.random(in: 30000..<32000)
        let path = cluster.directory + "/named-\(port)"
        try await bash(
            """
            openssl req -new -newkey rsa:2048 -nodes -keyout \(path).key -subj /CN=named -out \(path).csr
            printf 'subjectAltName=DNS:named.test\n' > \(path).san
            openssl x509 -req -in \(path).csr -CA ca.crt -CAkey ca.key -CAcreateserial -out \(path).crt -days 1 -extfile \(path).san
            bash \(TestCluster.support)/detached.sh openssl s_server -accept 127.0.0.1:\(port) -cert \(path).crt -key \(path).key -www > \(path).log 2>&1 &
            echo $! > \(path).pid
            for i in $(seq 100); do grep -q ACCEPT \(path).log && break; sleep 0.05; done
            sed 's#"https:[^"]*"#"https://127.0.0.1:\(port)"#' kubeconfig > \(path)
            sed 's#certificate-authority: ca.crt#certificate-authority: ca.crt, tls-server-name: named.test#' \(path) > \(path).right
            """, in: cluster.directory)
        #expect(try await failure(kubeconfig: path).contains("its certificate is not to be trusted"))
        // The right name gets past TLS, to a server that is no API server.
        #expect(try await failure(kubeconfig: path + ".right").contains("something else than JSON"))
    }

    /// Every credential that the server takes, by a program as a cloud's plug-in would be.
    @Test func aCredentialPluginIsAskedAgainWhenItsTokenRunsOut() async throws {
        let directory = cluster.directory + "/plugin-\(UInt32.random(in: .min ... .max))"
        try await bash(
            """
            mkdir \(directory); cd \(directory)
            cat > plugin <<'END'
            #!/bin/sh
            echo run >> "$(dirname "$0")/runs"
            [ "$(wc -l < "$(dirname "$0")/runs")" -gt 1 ] && token=admin-token || token=old-token
            echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"'$token'"}}'
            END
            chmod +x plugin
            sed -e 's#token: admin-token#exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin, interactiveMode: Never}#' \
                -e 's#ca.crt#../ca.crt#' ../kubeconfig > config
            """, in: cluster.directory)
        #expect(try await bench.backup(scope, kubeconfig: "\(directory)/config", context: "token").isComplete)
        #expect(try String(contentsOfFile: "\(directory)/runs", encoding: .utf8) == "run\nrun\n")
    }
}
