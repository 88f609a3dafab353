import Foundation
import Kubernetes
import Operations
import TestSupport
import Testing
import Vault

/// Captures of a real API server.
@Suite struct ClusterCaptureTests {
    @Test func theExampleApplicationIsCapturedWithWhatItUses() async throws {
        let bench = try await ClusterBench()
        try await bench.cluster.applyPhotonNeuro()
        let report = try await bench.backup(bench.scope("photon-neuro"))
        #expect(report.isComplete, "\(report.problems)")
        let expected = """
            _cluster/customresourcedefinition.apiextensions.k8s.io/ringbanks.photon-neuro.example.yaml
            _cluster/namespace/photon-neuro.yaml
            _cluster/priorityclass.scheduling.k8s.io/photon-inference.yaml
            _cluster/storageclass.storage.k8s.io/shared-ssd.yaml
            photon-neuro/configmap/calibration-schedule.yaml
            photon-neuro/configmap/photon-sdk.yaml
            photon-neuro/cronjob.batch/calibration.yaml
            photon-neuro/deployment.apps/photon-sdk.yaml
            photon-neuro/horizontalpodautoscaler.autoscaling/photon-sdk.yaml
            photon-neuro/limitrange/defaults.yaml
            photon-neuro/networkpolicy.networking.k8s.io/default-deny.yaml
            photon-neuro/networkpolicy.networking.k8s.io/photon-sdk.yaml
            photon-neuro/persistentvolumeclaim/app-data.yaml
            photon-neuro/persistentvolumeclaim/data-spike-database-0.yaml
            photon-neuro/poddisruptionbudget.policy/photon-sdk.yaml
            photon-neuro/resourcequota/compute.yaml
            photon-neuro/ringbank.photon-neuro.example/notch.yaml
            photon-neuro/ringbank.photon-neuro.example/weight-bank.yaml
            photon-neuro/role.rbac.authorization.k8s.io/configuration-reader.yaml
            photon-neuro/rolebinding.rbac.authorization.k8s.io/photon-sdk-configuration.yaml
            photon-neuro/secret/registry-login.yaml.age
            photon-neuro/secret/spike-database.yaml.age
            photon-neuro/service/photon-sdk.yaml
            photon-neuro/service/spike-database.yaml
            photon-neuro/serviceaccount/photon-sdk.yaml
            photon-neuro/statefulset.apps/spike-database.yaml
            """
        // The claim of the stateful set comes when its controller gets to it.
        try await eventually {
            try await bench.backup(bench.scope("photon-neuro"))
            return try bench.files().contains { $0.contains("data-spike-database-0") }
        }
        #expect(try bench.files().joined(separator: "\n") == expected)
        #expect(try bench.text("photon-neuro/statefulset.apps/spike-database.yaml").contains("emptyDir: {}"))
        #expect(try bench.text("photon-neuro/networkpolicy.networking.k8s.io/default-deny.yaml").contains("podSelector: {}"))
        #expect(try bench.text("photon-neuro/service/spike-database.yaml").contains("clusterIP: None"))
        #expect(try !bench.text("photon-neuro/service/photon-sdk.yaml").contains("clusterIP"))
        #expect(try bench.text("photon-neuro/ringbank.photon-neuro.example/notch.yaml").contains("radiusMicrometers: 7.5"))
        for field in ["uid:", "resourceVersion:", "managedFields:", "creationTimestamp:", "last-applied", "status:"] {
            for file in try bench.files() where file.hasSuffix(".yaml") && !file.contains("customresource") {
                #expect(try !bench.text(file).contains(field), "\(field) in \(file)")
            }
        }
        #expect(try await bench.git("fsck --strict --full") == "")
        let commit = try await bench.git("rev-parse HEAD")
        let again = try await bench.backup(bench.scope("photon-neuro"))
        #expect(again.manifestChanges == "no change")
        #expect(try await bench.git("rev-parse HEAD") == commit)
        // Every file is a manifest that the server takes back.
        try await bash(
            """
            for file in $(find back/manifests -name '*.yaml'); do kubectl --kubeconfig \(bench.cluster.kubeconfig) apply --dry-run=server -f $file; done
            for file in $(find back/manifests -name '*.age'); do
                age -d -i key $file | kubectl --kubeconfig \(bench.cluster.kubeconfig) apply --dry-run=server -f -
            done
            """, in: bench.bench.scratch.path)
    }

