import Age
import Core
import Foundation
import Kubernetes
import Manifests
import Operations
import TestSupport
import Testing
import Vault

/// Restores into a real API server. Namespaces are mapped to new ones, so that one server serves all tests.
@Suite struct ClusterRestoreTests {
    private let bench: ClusterBench
    private let namespace: String
    private let other: String
    private var cluster: TestCluster { bench.cluster }

    init() async throws {
        bench = try await ClusterBench()
        namespace = try await bench.cluster.namespace("restore")
        other = namespace + "-back"
    }

    private func apply(_ text: String) async throws { try await cluster.kubectl("apply -f -", text) }

    private func get(_ what: String, _ path: String, in namespace: String? = nil) async throws -> String {
        try await cluster.kubectl("-n \(namespace ?? other) get \(what) -o jsonpath='{\(path)}'")
    }

    private func backup() async throws {
        let report = try await bench.backup(bench.scope(namespace))
        #expect(report.isComplete, "\(report.problems)")
    }

    private func restore(kubeconfig: String? = nil, _ change: (inout ClusterRestoreRequest) -> Void = { _ in }) async throws
        -> ClusterRestoreReport
    {
        try await bench.restore(kubeconfig: kubeconfig) { request in
            request.mapping.namespaces = [namespace: other]
            change(&request)
        }
    }

    @Test func theExampleApplicationComesBackAsItWas() async throws {
        try await cluster.applyPhotonNeuro()
        try await eventually {
            try await bench.backup(bench.scope("photon-neuro"))
            return try bench.files().contains { $0.contains("data-spike-database-0") }
        }
        let other = "photon-\(namespace)"
        let report = try await bench.restore { $0.mapping.namespaces = ["photon-neuro": other] }
        #expect(report.isComplete && report.unreadable.isEmpty, "\(report.result.failures)")
        // What is outside of namespaces is there already.
        #expect(report.plan.count(.create) == 23 && report.plan.count(.unchanged) == 3)
        let before = try bench.files().filter { $0.hasPrefix("photon-neuro/") }
        let texts = try before.filter { $0.hasSuffix(".yaml") }.map { try bench.text($0) }
        #expect(try await bench.backup(bench.scope(other)).isComplete)
        let after = try bench.files().filter { $0.hasPrefix(other) }
        #expect(after.map { $0.replacing(other, with: "photon-neuro") } == before)
        for (text, file) in zip(texts, after.filter { $0.hasSuffix(".yaml") }) {
            #expect(try bench.text(file) == text.replacing("namespace: photon-neuro\n", with: "namespace: \(other)\n"), "\(file)")
        }
        #expect(try await get("secret spike-database", ".data.username", in: other) == "cGhvdG9u")
        let again = try await bench.restore { $0.mapping.namespaces = ["photon-neuro": other] }
        #expect(again.plan.items.isEmpty == false && again.isComplete)
    }

    @Test func whatIsThereIsLeftAloneUpdatedOrARefusal() async throws {
        try await cluster.kubectl("-n \(namespace) create configmap same --from-literal=a=b")
        try await cluster.kubectl("-n \(namespace) create configmap differs --from-literal=a=b")
        try await cluster.kubectl("-n \(namespace) create configmap missing --from-literal=a=b")
        try await backup()
        #expect(try await restore().isComplete)
        try await cluster.kubectl("-n \(other) patch configmap differs -p '{\"data\":{\"a\":\"changed\",\"more\":\"x\"}}'")
        try await cluster.kubectl("-n \(other) delete configmap missing")
        let refused = try await restore { $0.existing = .fail }
        #expect(!refused.isComplete && refused.plan.count(.conflict) == 1 && refused.result.created == 0)
        #expect(try await cluster.kubectl("-n \(other) get configmaps -o name").contains("missing") == false)
        let dry = try await restore { ($0.existing, $0.isDryRun) = (.update, true) }
        #expect(dry.isComplete && dry.result.created == 1 && dry.result.updated == 1)
        #expect(try await get("configmap differs", ".data.a") == "changed")
        let skipped = try await restore()
        #expect(skipped.isComplete && skipped.result.created == 1 && skipped.result.skipped == 1)
        #expect(skipped.plan.items.first { $0.action == .skip }?.reason == "it is there, and differs")
        #expect(try await get("configmap differs", ".data.a") == "changed")
        let updated = try await restore { $0.existing = .update }
        #expect(updated.isComplete && updated.result.updated == 1 && updated.result.created == 0)
        #expect(try await get("configmap differs", ".data.a") == "b")
        let last = try await restore { $0.existing = .update }
        #expect(last.plan.count(.unchanged) == last.plan.items.count, "what somebody had added is gone")
        #expect(try await get("configmap differs", ".data") == "{\"a\":\"b\"}")
    }

