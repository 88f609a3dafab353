import Foundation
import Kubernetes
import Operations
import Testing
import Vault

/// What of an application comes back, in which order, and with which rights.
@Suite struct ClusterChoiceTests {
    private let bench: ClusterBench
    private let namespace: String
    private let other: String
    private var cluster: TestCluster { bench.cluster }

    init() async throws {
        bench = try await ClusterBench()
        namespace = try await bench.cluster.namespace("choice")
        other = namespace + "-back"
    }

    private func backup(_ change: (inout CaptureScope) -> Void = { _ in }) async throws {
        var scope = bench.scope(namespace)
        change(&scope)
        let report = try await bench.backup(scope)
        #expect(report.isComplete, "\(report.problems)")
    }

    private func restore(_ change: (inout ClusterRestoreRequest) -> Void = { _ in }) async throws -> ClusterRestoreReport {
        try await bench.restore { request in
            request.mapping.namespaces = [namespace: other]
            change(&request)
        }
    }

    /// It was set when more was there already.
    @Test func aQuotaComesBackAfterWhatItCounts() async throws {
        for name in ["a", "b", "c"] { try await cluster.kubectl("-n \(namespace) create service clusterip \(name) --tcp=80") }
        try await cluster.kubectl("-n \(namespace) create quota few --hard=services=1")
        try await backup()
        let report = try await restore()
        #expect(report.isComplete, "\(report.result.failures)")
        #expect(try await cluster.kubectl("-n \(other) get services -o name").split(separator: "\n").count == 3)
        #expect(try await cluster.kubectl("-n \(other) get quota few -o jsonpath='{.spec.hard.services}'") == "1")
        try await eventually { try await cluster.kubectl("-n \(other) get quota few -o jsonpath='{.status.used.services}'") == "3" }
        // One more is refused for what it is.
        try await cluster.kubectl("-n \(other) delete service a")
        let again = try await restore()
        let reason = try #require(again.result.failures.first?.reason)
        #expect(reason.contains("exceeded quota: few") && reason.contains("raise it") && !reason.contains("Give the account"), "\(reason)")
    }

    @Test func aCopyGetsTheRightsOfTheOriginalsAccounts() async throws {
        try await cluster.kubectl("-n \(namespace) create serviceaccount worker")
        try await cluster.kubectl("create clusterrolebinding \(namespace) --clusterrole=view --serviceaccount=\(namespace):worker")
        try await backup()
        let report = try await restore()
        #expect(report.isComplete && report.result.skipped == 0, "\(report.result.failures)")
        for place in [namespace, other] {
            #expect(try await cluster.kubectl("auth can-i list pods --as=system:serviceaccount:\(place):worker") == "yes\n")
        }
        let binding = try await cluster.kubectl("get clusterrolebinding \(namespace)-\(other) -o jsonpath='{.subjects[*].namespace}'")
        #expect(binding == other)
        let again = try await restore()
        #expect(again.plan.count(.unchanged) == again.plan.items.count, "\(again.plan.items.map { "\($0.action) \($0.object.key)" })")
        try await cluster.kubectl("delete clusterrolebinding \(namespace) \(namespace)-\(other)")
    }

    private func several() async throws {
        for name in ["keep", "drop-a", "drop-b"] {
            try await cluster.kubectl("-n \(namespace) create configmap \(name) --from-literal=a=b")
        }
        try await cluster.kubectl("-n \(namespace) create configmap labelled --from-literal=a=b")
        try await cluster.kubectl("-n \(namespace) label configmap labelled tier=cache")
        try await cluster.kubectl("-n \(namespace) create configmap noted --from-literal=a=b")
        try await cluster.kubectl("-n \(namespace) annotate configmap noted example.com/skip=yes")
        try await cluster.kubectl("-n \(namespace) create serviceaccount worker")
        try await cluster.kubectl("-n \(namespace) label serviceaccount worker tier=front")
    }

    private func exclusion() -> ObjectExclusion {
        var exclusion = ObjectExclusion()
        exclusion.objects = ["configmap/drop-*", "secret/nobody"]
        exclusion.kinds = ["serviceaccounts"]
        (exclusion.labels, exclusion.annotations) = (["tier=cache"], ["example.com/skip"])
        return exclusion
    }

    @Test func objectsAreLeftOutOfARestore() async throws {
        try await several()
        try await backup()
        let report = try await restore { $0.exclusion = exclusion() }
        #expect(report.isComplete)
        #expect(report.plan.items.map(\.object.key.name).sorted() == [other, "keep"].sorted(), "\(report.plan.items.map(\.object.key))")
        #expect(report.notes.contains { $0.contains("nothing in the snapshot is left out by secret/nobody") }, "\(report.notes)")
        #expect(report.notes.count { $0.contains("is left out by") } == 1)
    }

    @Test func objectsAreLeftOutOfABackup() async throws {
        try await several()
        try await backup { scope in
            scope.exclusion = exclusion()
            scope.exclude = ["serviceaccounts"]
        }
        #expect(try bench.files() == ["_cluster/namespace/\(namespace).yaml", "\(namespace)/configmap/keep.yaml"])
    }
}
