import Age
import Archiver
import Core
import Foundation
import Kubernetes
import Manifests
import Operations
import Proof
import TestSupport
import Testing
import Vault

/// Volumes are not read through the cluster: which claims have no data is told before it is missed.
@Suite struct ClusterClaimTests {
    private let bench: ClusterBench
    private let namespace: String
    private let other: String
    private var cluster: TestCluster { bench.cluster }

    init() async throws {
        bench = try await ClusterBench()
        namespace = try await bench.cluster.namespace("claims")
        other = namespace + "-back"
    }

    private func claim(_ name: String, _ more: String = "") async throws {
        try await cluster.kubectl(
            "apply -f -",
            """
            {apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: \(name), namespace: \(namespace)},
             spec: {accessModes: [ReadWriteOnce], storageClassName: "\(namespace)", \(more)resources: {requests: {storage: 1Mi}}}}
            """)
    }

    /// A volume that is there already, bound to a claim by its name.
    private func volume(for claim: String) async throws -> String {
        let name = "\(namespace)-\(claim)"
        try await cluster.kubectl(
            "apply -f -",
            """
            {apiVersion: v1, kind: PersistentVolume, metadata: {name: \(name)}, spec: {capacity: {storage: 1Mi}, accessModes: [ReadWriteOnce],
             persistentVolumeReclaimPolicy: Retain, storageClassName: "\(namespace)", hostPath: {path: /tmp},
             claimRef: {namespace: \(namespace), name: \(claim)}}}
            """)
        return name
    }

    private func backup(covering claims: [String] = [], unprotected: [String] = []) async throws -> BackupReport {
        var request = try bench.request(cluster.source(bench.scope(namespace)))
        request.datasets.append(.init(name: "files", source: .directory(.init(path: bench.bench.source)), claims: claims))
        request.unprotected = unprotected
        return try await bench.bench.backup(request)
    }

    private func status() async throws -> [StatusFinding] {
        let vault = bench.bench.vault
        return try await offPool { try Status(Status.Request(), in: try Repository.open(at: vault, cachePath: nil)).run() }.findings
    }

    @Test func claimsThatNoDatasetCoversAreToldOneByOne() async throws {
        for name in ["db-0", "db-1", "cache"] { try await claim(name) }
        let report = try await backup()
        let names = ["cache", "db-0", "db-1"].map { "\(namespace)/\($0)" }
        #expect(report.isComplete && report.unprotectedClaims == names, "\(report.unprotectedClaims)")
        #expect(
            report.notes.contains { $0.contains("3 claims are not in this backup: \(names.joined(separator: ", "))") }, "\(report.notes)")
        #expect(report.snapshot?.record.unprotectedClaims == names && report.snapshot?.record.unprotectedClaimCount == 3)
        #expect(try await status().contains { $0.severity == .p2 && $0.message.hasPrefix("3 claims are not in the newest snapshot: ") })
        let some = try await backup(covering: ["\(namespace)/db-*"])
        #expect(some.unprotectedClaims == ["\(namespace)/cache"])
        let all = try await backup(covering: ["\(namespace)/db-*"], unprotected: ["*/cache"])
        #expect(all.unprotectedClaims.isEmpty && all.snapshot?.record.unprotectedClaims == nil)
        #expect(try await !status().contains { $0.message.contains("claim") })
    }

    @Test func aRestoreSaysWhichClaimsComeBackEmptyBeforeItStarts() async throws {
        for name in ["db", "cache"] { try await claim(name) }
        _ = try await backup(covering: ["\(namespace)/db"])
        let report = try await bench.restore { $0.mapping.namespaces = [namespace: other] }
        #expect(report.isComplete && report.emptyClaims.sorted() == ["\(other)/cache", "\(other)/db"], "\(report.emptyClaims)")
        #expect(
            report.plan.warnings == [
                "1 claim comes back empty: \(other)/cache. The snapshot has no data of it",
                "1 claim comes back empty: \(other)/db. --hold keeps workloads from starting until their data is back",
            ], "\(report.plan.warnings)")
        try await cluster.kubectl("delete namespace \(other)")
    }

    /// It has all that the claim had written.
    @Test(arguments: ["", "volumeName"]) func aReleasedVolumeIsBoundToItsClaimAgain(field: String) async throws {
        let volume = try await volume(for: "db")
        try await claim("db", field.isEmpty ? "" : "volumeName: \(volume), ")
        try await eventually { try await cluster.kubectl("get pv \(volume) -o jsonpath='{.status.phase}'") == "Bound" }
        _ = try await backup()
        try await cluster.kubectl("-n \(namespace) patch pvc db --type merge -p '{\"metadata\":{\"finalizers\":null}}'")
        try await cluster.kubectl("-n \(namespace) delete pvc db")
        try await eventually { try await cluster.kubectl("get pv \(volume) -o jsonpath='{.status.phase}'") == "Released" }
        let report = try await bench.restore { $0.readyTimeout = .seconds(60) }
        #expect(report.isComplete && report.waiting.isEmpty && report.emptyClaims.isEmpty, "\(report.waiting) \(report.result.failures)")
        #expect(report.plan.items.contains { $0.reason == "bound to its old volume \(volume), which was kept" })
        #expect(
            try await cluster.kubectl("-n \(namespace) get pvc db -o jsonpath='{.status.phase} {.spec.volumeName}'") == "Bound \(volume)")
        try await cluster.kubectl("-n \(namespace) delete pvc db --wait=false")
        try await cluster.kubectl("delete pv \(volume) --wait=false")
    }

    @Test func whatAProvisionerMakesIsNoDrift() async throws {
        let volume = try await volume(for: "db")
        try await cluster.kubectl("annotate pv \(volume) pv.kubernetes.io/provisioned-by=example.com/p")
        try await claim("db")
        try await eventually { try await cluster.kubectl("-n \(namespace) get pvc db -o jsonpath='{.spec.volumeName}'") == volume }
        _ = try await backup()
        // Gone and made again, as a restore would have it.
        try await cluster.kubectl("-n \(namespace) patch pvc db --type merge -p '{\"metadata\":{\"finalizers\":null}}'")
        try await cluster.kubectl("-n \(namespace) delete pvc db")
        try await cluster.kubectl("delete pv \(volume) --wait=false")
        try await claim("db")
        let recipient = try bench.identity.recipient
        let request = ManifestsRequest(.cluster(cluster.source(bench.scope(namespace))), secrets: .encrypt([recipient]))
        let view = try bench.bench.view()
        let identity = bench.identity
        let drift = try await offPool {
            try Drift(
                view, against: request, identities: [identity], cache: CacheFolder(path: nil, vaultID: view.vault.header.id),
                progress: VaultProgress(), cancellation: Cancellation()
            )
            .run()
        }
        #expect(drift.changes.isEmpty, "\(drift.changes.map { "\($0.change) \($0.path) \($0.difference ?? "")" })")
    }
}
