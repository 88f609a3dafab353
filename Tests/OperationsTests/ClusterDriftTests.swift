import Age
import Core
import Foundation
import Kubernetes
import Manifests
import Operations
import TestSupport
import Testing
import Vault

/// A live cluster against a snapshot of it.
@Suite struct ClusterDriftTests {
    private let bench: ClusterBench
    private let namespace: String
    private var cluster: TestCluster { bench.cluster }

    init() async throws {
        bench = try await ClusterBench()
        namespace = try await bench.cluster.namespace("drift")
        for name in ["same", "other", "gone"] {
            try await cluster.kubectl("-n \(namespace) create configmap \(name) --from-literal=a=b")
        }
        for name in ["kept", "turned"] { try await cluster.kubectl("-n \(namespace) create secret generic \(name) --from-literal=a=b") }
    }

    private func drift(
        kubeconfig: String? = nil, secrets: ManifestsRequest.Secrets? = nil, identities: [AgeIdentity] = [], cachePath: String? = nil
    ) async throws -> Drift.Report {
        let source = cluster.source(bench.scope(namespace), kubeconfig: kubeconfig)
        let request = ManifestsRequest(.cluster(source), secrets: try secrets ?? .encrypt([bench.identity.recipient]))
        let view = try bench.bench.view()
        return try await offPool {
            try Drift(
                view, against: request, identities: identities, cache: CacheFolder(path: cachePath, vaultID: view.vault.header.id),
                progress: VaultProgress(),
                cancellation: Cancellation()
            ).run()
        }
    }

    private func names(_ report: Drift.Report) -> [String] {
        report.changes.map { "\($0.change) \($0.path.split(separator: "/").dropFirst().joined(separator: "/"))" }
    }

    private func change() async throws {
        try await cluster.kubectl("-n \(namespace) patch configmap other -p '{\"data\":{\"a\":\"changed\"}}'")
        try await cluster.kubectl("-n \(namespace) delete configmap gone")
        try await cluster.kubectl("-n \(namespace) create configmap new --from-literal=a=b")
        try await cluster.kubectl("-n \(namespace) patch secret turned -p '{\"stringData\":{\"a\":\"hidden\"}}'")
    }

    @Test func whatDiffersIsShownObjectByObject() async throws {
        #expect(try await bench.backup(bench.scope(namespace)).isComplete)
        #expect(try await drift().changes.isEmpty)
        try await change()
        let blind = try await drift()
        #expect(names(blind) == ["removed configmap/gone.yaml", "added configmap/new.yaml", "changed configmap/other.yaml"])
        #expect(blind.changes[2].difference?.contains("\n-  a: b\n+  a: changed\n") == true)
        // The namespace and the config map that is as it was.
        #expect(blind.unchanged == 2 && blind.sealed == 2)
        // Secrets are compared with the key, or by what this machine remembers of them; what is in them is shown to nobody.
        for report in [try await drift(identities: [bench.identity]), try await drift(cachePath: bench.bench.cache)] {
            #expect(names(report).contains("changed secret/turned.yaml.age") && report.unchanged == 3 && report.sealed == 0)
            #expect(report.changes.allSatisfy { $0.difference?.contains("aGlkZGVu") != true })
        }
        let error = await #expect(throws: Failure.self) { try await drift(identities: [.generate()]) }
        #expect(error?.code == .usage && error?.description.contains("--identity") == true)
    }

    @Test func secretsThatThePolicyLeavesOutAreNoDifference() async throws {
        #expect(try await bench.backup(bench.scope(namespace), secrets: .omit).isComplete)
        #expect(try await drift(secrets: .omit).changes.isEmpty)
        #expect(try await bench.backup(bench.scope(namespace), secrets: .plain).isComplete)
        try await change()
        let plain = try await drift(secrets: .plain)
        #expect(plain.changes.first { $0.path.contains("/secret/turned") }?.difference == nil)
        #expect(names(plain).contains("changed secret/turned.yaml"))
    }