    @Test func aWholeClusterIsCapturedWithoutWhatItMakesItself() async throws {
        let bench = try await ClusterBench()
        let namespace = try await bench.cluster.namespace("whole")
        try await bench.cluster.kubectl("-n \(namespace) create configmap mine --from-literal=a=b")
        let report = try await bench.backup(CaptureScope())
        #expect(report.isComplete, "\(report.problems)")
        let files = try bench.files()
        #expect(files.contains("\(namespace)/configmap/mine.yaml"))
        #expect(files.contains("_cluster/namespace/\(namespace).yaml"))
        #expect(files.contains("_cluster/namespace/kube-system.yaml"))
        let foreign = [
            "clusterrole.rbac.authorization.k8s.io/cluster-admin", "kube-root-ca.crt", "default-token-", "/event", "/lease", "/node/",
            "apiservice",
            "priorityclass.scheduling.k8s.io/system-", "default/service/kubernetes.yaml", "/serviceaccount/default.yaml", "/pod/",
            "replicaset",
            "controllerrevision",
        ]
        // Of the other tests' namespaces nobody knows what is in them.
        let own = files.filter { file in ["_cluster/", "kube-", "default/", "\(namespace)/"].contains { file.hasPrefix($0) } }
        for word in foreign { #expect(!own.contains { $0.contains(word) }, "\(word)") }
    }

    @Test func theScopeChoosesKindsLabelsAndWhatComesAlong() async throws {
        let bench = try await ClusterBench()
        let cluster = bench.cluster
        let namespace = try await cluster.namespace("scope")
        try await cluster.kubectl(
            "apply -f -",
            """
            {apiVersion: v1, kind: ConfigMap, metadata: {name: one, namespace: \(namespace), labels: {tier: web}}}
            ---
            {apiVersion: v1, kind: ConfigMap, metadata: {name: two, namespace: \(namespace)}}
            ---
            {apiVersion: v1, kind: Service, metadata: {name: one, namespace: \(namespace), labels: {tier: web}}, spec: {ports: [{port: 1}]}}
            ---
            {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: "\(namespace):reads"}, rules: []}
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRoleBinding
            metadata: {name: "\(namespace):reads"}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "\(namespace):reads"}
            subjects: [{kind: ServiceAccount, name: default, namespace: \(namespace)}]
            """)
        func files(_ change: (inout CaptureScope) -> Void) async throws -> [String] {
            var scope = bench.scope(namespace)
            change(&scope)
            #expect(try await bench.backup(scope).isComplete)
            return try bench.files()
        }
        let space = "_cluster/namespace/\(namespace).yaml"
        let role = "_cluster/clusterrole.rbac.authorization.k8s.io/\(namespace)%3Areads.yaml"
        let binding = "_cluster/clusterrolebinding.rbac.authorization.k8s.io/\(namespace)%3Areads.yaml"
        let maps = ["\(namespace)/configmap/one.yaml", "\(namespace)/configmap/two.yaml"]
        #expect(try await files { _ in } == [role, binding, space] + maps + ["\(namespace)/service/one.yaml"])
        #expect(try await files { $0.includesRelated = false } == [space] + maps + ["\(namespace)/service/one.yaml"])
        #expect(try await files { $0.kinds = ["configmaps"] } == maps)
        // A kind outside of namespaces that was asked for by name is read, whoever uses it.
        try await cluster.kubectl("create priorityclass \(namespace) --value=1")
        let priority = "_cluster/priorityclass.scheduling.k8s.io/\(namespace).yaml"
        #expect(try await files { $0.kinds = ["configmaps", "priorityclasses"] }.filter { $0.contains(namespace) } == [priority] + maps)
        #expect(try await files { ($0.kinds, $0.includesRelated) = (["priorityclasses"], false) }.contains(priority))
        #expect(try await files { $0.kinds = ["*"] }.contains(priority) == false)
        try await cluster.kubectl("delete priorityclass \(namespace)")
        // And what a controller makes, where it was asked for.
        try await cluster.kubectl("-n \(namespace) create deployment web --image=i")
        try await eventually { try await !cluster.kubectl("-n \(namespace) get pods -o name").isEmpty }
        #expect(
            try await files { $0.include = ["pods", "replicasets"] }.count {
                $0.contains("/pod/web-") || $0.contains("/replicaset.apps/web-")
            } == 2)
        #expect(try await files { _ in }.allSatisfy { !$0.contains("/pod/") && !$0.contains("replicaset") })
        try await cluster.kubectl("-n \(namespace) delete deployment web --wait=true")
        #expect(try await files { $0.exclude = ["Service", "clusterroles.rbac.authorization.k8s.io"] } == [binding, space] + maps)
        #expect(try await files { $0.selector = "tier in (web),!old" } == [role, binding, space, maps[0], "\(namespace)/service/one.yaml"])
        try await cluster.kubectl(
            "create -f -",
            """
            {apiVersion: coordination.k8s.io/v1, kind: Lease, metadata: {name: l, namespace: \(namespace)}}
            """)
        #expect(try await files { $0.include = ["leases"] }.contains("\(namespace)/lease.coordination.k8s.io/l.yaml"))
        var wrong = bench.scope(namespace)
        wrong.kinds = ["configmps"]
        let problems = try await bench.backup(wrong).problems
        #expect(problems.count == 1 && problems[0].reason.contains("the cluster has no kind \"configmps\""))
    }

