import Age
import Core
import Foundation
import Kubernetes
import Manifests
import Operations
import TestSupport
import Testing
import Vault

/// After a restore, whoever works with the objects goes on as if nothing had happened.
@Suite struct ClusterAfterRestoreTests {
    private let bench: ClusterBench
    private let namespace: String
    private var cluster: TestCluster { bench.cluster }

    init() async throws {
        bench = try await ClusterBench()
        namespace = try await bench.cluster.namespace("after")
    }

    private func get(_ what: String, _ path: String, in namespace: String? = nil) async throws -> String {
        try await cluster.kubectl("-n \(namespace ?? self.namespace) get \(what) -o jsonpath='{\(path)}'")
    }

    private func manifest(_ data: String, kind: String = "ConfigMap", in namespace: String? = nil) -> String {
        let values = kind == "Secret" ? "stringData" : "data"
        return "{apiVersion: v1, kind: \(kind), metadata: {name: c, namespace: \(namespace ?? self.namespace)}, \(values): {\(data)}}"
    }

    private func backUpLoseAndRestore() async throws {
        let report = try await bench.backup(bench.scope(namespace))
        #expect(report.isComplete, "\(report.problems)")
        try await cluster.kubectl("delete namespace \(namespace)")
        let back = try await bench.restore()
        #expect(back.isComplete && back.result.findings.notes.isEmpty, "\(back.result.failures) \(back.result.findings.notes)")
    }