    @Test func classesThatTheClusterDoesNotHaveAreToldBeforeAnythingWaits() async throws {
        try await apply(
            """
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata: {name: data, namespace: \(namespace)}
            spec: {accessModes: [ReadWriteOnce], storageClassName: nowhere-\(namespace), resources: {requests: {storage: 1Mi}}}
            """)
        try await backup()
        func warnings(_ report: ClusterRestoreReport) -> [String] { report.plan.findings.notes.filter { $0.contains("nowhere-") } }
        let report = try await restore { ($0.isDryRun, $0.readyTimeout) = (true, nil) }
        #expect(warnings(report).count == 1 && warnings(report)[0].contains("--map-storage-class"), "\(report.plan.findings.notes)")
        try await apply(
            "{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: nowhere-\(namespace)}, provisioner: example.com/none}")
        #expect(try await warnings(restore { ($0.isDryRun, $0.readyTimeout) = (true, nil) }).isEmpty)
        try await cluster.kubectl("delete storageclass nowhere-\(namespace)")
    }

    @Test func onlyTheChosenKindsComeBack() async throws {
        try await cluster.kubectl("-n \(namespace) create configmap one --from-literal=a=b")
        try await cluster.kubectl("-n \(namespace) create secret generic hidden --from-literal=a=b")
        try await backup()
        #expect(try await restore { $0.kinds = ["configmaps"] }.isComplete)
        #expect(try await cluster.kubectl("-n \(other) get configmaps,secrets -o name").contains("secret/hidden") == false)
        #expect(try await get("configmap one", ".data.a") == "b")
        let error = await #expect(throws: Failure.self) { try await restore { $0.namespaces = ["elsewhere"] } }
        #expect(error?.code == .usage && error?.description.contains("nothing in the snapshot") == true)
        // One of several words is as wrong as all of them.
        let words = await #expect(throws: Failure.self) { try await restore { $0.kinds = ["configmaps", "secert"] } }
        #expect(words?.code == .usage && words?.description.contains("is of the kind secert") == true)
    }

    @Test func secretsNeedTheirKey() async throws {
        try await cluster.kubectl("-n \(namespace) create secret generic hidden --from-literal=a=b")
        try await backup()
        let error = await #expect(throws: Failure.self) { try await restore { $0.identities = [] } }
        #expect(error?.code == .usage && error?.description.contains("--identity") == true)
        let wrong = await #expect(throws: Failure.self) { try await restore { $0.identities = [.generate()] } }
        #expect(wrong?.code == .usage && wrong?.description.contains("do not open 1 of the encrypted secrets") == true)
        #expect(try await cluster.kubectl("get namespaces -o name").contains(other) == false)
        #expect(try await restore { ($0.identities, $0.isWithoutSecrets) = ([], true) }.isComplete)
        #expect(try await restore().isComplete)
        #expect(try await get("secret hidden", ".data.a") == "Yg==")
    }