    @Test func choicesStayAndAllocationsGo() async throws {
        let bench = try await ClusterBench()
        let cluster = bench.cluster
        let namespace = try await cluster.namespace("choices")
        let port = 30000 + Int.random(in: 0..<1000)
        try await cluster.kubectl(
            "apply -f -",
            """
            {apiVersion: v1, kind: Service, metadata: {name: free, namespace: \(namespace)}, spec: {type: NodePort, ports: [{port: 80}], selector: {a: b}}}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: pinned, namespace: \(namespace)}
            spec: {type: NodePort, ports: [{name: a, port: 80, nodePort: \(port)}, {name: b, port: 81}]}
            ---
            {apiVersion: v1, kind: Endpoints, metadata: {name: pinned, namespace: \(namespace)}, subsets: [{addresses: [{ip: 192.0.2.1}], ports: [{port: 80}]}]}
            ---
            {apiVersion: v1, kind: Endpoints, metadata: {name: free, namespace: \(namespace)}, subsets: []}
            """)
        // Created without the annotation of `kubectl apply`: only the managed fields tell.
        try await cluster.kubectl(
            "create -f -",
            """
            apiVersion: v1
            kind: Service
            metadata: {name: created, namespace: \(namespace)}
            spec: {clusterIP: 10.0.\(Int.random(in: 100...250)).\(Int.random(in: 2...250)), ports: [{port: 80}]}
            """)
        try await bench.backup(bench.scope(namespace))
        let free = try bench.text("\(namespace)/service/free.yaml")
        #expect(!free.contains("clusterIP") && !free.contains("nodePort"))
        let pinned = try bench.text("\(namespace)/service/pinned.yaml")
        #expect(!pinned.contains("clusterIP") && pinned.contains("nodePort: \(port)"))
        #expect(pinned.components(separatedBy: "nodePort").count == 2)
        #expect(try bench.text("\(namespace)/service/created.yaml").contains("clusterIP: \"10.0."))
        #expect(try bench.files().filter { $0.contains("/endpoints/") } == ["\(namespace)/endpoints/pinned.yaml"])
    }

    @Test func longListsAndLargeObjectsAreReadWhole() async throws {
        let bench = try await ClusterBench()
        let cluster = bench.cluster
        let namespace = try await cluster.namespace("many")
        let maps = (0..<1234).map {
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: m\($0), namespace: \(namespace)}, data: {n: '\($0)'}}"
        }
        for start in stride(from: 0, to: maps.count, by: 300) {
            try await cluster.kubectl("create -f - -o name", maps[start..<min(start + 300, maps.count)].joined(separator: "\n---\n"))
        }
        // No more fits into etcd; a config map may hold even less.
        try await cluster.kubectl(
            "apply -f -",
            """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: blobs.large.example}
            spec:
              group: large.example
              scope: Namespaced
              names: {kind: Blob, plural: blobs}
              versions:
              - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
            """)
        let large = String(repeating: "1400000 bytes of", count: 1_400_000 / 16)
        try await eventually {
            (try? await cluster.kubectl(
                "create -f -",
                "{apiVersion: large.example/v1, kind: Blob, metadata: {name: large, namespace: \(namespace)}, data: '\(large)'}")) != nil
        }
        let report = try await bench.backup(bench.scope(namespace))
        #expect(report.isComplete)
        #expect(try bench.files().count == 1234 + 3)
        #expect(try bench.text("\(namespace)/blob.large.example/large.yaml").utf8.count >= 1_400_000)
    }
}