    @Test(arguments: ["ConfigMap", "Secret"]) func theFirstApplyTakesAwayWhatTheManifestNoLongerHas(kind: String) async throws {
        try await cluster.kubectl("apply -f -", manifest("kept: a, removed: b", kind: kind))
        try await backUpLoseAndRestore()
        #expect(try await get("\(kind) c", ".data.removed") != "")
        try await cluster.kubectl("apply -f -", manifest("kept: a", kind: kind))
        #expect(try await get("\(kind) c", ".data.removed") == "")
        // Nothing of a secret lies in the history in plain text.
        if kind == "Secret" { #expect(try await bench.git("grep -l removed HEAD || true") == "") }
    }

    @Test func whoAppliesOnTheServersSideOwnsTheFieldsAgain() async throws {
        func apply(_ data: String) async throws {
            try await cluster.kubectl("apply --server-side --field-manager=pipeline -f -", manifest(data))
        }
        try await apply("kept: a, removed: b")
        try await backUpLoseAndRestore()
        let managers = try await get("configmap c", ".metadata.managedFields[*].manager")
        #expect(managers == "pipeline")
        // Neither a conflict, nor anything that stays.
        try await apply("kept: c")
        #expect(try await get("configmap c", ".data") == "{\"kept\":\"c\"}")
    }

    /// What an interrupted restore has left is made good by the next.
    @Test func fieldsThatWereNotGivenBackAreGivenBackNextTime() async throws {
        try await cluster.kubectl("apply --server-side --field-manager=pipeline -f -", manifest("kept: a"))
        #expect(try await bench.backup(bench.scope(namespace)).isComplete)
        try await cluster.kubectl("-n \(namespace) delete configmap c")
        try await cluster.kubectl("-n \(namespace) create -f - --field-manager=rekindle", manifest("kept: a"))
        let report = try await bench.restore()
        #expect(report.isComplete && report.result.created == 0 && report.result.findings.notes.isEmpty, "\(report.result.findings.notes)")
        #expect(try await get("configmap c", ".metadata.managedFields[*].manager") == "pipeline")
    }

    /// An update by a restore is no reason to own what others own either.
    @Test func anUpdateGivesTheFieldsBack() async throws {
        try await cluster.kubectl("apply --server-side --field-manager=pipeline -f -", manifest("kept: a"))
        #expect(try await bench.backup(bench.scope(namespace)).isComplete)
        try await cluster.kubectl("-n \(namespace) patch configmap c -p '{\"data\":{\"kept\":\"z\",\"more\":\"y\"}}'")
        let report = try await bench.restore { $0.existing = .update }
        #expect(report.isComplete && report.result.updated == 1, "\(report.result.failures)")
        #expect(try await get("configmap c", ".data") == "{\"kept\":\"a\"}")
        #expect(try await get("configmap c", ".metadata.managedFields[*].manager") == "pipeline")
    }

    @Test func aCopyUnderAnotherNameIsAppliedToAsWell() async throws {
        try await cluster.kubectl("apply -f -", manifest("kept: a, removed: b"))
        #expect(try await bench.backup(bench.scope(namespace)).isComplete)
        let other = namespace + "-copy"
        #expect(try await bench.restore { $0.mapping.namespaces = [namespace: other] }.isComplete)
        #expect(try await get("configmap c", ".metadata.annotations", in: other).contains("\\\"namespace\\\":\\\"\(other)\\\""))
        try await cluster.kubectl("apply -f -", manifest("kept: a", in: other))
        #expect(try await get("configmap c", ".data.removed", in: other) == "")
    }

    /// Everything that is another one after a restore (uids, addresses, times, owners) is no difference.
    @Test func nothingHasDriftedAndTheNextBackupCommitsNothing() async throws {
        let group = "\(namespace).example"
        try await cluster.kubectl(
            "apply -f -",
            """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: things.\(group)}
            spec:
              group: \(group)
              scope: Namespaced
              names: {kind: Thing, plural: things}
              versions:
              - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web, namespace: \(namespace)}
            spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}}
            ---
            {apiVersion: v1, kind: Service, metadata: {name: web, namespace: \(namespace)},
             spec: {type: NodePort, selector: {a: b}, ports: [{name: http, port: 80, protocol: TCP}]}}
            ---
            {apiVersion: v1, kind: Secret, metadata: {name: hidden, namespace: \(namespace)}, stringData: {a: b}}
            ---
            {apiVersion: v1, kind: ServiceAccount, metadata: {name: default, namespace: \(namespace)}, imagePullSecrets: [{name: hidden}]}
            ---
            {apiVersion: v1, kind: Pod, metadata: {name: alone, namespace: \(namespace)}, spec: {containers: [{name: c, image: i}]}}
            ---
            {apiVersion: v1, kind: LimitRange, metadata: {name: limits, namespace: \(namespace)},
             spec: {limits: [{type: Container, default: {cpu: 100m, memory: 64Mi}}]}}
            """)
        try await eventually {
            (try? await cluster.kubectl(
                "apply -f -", "{apiVersion: \(group)/v1, kind: Thing, metadata: {name: o, namespace: \(namespace)}}")) != nil
        }
        let uid = try await get("things.\(group) o", ".metadata.uid")
        try await cluster.kubectl(
            "apply -f -",
            """
            {apiVersion: v1, kind: ConfigMap, metadata: {name: owned, namespace: \(namespace),
             ownerReferences: [{apiVersion: \(group)/v1, kind: Thing, name: o, uid: \(uid)}]}}
            """)
        try await eventually { try await get("deployment web", ".status.observedGeneration") == "1" }
        let resources = try await get("pod alone", ".spec.containers[0].resources")
        try await backUpLoseAndRestore()
        #expect(try await get("configmap owned", ".metadata.ownerReferences[0].uid") != uid)
        #expect(try await get("pod alone", ".spec.containers[0].resources") == resources, "a pod has no limits that it had not")
        try await eventually { try await get("deployment web", ".status.observedGeneration") != "" }
        let request = try ManifestsRequest(.cluster(cluster.source(bench.scope(namespace))), secrets: .encrypt([bench.identity.recipient]))
        let (view, identity) = (try bench.bench.view(), bench.identity)
        let drift = try await offPool {
            try Drift(
                view, against: request, identities: [identity], cache: CacheFolder(path: nil, vaultID: view.vault.header.id),
                progress: VaultProgress(), cancellation: Cancellation()
            ).run()
        }
        #expect(drift.changes.isEmpty && drift.sealed == 0, "\(drift.changes)")
        let again = try await bench.backup(bench.scope(namespace))
        let log = try await bench.git("log -1 --stat -p")
        #expect(again.manifestChanges == "no change", "\(log)")
        try await cluster.kubectl("delete crd things.\(group)")
    }

    /// Volumes of a provisioner come anew, under other names; those that somebody made do not.
    @Test func provisionedVolumesAreNoDrift() async throws {
        func volume(_ name: String, _ annotation: String, _ claim: String) -> String {
            """
            {apiVersion: v1, kind: PersistentVolume, metadata: {name: \(name), annotations: {\(annotation)}},
             spec: {capacity: {storage: 1Mi}, accessModes: [ReadWriteOnce], storageClassName: "", hostPath: {path: /none},
             persistentVolumeReclaimPolicy: Retain, claimRef: {namespace: \(namespace), name: \(claim)}}}
            ---
            {apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: \(claim), namespace: \(namespace)},
             spec: {storageClassName: "", volumeName: \(name), accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}}

            """
        }
        let (made, fixed) = ("\(namespace)-made", "\(namespace)-fixed")
        try await cluster.kubectl(
            "apply -f -", volume(made, "pv.kubernetes.io/provisioned-by: x.example", "data") + "---\n" + volume(fixed, "", "disk"))
        try await eventually { try await get("pvc data disk", ".items[*].status.phase") == "Bound Bound" }
        #expect(try await bench.backup(bench.scope(namespace)).isComplete)
        try await cluster.kubectl("-n \(namespace) delete pvc data")
        try await cluster.kubectl("delete pv \(made)")
        try await cluster.kubectl("apply -f -", volume("\(made)-2", "pv.kubernetes.io/provisioned-by: x.example", "data"))
        let request = ManifestsRequest(.cluster(cluster.source(bench.scope(namespace))), secrets: .omit)
        func changes() async throws -> [String] {
            let view = try bench.bench.view()
            return try await offPool {
                try Drift(
                    view, against: request, identities: [], cache: CacheFolder(path: nil, vaultID: view.vault.header.id),
                    progress: VaultProgress(), cancellation: Cancellation()
                )
                .run().changes.map { "\($0.change) \($0.path)" }
            }
        }
        #expect(try await changes() == [])
        try await cluster.kubectl("-n \(namespace) delete pvc disk")
        try await cluster.kubectl("delete pv \(fixed)")
        #expect(
            try await changes() == [
                "removed _cluster/persistentvolume/\(fixed).yaml", "removed \(namespace)/persistentvolumeclaim/disk.yaml",
            ])
        try await cluster.kubectl("delete pv \(made)-2 --wait=false")
    }

