import Core
import Foundation
import Kubernetes
import Operations
import Proof
import TestSupport
import Testing
import Vault

/// The step `kubernetes` of a policy's `validate`, against a real API server.
@Suite struct ClusterCheckTests {
    private let cluster: TestCluster
    private let namespace: String

    init() async throws {
        cluster = try await TestCluster.shared.value
        namespace = try await cluster.namespace("check")
    }

    private func check(_ namespaces: [String]? = nil, job: String? = nil, within timeout: Duration = .seconds(3)) async throws
        -> Validation.Result
    {
        let names = namespaces ?? [namespace]
        let manifest = try job.map { try JobRun.manifest(Array($0.utf8), file: "job.yaml") }
        let place = ClusterCheck.Place(cluster.source())
        return try await offPool {
            let step = Validation.Step(.kubernetes(ClusterCheck(namespaces: names, job: manifest, timeout: timeout)))
            let results = try Validation([step], cancellation: Cancellation()).run(.init(cluster: place, directory: nil))
            return try #require(results.first)
        }
    }

    private func deploy() async throws {
        // Pods without a node are no endpoints.
        let node = try await cluster.nodeWithLogs()
        try await cluster.kubectl(
            "apply -f -",
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web, namespace: \(namespace)}
            spec: {replicas: 2, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {nodeName: \(node), containers: [{name: c, image: i}]}}}
            ---
            {apiVersion: v1, kind: Service, metadata: {name: web, namespace: \(namespace)}, spec: {selector: {a: b}, ports: [{port: 80}]}}
            ---
            {apiVersion: v1, kind: Service, metadata: {name: elsewhere, namespace: \(namespace)}, spec: {type: ExternalName, externalName: a.example}}
            ---
            {apiVersion: v1, kind: Service, metadata: {name: by-hand, namespace: \(namespace)}, spec: {ports: [{port: 80}]}}
            """)
    }

    @Test func workloadsMustBeReadyAndServicesAnswered() async throws {
        try await deploy()
        let early = try await check()
        #expect(early.failed && early.name == "kubernetes (\(namespace))", "\(early.summary)")
        #expect(early.output.contains("Deployment.apps \(namespace)/web: 0 of 2 replicas ready"))
        #expect(early.output.contains("Service \(namespace)/web: no pod behind it is ready") && early.output.count == 2, "\(early.output)")
        let (cluster, namespace) = (cluster, namespace)
        let kubelet = Task { try await cluster.keepPodsReady(in: namespace) }
        let ready = try await check(within: .seconds(120))
        #expect(ready.verdict == .passed && ready.summary == "1 workload, 1 service ready", "\(ready.summary)")
        // Nothing runs without a pod that matches.
        try await cluster.kubectl("-n \(namespace) patch service web -p '{\"spec\":{\"selector\":{\"a\":\"nobody\"}}}'")
        try await eventually { try await check().summary == "Service \(namespace)/web: no pod behind it is ready" }
        kubelet.cancel()
    }

    /// What stands still on purpose is answered by nobody; pods that nobody keeps count as well.
    @Test func servicesOfWhatIsScaledToNothingNeedNoPods() async throws {
        try await deployAgent()
        try await cluster.kubectl(
            "apply -f -",
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: idle, namespace: \(namespace)}
            spec: {replicas: 0, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}}
            ---
            {apiVersion: v1, kind: Service, metadata: {name: idle, namespace: \(namespace)}, spec: {selector: {a: b}, ports: [{port: 80}]}}
            """)
        let result = try await check(within: .seconds(30))
        #expect(
            result.verdict == .passed && result.summary == "1 workload ready; 2 stand still on purpose",
            "\(result.summary) \(result.output)")
        try await cluster.kubectl("-n \(namespace) run alone --image=i --labels=a=b")
        let alone = try await check()
        #expect(
            alone.output == ["Pod \(namespace)/alone: it is not ready", "Service \(namespace)/idle: no pod behind it is ready"], "\(alone)")
    }

    @Test func namespacesThatAreEmptyOrNotThereAreNoGoodSign() async throws {
        let result = try await check([namespace, "no-such-namespace"])
        #expect(
            result.failed
                && result.output == ["Namespace \(namespace): nothing runs in it", "Namespace no-such-namespace: it is not there"])
    }

    @Test func ofAServerThatDoesNotAnswerNothingIsVerified() async throws {
        let kubeconfig = try await cluster.spoiled("1000 status:403 GET")
        let place = ClusterCheck.Place(cluster.source(kubeconfig: kubeconfig))
        let namespace = namespace
        let result = try await offPool {
            let step = Validation.Step(.kubernetes(ClusterCheck(namespaces: [namespace], timeout: .seconds(1))))
            return try Validation([step], cancellation: Cancellation()).run(.init(cluster: place, directory: nil))[0]
        }
        #expect(result.verdict == .notVerified && result.summary.contains("the cluster could not be asked"), "\(result.summary)")
    }

    /// Something that is meant to run, and is ready without a node.
    private func deployAgent() async throws {
        try await cluster.kubectl(
            "apply -f -",
            """
            apiVersion: apps/v1
            kind: DaemonSet
            metadata: {name: agent, namespace: \(namespace)}
            spec: {selector: {matchLabels: {c: d}}, template: {metadata: {labels: {c: d}}, spec: {nodeSelector: {no: node}, containers: [{name: c, image: i}]}}}
            """)
    }

    @Test func whatIsHeldIsNoGoodSign() async throws {
        try await cluster.kubectl("-n \(namespace) create deployment idle --image=i --replicas=0")
        let result = try await check()
        #expect(result.failed && result.summary == "Namespace \(namespace): nothing runs in it", "\(result.summary)")
    }

    @Test func whatWasNotRestoredIsNotLookedAt() async throws {
        let place = ClusterCheck.Place(cluster.source(), renamed: ["other": namespace], isExclusive: true)
        let namespace = namespace
        let result = try await offPool {
            let step = Validation.Step(.kubernetes(ClusterCheck(namespaces: [namespace], timeout: .seconds(1))))
            return try Validation([step], cancellation: Cancellation()).run(.init(cluster: place, directory: nil))[0]
        }
        #expect(result.verdict == .notRun && result.summary == "the namespace \(namespace) is not part of this drill", "\(result.summary)")
    }

    private func job(node: String) -> String {
        """
        apiVersion: batch/v1
        kind: Job
        metadata: {name: smoke}
        spec: {backoffLimit: 0, template: {spec: {nodeName: \(node), restartPolicy: Never, containers: [{name: first, image: i}, {name: second, image: i}]}}}
        """
    }

    @Test(arguments: ["Succeeded", "Failed"]) func aJobRunsToItsEndAndItsLogsAreKept(phase: String) async throws {
        try await deployAgent()
        let node = try await cluster.nodeWithLogs()
        let (cluster, namespace) = (cluster, namespace)
        let ending = Task { try await cluster.endPods(in: namespace, phase: phase) }
        let result = try await check(job: job(node: node), within: .seconds(60))
        try await ending.value
        #expect((result.verdict == .passed) == (phase == "Succeeded"), "\(result.summary)")
        #expect(result.summary.contains("job smoke-") && result.summary.contains(phase == "Failed" ? "failed: " : "ran to completion"))
        #expect(result.output == ["container first", "lines 50", "container second", "lines 50"], "\(result.output)")
        try await eventually { try await cluster.kubectl("-n \(namespace) get jobs,pods -o name").isEmpty }
        try await cluster.kubectl("delete node \(node)")
    }

    @Test func aJobThatDoesNotEndIsRemovedAndItsLogsAreMissed() async throws {
        try await deployAgent()
        let result = try await check(job: job(node: "no-such-node"), within: .seconds(3))
        #expect(result.failed && result.summary.contains("did not end in time"), "\(result.summary)")
        #expect(result.output.contains { $0.contains("its log could not be read") } || result.output.isEmpty, "\(result.output)")
        try await eventually { try await cluster.kubectl("-n \(namespace) get jobs -o name").isEmpty }
    }

    @Test func whatIsNoJobIsRefusedWithItsPlace() {
        let error = #expect(throws: ManifestProblem.self) {
            try JobRun.manifest(Array("apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n".utf8), file: "smoke.yaml")
        }
        #expect(error.map { "\($0)" }?.contains("smoke.yaml:1: it is no Job of batch/v1") == true, "\(error.map { "\($0)" } ?? "")")
    }
}
