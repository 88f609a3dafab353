import Foundation
import Kubernetes
import Operations
import TestSupport
import Testing
import Vault

/// One failure is one failure: what cannot come back stops nothing else of a restore into a cluster.
@Suite struct ClusterPartTests {
    private let bench: ClusterBench
    private let namespace: String
    private let other: String
    private var cluster: TestCluster { bench.cluster }

    init() async throws {
        bench = try await ClusterBench()
        namespace = try await bench.cluster.namespace("part")
        other = namespace + "-back"
    }

    private func backup(_ namespaces: String...) async throws {
        var scope = CaptureScope()
        scope.namespaces = namespaces
        let report = try await bench.backup(scope)
        #expect(report.isComplete, "\(report.problems)")
    }

    private func restore(
        _ change: (inout ClusterRestoreRequest) -> Void = { _ in },
        whileHeld: @escaping @Sendable (Snapshot) throws -> Bool = { _ in false }
    ) async throws -> ClusterRestoreReport {
        try await bench.restore(
            { request in
                request.mapping.namespaces = [namespace: other]
                change(&request)
            }, whileHeld: whileHeld)
    }

    /// Two config maps, of which only one has room, and a workload.
    private func withoutRoom() async throws {
        for name in ["one", "two"] { try await cluster.kubectl("-n \(namespace) create configmap \(name) --from-literal=a=b") }
        try await cluster.kubectl("-n \(namespace) create deployment web --image=web --replicas=3")
        try await backup(namespace)
        try await cluster.kubectl("create namespace \(other)")
        try await eventually { try await cluster.kubectl("-n \(other) get configmaps -o name").contains("kube-root-ca.crt") }
        try await cluster.kubectl("-n \(other) create quota few --hard=count/configmaps=2")
        try await eventually { try await cluster.kubectl("-n \(other) get quota few -o jsonpath='{.status.used}'").contains("1") }
    }

    @Test func whatCannotBeMadeStopsNeitherTheWaitingNorWhatIsHeld() async throws {
        try await withoutRoom()
        let report = try await restore({ ($0.holds, $0.readyTimeout) = (true, .seconds(1)) }, whileHeld: { _ in true })
        #expect(!report.isComplete && report.hasAny && report.result.failures.count == 1, "\(report.result.failures)")
        #expect(report.held == 0 && report.heldReason == nil)
        #expect(try await cluster.kubectl("-n \(other) get deployment web -o jsonpath='{.spec.replicas}'") == "3")
        #expect(report.waiting.map(\.object.name) == ["web"], "\(report.waiting)")
        try await cluster.kubectl("delete namespace \(other)")
    }

    @Test func aNamespaceOnItsWayOutBlocksNoOther() async throws {
        let free = try await cluster.namespace("part")
        for name in [namespace, free] { try await cluster.kubectl("-n \(name) create configmap one --from-literal=a=b") }
        try await backup(namespace, free)
        try await cluster.kubectl("create namespace \(other)")
        try await cluster.kubectl("-n \(other) create configmap kept --from-literal=a=b")
        try await cluster.kubectl("-n \(other) patch configmap kept -p '{\"metadata\":{\"finalizers\":[\"example.com/keep\"]}}'")
        try await cluster.kubectl("delete namespace \(other) --wait=false")
        try await cluster.kubectl("delete namespace \(free)")
        let report = try await restore()
        #expect(!report.isComplete && report.wasBegun && report.result.failures.isEmpty, "\(report.result.failures)")
        let stuck = report.plan.items.filter { $0.action == .impossible }
        #expect(stuck.map(\.object.key.name).sorted() == ["one", other], "\(stuck)")
        #expect(stuck.allSatisfy { $0.reason?.contains("is being deleted: restore again when it is gone") == true })
        #expect(try await cluster.kubectl("-n \(free) get configmap one -o jsonpath='{.data.a}'") == "b")
        try await cluster.kubectl("-n \(other) patch configmap kept -p '{\"metadata\":{\"finalizers\":null}}'")
    }

    /// Those who answer it are among what is restored, and need their time.
    @Test(arguments: [false, true]) func aWebhookIsWaitedFor(holds: Bool) async throws {
        try await cluster.kubectl("-n \(namespace) create configmap guarded --from-literal=a=b")
        try await cluster.kubectl("-n \(namespace) create deployment operator --image=x")
        try await backup(namespace)
        try await cluster.kubectl("create namespace \(other)")
        try await cluster.kubectl("label namespace \(other) guarded=\(other)")
        let mark = bench.bench.scratch("up")
        try await guardConfigMaps(by: try await cluster.webhook(waitingFor: mark))
        let hasty = try await restore { $0.readyTimeout = nil }
        #expect(hasty.result.failures.map(\.object.name) == ["guarded"], "\(hasty.result.failures)")
        let starting = Task {
            try await Task.sleep(for: .seconds(4))
            try "up".write(toFile: mark, atomically: true, encoding: .utf8)
        }
        let report = try await restore(
            { ($0.holds, $0.existing, $0.readyTimeout) = (holds, .update, .seconds(90)) }, whileHeld: { _ in true })
        try await starting.value
        #expect(report.isComplete && report.result.failures.isEmpty, "\(report.result.failures)")
        #expect(try await cluster.kubectl("-n \(other) get configmap guarded -o jsonpath='{.data.a}'") == "b")
        try await cluster.kubectl("delete validatingwebhookconfiguration \(other)")
        try await cluster.kubectl("delete namespace \(other)")
    }

    private func guardConfigMaps(by port: String) async throws {
        let authority = try await bashText("base64 -w0 ca.crt", in: cluster.directory)
        try await cluster.kubectl(
            "apply -f -",
            """
            apiVersion: admissionregistration.k8s.io/v1
            kind: ValidatingWebhookConfiguration
            metadata: {name: \(other)}
            webhooks:
            - name: late.example.com
              admissionReviewVersions: [v1]
              sideEffects: None
              failurePolicy: Fail
              timeoutSeconds: 2
              namespaceSelector: {matchLabels: {guarded: \(other)}}
              rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}]
              clientConfig: {url: "https://127.0.0.1:\(port)/", caBundle: \(authority)}
            """)
        // The server takes a moment to know of it.
        try await eventually {
            (try? await cluster.kubectl("-n \(other) create configmap probe --from-literal=a=b --dry-run=server")) == nil
        }
    }

    /// An account that may not list one kind restores the others.
    @Test func aKindThatMayNotBeLookedAtCostsItself() async throws {
        try await cluster.kubectl("-n \(namespace) create configmap one --from-literal=a=b")
        try await cluster.kubectl("-n \(namespace) create secret generic hidden --from-literal=a=b")
        try await backup(namespace)
        let kubeconfig = try await cluster.spoiled("100 status:403 GET /api/v1/namespaces/.*/secrets")
        let report = try await bench.restore(kubeconfig: kubeconfig) { $0.mapping.namespaces = [namespace: other] }
        #expect(report.plan.items.filter { $0.action == .impossible }.map(\.object.key.name) == ["hidden"] && !report.isComplete)
        #expect(try await cluster.kubectl("-n \(other) get configmap one -o jsonpath='{.data.a}'") == "b")
    }
}