    @Test func whatTheServerRefusesIsNamedInItsWords() async throws {
        try await apply(
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web, namespace: \(namespace)}
            spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}}
            """)
        try await cluster.kubectl("-n \(namespace) create configmap fine --from-literal=a=b")
        try await backup()
        try await cluster.kubectl("create namespace \(other)")
        try await apply(
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web, namespace: \(other)}
            spec: {selector: {matchLabels: {a: c}}, template: {metadata: {labels: {a: c}}, spec: {containers: [{name: c, image: i}]}}}
            """)
        let report = try await restore { $0.existing = .update }
        #expect(!report.isComplete)
        #expect(report.result.failures.map(\.object.name) == ["web"])
        #expect(report.result.failures.first?.reason.contains("field is immutable") == true)
        #expect(report.result.failures.first?.reason.contains("then restore again") == true)
        #expect(try await get("configmap fine", ".data.a") == "b")
    }

    @Test func aQuotaAndAnAccountThatMayNotAreNamed() async throws {
        for name in ["one", "two", "three"] { try await cluster.kubectl("-n \(namespace) create configmap \(name) --from-literal=a=b") }
        try await backup()
        try await cluster.kubectl("create namespace \(other)")
        // The cluster adds one of its own to each namespace.
        try await eventually { try await cluster.kubectl("-n \(other) get configmaps -o name").contains("kube-root-ca.crt") }
        try await cluster.kubectl("-n \(other) create quota few --hard=count/configmaps=2")
        try await eventually { try await get("quota few", ".status.used").contains("1") }
        let report = try await restore()
        #expect(!report.isComplete && report.result.failures.count == 2, "\(report.result.failures)")
        #expect(report.result.failures.allSatisfy { $0.reason.contains("exceeded quota: few") })
        let refused = await #expect(throws: Failure.self) { try await restore { $0.cluster.context = "nobody" } }
        #expect(refused?.message.contains("forbidden") == true)
    }

    @Test func ofAWholeClusterOnlyWhatANamespaceUsesComesWithIt() async throws {
        try await apply(
            """
            {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: "\(namespace):used"}, rules: []}
            ---
            {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: "\(namespace):unused"}, rules: []}
            ---
            {apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: b, namespace: \(namespace)},
             roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "\(namespace):used"}, subjects: []}
            """)
        var scope = CaptureScope()
        scope.kinds = ["namespaces", "rolebindings", "clusterroles"]
        #expect(try await bench.backup(scope).isComplete)
        func planned(_ kinds: [String]) async throws -> [String] {
            let report = try await restore { ($0.namespaces, $0.kinds, $0.isDryRun) = ([namespace], kinds, true) }
            return report.plan.items.map(\.object.key.name).filter { $0.hasPrefix(namespace + ":") }.sorted()
        }
        #expect(try await planned([]) == ["\(namespace):used"])
        #expect(try await planned(["clusterroles"]) == ["\(namespace):unused", "\(namespace):used"])
    }

    @Test func definitionsOwnersAndWebhooksComeInOrder() async throws {
        let group = "\(namespace).example"
        try await apply(
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
            """)
        try await eventually {
            (try? await apply("{apiVersion: \(group)/v1, kind: Thing, metadata: {name: owner, namespace: \(namespace)}}")) != nil
        }
        let uid = try await get("things.\(group) owner", ".metadata.uid", in: namespace)
        // A webhook that refuses every config map of the namespace until somebody answers at a service which is not there.
        try await apply(
            """
            apiVersion: v1
            kind: ConfigMap
            metadata:
              name: owned
              namespace: \(namespace)
              ownerReferences: [{apiVersion: \(group)/v1, kind: Thing, name: owner, uid: \(uid), controller: true, blockOwnerDeletion: true}]
            ---
            {apiVersion: v1, kind: ConfigMap, metadata: {name: free, namespace: \(namespace)}}
            ---
            apiVersion: admissionregistration.k8s.io/v1
            kind: ValidatingWebhookConfiguration
            metadata: {name: \(group)}
            webhooks:
            - name: v.\(group)
              admissionReviewVersions: [v1]
              sideEffects: None
              failurePolicy: Fail
              namespaceSelector: {matchLabels: {guarded: \(namespace)}}
              rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}]
              clientConfig: {service: {name: none, namespace: \(namespace)}}
            """)
        try await backup()
        #expect(try bench.files().contains("_cluster/customresourcedefinition.apiextensions.k8s.io/things.\(group).yaml"))
        try await cluster.kubectl("delete validatingwebhookconfiguration \(group)")
        try await cluster.kubectl("delete namespace \(namespace)")
        try await cluster.kubectl("delete crd things.\(group)")
        try await cluster.kubectl("create namespace \(other)")
        try await cluster.kubectl("label namespace \(other) guarded=\(namespace)")
        let report = try await restore()
        #expect(report.isComplete, "\(report.result.failures)")
        let owner = try await get("things.\(group) owner", ".metadata.uid")
        #expect(owner != uid && !owner.isEmpty)
        #expect(try await get("configmap owned", ".metadata.ownerReferences[0].uid") == owner)
        #expect(
            try await cluster.kubectl(
                "get validatingwebhookconfiguration \(group) -o jsonpath='{.webhooks[0].clientConfig.service.namespace}'") == other)
        try await cluster.kubectl("delete validatingwebhookconfiguration \(group)")
        // Without its owner, an object would be collected as garbage at once.
        try await cluster.kubectl("delete namespace \(other)")
        let orphan = try await restore { $0.kinds = ["configmaps"] }
        #expect(orphan.isComplete && orphan.result.findings.notes.contains { $0.contains("its owner Thing owner is not there") })
        #expect(try await get("configmap owned", ".metadata.ownerReferences") == "")
    }

    @Test func namesAreMappedWhereverTheSchemaKnowsThem() async throws {
        try await apply(
            """
            apiVersion: rbac.authorization.k8s.io/v1
            kind: RoleBinding
            metadata: {name: b, namespace: \(namespace)}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
            subjects: [{kind: ServiceAccount, name: a, namespace: \(namespace)}, {kind: ServiceAccount, name: a, namespace: default}]
            ---
            {apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: p, namespace: \(namespace)},
             spec: {accessModes: [ReadWriteOnce], storageClassName: old-class, resources: {requests: {storage: 1Gi}}}}
            ---
            apiVersion: batch/v1beta1
            kind: CronJob
            metadata: {name: c, namespace: \(namespace)}
            spec:
              schedule: "0 0 1 1 *"
              jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: old.example/team/app:1}, {name: d, image: oldish/app}]}}}}
            """)
        try await backup()
        let report = try await restore { request in
            request.mapping.storageClasses = ["old-class": "new-class"]
            request.mapping.registries = ["old.example": "new.example:5000/mirror", "old": "wrong"]
        }
        #expect(report.isComplete, "\(report.result.failures)")
        #expect(try await get("rolebinding b", ".subjects[*].namespace") == "\(other) default")
        #expect(try await get("pvc p", ".spec.storageClassName") == "new-class")
        #expect(
            try await get("cronjobs.batch c", ".spec.jobTemplate.spec.template.spec.containers[*].image")
                == "new.example:5000/mirror/team/app:1 oldish/app")
    }

    /// A restore beside the original takes nothing from it; in place of the original it does.
    @Test func whatServesTheOriginalFromOutsideIsNotMovedToItsCopy() async throws {
        try await apply(
            """
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRoleBinding
            metadata: {name: \(namespace)}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
            subjects: [{kind: ServiceAccount, name: default, namespace: \(namespace)}]
            """)
        try await backup()
        let served = "get clusterrolebinding \(namespace) -o jsonpath='{.subjects[*].namespace}'"
        let beside = try await restore { $0.existing = .update }
        // The accounts of the copy get a binding of their own.
        #expect(beside.isComplete && beside.plan.items.contains { $0.reason?.contains("for the copy's accounts") == true })
        #expect(try await cluster.kubectl(served) == namespace)
        try await cluster.kubectl("delete namespace \(namespace)")
        #expect(try await restore { $0.existing = .update }.isComplete)
        #expect(try await cluster.kubectl(served) == other)
        try await cluster.kubectl("delete clusterrolebinding \(namespace)")
    }

    @Test func heldWorkloadsStartWhenTheirDataIsBack() async throws {
        let (cluster, other) = (cluster, other)
        try await apply(
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web, namespace: \(namespace)}
            spec: {replicas: 3, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}}
            ---
            {apiVersion: autoscaling/v1, kind: HorizontalPodAutoscaler, metadata: {name: web, namespace: \(namespace)},
             spec: {maxReplicas: 5, minReplicas: 2, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}}
            ---
            {apiVersion: apps/v1, kind: DaemonSet, metadata: {name: agent, namespace: \(namespace)},
             spec: {selector: {matchLabels: {a: d}}, template: {metadata: {labels: {a: d}}, spec: {containers: [{name: c, image: i}]}}}}
            ---
            {apiVersion: v1, kind: ConfigMap, metadata: {name: settings, namespace: \(namespace)}}
            """)
        try await backup()
        let held = try await restore { $0.holds = true }
        #expect(held.isComplete && held.held == 3)
        #expect(try await get("deployment web", ".spec.replicas") == "0")
        #expect(try await get("daemonset agent", ".spec.template.spec.nodeSelector").contains("true"))
        #expect(try await cluster.kubectl("-n \(other) get hpa -o name") == "")
        #expect(try await get("configmap settings", ".metadata.name") == "settings")
        #expect(try await restore { $0.existing = .update }.isComplete)
        #expect(try await get("deployment web", ".spec.replicas") == "3")
        #expect(try await get("daemonset agent", ".spec.template.spec.nodeSelector") == "")
        #expect(try await get("hpa web", ".spec.maxReplicas") == "5")

        // A run that was stopped while it held goes on: what it finds held already is released too.
        try await cluster.kubectl("delete namespace \(other)")
        #expect(try await restore { $0.holds = true }.held == 3)
        let resumed = try await bench.restore { request in
            request.mapping.namespaces = [namespace: other]
            request.holds = true
        } whileHeld: { _ in
            true
        }
        #expect(resumed.isComplete && resumed.held == 0, "\(resumed.result.failures)")
        #expect(try await get("deployment web", ".spec.replicas") == "3")
        // What runs already is not restored under; its data might be in use.
        let refused = try await bench.restore { request in
            request.mapping.namespaces = [namespace: other]
            request.holds = true
        } whileHeld: { _ in
            Issue.record("the data was restored under running workloads")
            return true
        }
        #expect(!refused.isComplete && refused.plan.count(.conflict) == 2)

        // In one run: the data comes back while nothing runs.
        try await cluster.kubectl("delete namespace \(other)")
        let seen = Flag()
        let kubeconfig = cluster.kubeconfig
        let released = try await bench.restore { request in
            request.mapping.namespaces = [namespace: other]
            request.holds = true
        } whileHeld: { _ in
            let query = "-n \(other) get deployment web -o jsonpath={.spec.replicas}".split(separator: " ").map(String.init)
            if try ChildProcess.run(["kubectl", "--kubeconfig", kubeconfig] + query).text == "0" { seen.raise() }
            return true
        }
        #expect(released.isComplete && released.held == 0 && seen.isRaised)
        #expect(try await get("deployment web", ".spec.replicas") == "3")
        #expect(try await get("hpa web", ".spec.maxReplicas") == "5")
    }

    @Test func readinessIsWaitedForAndWhatIsNotReadyIsNamed() async throws {
        try await apply(
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web, namespace: \(namespace)}
            spec: {replicas: 2, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}}
            ---
            {apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: p, namespace: \(namespace)},
             spec: {accessModes: [ReadWriteOnce], storageClassName: none, resources: {requests: {storage: 1Gi}}}}
            """)
        try await backup()
        let waiting = try await restore { $0.readyTimeout = .seconds(2) }
        #expect(waiting.isComplete)
        #expect(
            waiting.waiting.map { "\($0.object.kind): \($0.reason)" }.sorted() == [
                "Deployment: 0 of 2 replicas ready", "PersistentVolumeClaim: Pending: there is no storage class none",
            ])
        let (cluster, other) = (cluster, other)
        let kubelet = Task { try await cluster.keepPodsReady(in: other) }
        try await apply(
            """
            apiVersion: v1
            kind: PersistentVolume
            metadata: {name: \(other)}
            spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], storageClassName: none, hostPath: {path: /tmp}, claimRef: {namespace: \(other), name: p}}
            """)
        let ready = try await restore { $0.readyTimeout = .seconds(120) }
        kubelet.cancel()
        #expect(ready.waiting.isEmpty, "\(ready.waiting)")
        try await cluster.kubectl("delete namespace \(other)")
        try await cluster.kubectl("delete pv \(other)")
    }

    @Test func namespacesThatWouldBecomeOneOrAreGoingAwayAreRefused() async throws {
        let second = try await cluster.namespace("restore")
        for place in [namespace, second] { try await cluster.kubectl("-n \(place) create configmap one --from-literal=a=\(place)") }
        let report = try await bench.backup(bench.scope(namespace, second))
        #expect(report.isComplete)
        let merged = await #expect(throws: Failure.self) {
            try await bench.restore { $0.mapping.namespaces = [namespace: other, second: other] }
        }
        #expect(merged?.code == .usage && merged?.description.contains("two objects of the snapshot would become this one") == true)
        #expect(try await restore { $0.namespaces = [namespace] }.isComplete)
        // A finalizer keeps the object on its way out.
        try await cluster.kubectl("-n \(other) patch configmap one -p '{\"metadata\":{\"finalizers\":[\"example.com/keep\"]}}'")
        try await cluster.kubectl("-n \(other) delete configmap one --wait=false")
        let going = try await restore { $0.namespaces = [namespace] }
        #expect(!going.isComplete && going.plan.items.contains { $0.reason?.contains("it is being deleted") == true })
        try await cluster.kubectl("-n \(other) patch configmap one -p '{\"metadata\":{\"finalizers\":null}}'")
    }

    /// Manifests of a directory leave out what a server fills in, which servers before 1.22 cannot apply.
    @Test func manifestsOfADirectoryGoIntoAClusterToo() async throws {
        let text = """
            {apiVersion: v1, kind: Service, metadata: {name: web, namespace: \(namespace)}, spec: {ports: [{port: 80}]}}
            ---
            {apiVersion: v1, kind: ConfigMap, metadata: {name: settings, namespace: \(namespace)}, data: {a: b}}
            """
        try text.write(toFile: bench.bench.source + "/all.yaml", atomically: true, encoding: .utf8)
        let source = ManifestsRequest(.directory(bench.bench.source))
        #expect(try await bench.bench.backup(bench.bench.request([.init(name: "manifests", source: .manifests(source))])).isComplete)
        let report = try await restore()
        #expect(report.isComplete && report.result.created == 3, "\(report.result.failures)")
        #expect(try await get("service web", ".spec.ports[0].protocol") == "TCP")
        let again = try await restore()
        #expect(again.plan.count(.unchanged) == 3, "a default that the manifest leaves out is no difference")
    }

    /// What was created without an answer is not taken for somebody else's.
    @Test(arguments: [
        "4 status:429:1 POST", "6 status:503 POST", "3 cut:0 POST", "4 status:429:1 PATCH", "6 status:503 PATCH", "3 cut:0 PATCH",
    ]) func stormsPass(rule: String) async throws {
        for index in 0..<5 { try await cluster.kubectl("-n \(namespace) create configmap m\(index) --from-literal=a=b") }
        try await backup()
        let report = try await restore(kubeconfig: try await cluster.spoiled(rule))
        #expect(report.isComplete, "\(report.result.failures)")
        #expect(try await cluster.kubectl("-n \(other) get configmaps -o name").components(separatedBy: "configmap/m").count == 6)
        let managers = try await cluster.kubectl("-n \(other) get configmaps -o jsonpath='{.items[*].metadata.managedFields[*].manager}'")
        #expect(!managers.contains("rekindle"))
    }
}