    @Test func whatCouldNotBeReadIsNoRemoval() async throws {
        #expect(try await bench.backup(bench.scope(namespace)).isComplete)
        let report = try await drift(kubeconfig: try await cluster.spoiled("99 status:403 GET .*/configmaps"))
        #expect(report.changes.isEmpty, "\(names(report))")
        #expect(report.gaps.contains { "\($0)".contains("configmaps") })
    }

    /// Whatever was changed, added or removed by hand: after an update there is what the snapshot has, and nothing else.
    @Test func afterAnUpdateThereIsNoDrift() async throws {
        let web = """
            {apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: \(namespace), labels: {team: a}},
             spec: {replicas: 2, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}},
             spec: {containers: [{name: c, image: i, env: [{name: ONE, value: "1"}]}]}}}}
            ---
            {apiVersion: v1, kind: Service, metadata: {name: web, namespace: \(namespace)},
             spec: {type: NodePort, selector: {a: b}, ports: [{name: http, port: 80, protocol: TCP}]}}
            ---
            {apiVersion: v1, kind: Service, metadata: {name: headless, namespace: \(namespace)},
             spec: {clusterIP: None, selector: {a: b}, ports: [{name: http, port: 80, protocol: TCP}]}}
            ---
            {apiVersion: apps/v1, kind: Deployment, metadata: {name: other, namespace: \(namespace)},
             spec: {strategy: {type: Recreate}, selector: {matchLabels: {a: p}}, template: {metadata: {labels: {a: p}},
             spec: {volumes: [{name: v, emptyDir: {}}], containers: [{name: c, image: i, volumeMounts: [{name: v, mountPath: /v}]}]}}}}
            """
        try await cluster.kubectl("apply -f -", web)
        #expect(try await bench.backup(bench.scope(namespace)).isComplete)
        let port = "-n \(namespace) get service web -o jsonpath='{.spec.ports[?(@.port==80)].nodePort}'"
        let before = try await cluster.kubectl(port)
        try await cluster.kubectl("-n \(namespace) set env deployment/web TWO=2")
        try await cluster.kubectl("-n \(namespace) label --overwrite deployment/web team=b more=c")
        try await cluster.kubectl("-n \(namespace) annotate deployment/web note=d")
        // Together with what the snapshot has, these would be no valid object.
        try await cluster.kubectl(
            "-n \(namespace) patch service headless --type=json -p '[{\"op\":\"replace\",\"path\":\"/spec/ports/0/port\",\"value\":8080}]'")
        let volume =
            "{\"op\":\"replace\",\"path\":\"/spec/template/spec/volumes/0\",\"value\":{\"name\":\"v\",\"configMap\":{\"name\":\"same\"}}}"
        let strategy = "{\"op\":\"replace\",\"path\":\"/spec/strategy\",\"value\":{\"type\":\"RollingUpdate\"}}"
        try await cluster.kubectl("-n \(namespace) patch deployment other --type=json -p '[\(volume),\(strategy)]'")
        try await cluster.kubectl(
            "-n \(namespace) patch deployment web -p '{\"spec\":{\"template\":{\"spec\":{\"hostNetwork\":true,\"nodeSelector\":{\"x\":\"y\"}}}}}'"
        )
        try await cluster.kubectl(
            "-n \(namespace) patch service web -p '{\"spec\":{\"ports\":[{\"name\":\"more\",\"port\":81,\"protocol\":\"TCP\"}]}}'")
        try await change()
        let planned = try await bench.restore { ($0.existing, $0.isDryRun) = (.update, true) }
        #expect(
            planned.plan.count(.update) == 6 && planned.plan.count(.create) == 1,
            "\(planned.plan.items.map { "\($0.object.key) \($0.action)" })")
        let report = try await bench.restore { $0.existing = .update }
        #expect(report.isComplete && report.result.findings.notes.isEmpty, "\(report.result.failures) \(report.result.findings.notes)")
        #expect(names(try await drift(identities: [bench.identity])) == ["added configmap/new.yaml"])
        #expect(try await cluster.kubectl(port) == before)
    }
}