    @Test func chosenPortsOfTheNodesComeBackWhereNobodyKeptRecord() async throws {
        try await cluster.kubectl(
            "create -f -",
            """
            {apiVersion: v1, kind: Service, metadata: {name: web, namespace: \(namespace)},
             spec: {type: NodePort, selector: {a: b}, ports: [{name: http, port: 80, protocol: TCP}]}}
            """)
        try await cluster.kubectl("-n \(namespace) patch service web --type=merge -p '{\"metadata\":{\"managedFields\":[{}]}}'")
        let port = try await get("service web", ".spec.ports[0].nodePort")
        try await backUpLoseAndRestore()
        #expect(try await get("service web", ".spec.ports[0].nodePort") == port)
    }

    /// In any other cluster its addresses and authorities are wrong.
    @Test func whatTheServerKeepsForItselfIsInNoSnapshot() async throws {
        var scope = CaptureScope()
        scope.kinds = ["endpointslices", "configmaps", "services", "endpoints"]
        scope.include = ["endpointslices", "configmaps"]
        scope.namespaces = ["default", "kube-system", namespace]
        try await cluster.kubectl("-n \(namespace) create configmap mine --from-literal=a=b")
        try await bench.backup(scope)
        let files = try bench.files()
        #expect(files.contains("\(namespace)/configmap/mine.yaml"))
        let ofServer = ["default/endpointslice.discovery.k8s.io/kubernetes", "extension-apiserver-authentication", "kube-root-ca.crt"]
        for word in ofServer { #expect(!files.contains { $0.contains(word) }, "\(word)") }
    }

    /// The owners of fields lie beside the manifests, where nobody meets them, and their times are nobody's business.
    @Test func ownersOfFieldsAreKeptBesideTheManifests() async throws {
        try await cluster.kubectl("apply -f -", manifest("a: b"))
        #expect(try await bench.backup(bench.scope(namespace)).isComplete)
        let owners = try bench.text("_owners/\(namespace)/configmap/c.owners")
        #expect(owners.contains("lastApplied:") && owners.contains("manager: kubectl") && !owners.contains("time:"))
        #expect(try !bench.text("\(namespace)/configmap/c.yaml").contains("last-applied"))
        // The same once more moves the times, and nothing else.
        try await Task.sleep(for: .seconds(1.1))
        try await cluster.kubectl("-n \(namespace) patch configmap c --field-manager=kubectl-patch -p '{\"data\":{\"a\":\"z\"}}'")
        try await cluster.kubectl("-n \(namespace) patch configmap c --field-manager=kubectl-patch -p '{\"data\":{\"a\":\"b\"}}'")
        let moved = try await bench.backup(bench.scope(namespace))
        #expect(moved.manifestChanges == "0 added, 0 changed, 0 removed; other owners of fields of 1")
        try await Task.sleep(for: .seconds(1.1))
        for value in ["z", "b"] {
            try await cluster.kubectl(
                "-n \(namespace) patch configmap c --field-manager=kubectl-patch -p '{\"data\":{\"a\":\"\(value)\"}}'")
        }
        #expect(try await bench.backup(bench.scope(namespace)).manifestChanges == "no change")
        #expect(try await bench.git("log -1 --format=%B").contains("Manifests: 0 added, 0 changed, 0 removed"))
        #expect(try await bench.git("log --format=%B").contains("_owners") == false)
    }
}
