import Core
import Foundation
import Testing

@testable import Kubernetes

/// What of an application comes into the namespaces of a drill, and what of it is left as it is.
@Suite struct DrillManifestTests {
    private func set(_ yaml: String) throws -> ManifestSet {
        var mapping = ManifestSet.Mapping()
        mapping.namespaces = ["app": "app-drill-1"]
        var set = ManifestSet(mapping: mapping)
        for document in yaml.split(separator: "\n---\n") {
            let text = Array(document.utf8)
            let object = try ManifestObject(try #require(try YAMLText.documents(text).flatMap { try YAMLReader.values($0) }.first))
            try set.add(text, path: object.path)
        }
        return set
    }

    private func drill(_ yaml: String) throws -> (text: String, notes: [String]) {
        let drill = try set(yaml).forDrill("1", in: ["app-drill-1"], expires: "2026-02-03T04:05:06.789Z")
        return (
            drill.objects.filter { !$0.isGuard }.map { String(decoding: $0.yaml, as: UTF8.self) }.joined(separator: "---\n"),
            drill.findings.notes
        )
    }

    static let leftOut = [
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: elsewhere}}",
        "{apiVersion: v1, kind: Namespace, metadata: {name: elsewhere}}",
        "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: c}, rules: []}",
        "{apiVersion: v1, kind: PersistentVolume, metadata: {name: c}}",
        "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: c, namespace: app}}",
        "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: c, namespace: app}}",
        "{apiVersion: photon.example/v1, kind: Mesh, metadata: {name: c, namespace: app}}",
        "{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: c, namespace: app}}",
        "{apiVersion: coordination.k8s.io/v1, kind: Lease, metadata: {name: c, namespace: app}}",
    ]

    @Test(arguments: leftOut) func whatReachesBeyondIsLeftOutAndTold(yaml: String) throws {
        let (text, notes) = try drill(yaml)
        #expect(text.isEmpty && notes.count == 1 && notes[0].hasPrefix("not part of a drill: 1 "), "\(text)\(notes)")
    }

    static let pods = [
        ("hostNetwork: true", "hostNetwork"), ("hostPID: true", "hostPID"), ("volumes: [{name: v, hostPath: {path: /}}]", "hostPath"),
        ("volumes: [{name: v, nfs: {server: s, path: /}}]", "nfs"), ("volumes: [{name: v, csi: {driver: d}}]", "csi"),
        ("containers: [{name: c, securityContext: {privileged: true}}]", "privileged"),
        ("initContainers: [{name: c, ports: [{containerPort: 1, hostPort: 1}]}]", "ports of their node"),
    ]

    @Test(arguments: pods) func podsThatTouchTheirNodeOrSharedStorageAreNotStarted(spec: String, reason: String) throws {
        for yaml in [
            "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d, namespace: app}, spec: {template: {spec: {\(spec)}}}}",
            "{apiVersion: batch/v1, kind: CronJob, metadata: {name: d, namespace: app}, spec: {jobTemplate: {spec: {template: {spec: {\(spec)}}}}}}",
            "{apiVersion: v1, kind: Pod, metadata: {name: d, namespace: app}, spec: {\(spec)}}",
        ] {
            let (text, notes) = try drill(yaml)
            #expect(text.isEmpty && notes.count == 1 && notes[0].hasPrefix("warning: ") && notes[0].contains(reason), "\(text)\(notes)")
        }
    }

    @Test func whatComesAlongMakesNobodyGiveWayAndTakesNothing() throws {
        let (text, notes) = try drill(
            """
            {apiVersion: v1, kind: Namespace, metadata: {name: app, labels: {a: b}, finalizers: [x], ownerReferences: [{kind: Tenant, name: t, controller: true}]}}
            ---
            {apiVersion: v1, kind: Service, metadata: {name: s, namespace: app, annotations: {external-dns: web.example}},
             spec: {type: LoadBalancer, clusterIP: 10.0.0.9, clusterIPs: [10.0.0.9], externalIPs: [1.2.3.4], loadBalancerIP: 1.2.3.4, externalTrafficPolicy: Local, ports: [{port: 80, nodePort: 30080}]}}
            ---
            {apiVersion: v1, kind: Service, metadata: {name: headless, namespace: app}, spec: {clusterIP: None, ports: [{port: 80}]}}
            ---
            {apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: p, namespace: app}, spec: {volumeName: v, storageClassName: "", selector: {matchLabels: {a: b}}, dataSource: {kind: VolumeSnapshot, name: x}}}
            ---
            {apiVersion: apps/v1, kind: StatefulSet, metadata: {name: d, namespace: app}, spec: {volumeClaimTemplates: [{spec: {volumeName: v, storageClassName: fast, selector: {}}}],
             template: {spec: {priorityClassName: high, priority: 5, preemptionPolicy: Always, volumes: [{name: e, ephemeral: {volumeClaimTemplate: {spec: {volumeName: v}}}}]}}}}
            ---
            {apiVersion: batch/v1, kind: CronJob, metadata: {name: c, namespace: app}, spec: {schedule: "* * * * *"}}
            ---
            {apiVersion: batch/v1, kind: Job, metadata: {name: j, namespace: app}, spec: {}}
            """)
        for word in [
            "finalizers", "ownerReferences", "external-dns", "LoadBalancer", "10.0.0.9", "1.2.3.4", "Local", "30080", "volumeName",
            "selector",
            "dataSource", "storageClassName: \"\"", "priority", "preemption",
        ] { #expect(!text.contains(word), "\(word)") }
        for word in [
            "rekindle/drill: \"1\"", "a: b", "clusterIP: None", "storageClassName: fast", "suspend: true", "parallelism: 0",
            "type: ClusterIP",
        ] {
            #expect(text.contains(word), "\(word): \(text)")
        }
        #expect(notes.isEmpty && !text.contains("namespace: app\n"))
    }

    @Test func aClassInAnAnnotationIsOneAll() throws {
        let beta = "annotations: {volume.beta.kubernetes.io/storage-class: slow}"
        let (text, _) = try drill(
            """
            {apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: p, namespace: app, \(beta)}, spec: {}}
            ---
            {apiVersion: apps/v1, kind: StatefulSet, metadata: {name: d, namespace: app}, spec: {volumeClaimTemplates: [{metadata: {\(beta)}, spec: {}}],
             template: {spec: {volumes: [{name: e, ephemeral: {volumeClaimTemplate: {metadata: {\(beta)}, spec: {}}}}]}}}}
            """)
        #expect(text.components(separatedBy: "storageClassName: slow").count == 4 && !text.contains("storage-class"), "\(text)")
    }

    /// Whoever knows the application by a label or an annotation takes the copy for none of his.
    @Test func otherProgramsDoNotTakeTheCopyForTheirs() throws {
        let metadata = """
            namespace: app, labels: {app.kubernetes.io/instance: prod, app: web, argocd.argoproj.io/instance: prod},
            annotations: {argocd.argoproj.io/tracking-id: "x", replicator.example/push: all, kubernetes.io/description: kept}
            """
        let (text, _) = try drill(
            """
            {apiVersion: apps/v1, kind: Deployment, metadata: {name: d, \(metadata)},
             spec: {selector: {matchLabels: {app.kubernetes.io/instance: prod}}, template: {metadata: {labels: {app.kubernetes.io/instance: prod}}, spec: {}}}}
            ---
            {apiVersion: v1, kind: Pod, metadata: {name: p, \(metadata)}, spec: {}}
            """)
        // In the selector, in the template, and on the pod, which services choose by it.
        #expect(text.components(separatedBy: "app.kubernetes.io/instance: prod").count == 4, "\(text)")
        #expect(!text.contains("tracking-id") && !text.contains("replicator"))
        #expect(text.components(separatedBy: "kubernetes.io/description: kept").count == 3)
    }

    private func value(_ yaml: String) throws -> ManifestValue {
        try #require(try YAMLText.documents(Array(yaml.utf8)).flatMap { try YAMLReader.values($0) }.first).value
    }

    /// A claim of a drill gets a new volume, or is refused with the reason.
    @Test func aClaimNeverTakesAVolumeThatIsThere() throws {
        let classes = try [
            "{metadata: {name: fast}, provisioner: example.com/csi}", "{metadata: {name: spare}, provisioner: example.com/csi}",
            "{metadata: {name: local}, provisioner: kubernetes.io/no-provisioner}",
        ].map(value)
        let volumes = try [
            "{metadata: {name: pv-1}, spec: {storageClassName: spare}}",
            "{metadata: {name: pv-2}, spec: {storageClassName: fast, claimRef: {name: taken}}}",
        ].map(value)
        let storage = DrillStorage(classes: classes, volumes: volumes)
        #expect(storage.refusal(of: "fast") == nil)
        #expect(storage.refusal(of: "spare")?.hasPrefix("the volume pv-1 of the class spare is free") == true)
        #expect(storage.refusal(of: "local")?.hasPrefix("the class local makes no volumes") == true)
        #expect(storage.refusal(of: "manual")?.hasPrefix("there is no class manual") == true)
        #expect(storage.refusal(of: nil)?.contains("the cluster has no default one") == true)
        #expect(DrillStorage(classes: classes, volumes: nil).refusal(of: "fast")?.hasPrefix("volumes cannot be listed") == true)
        func withDefault(_ provisioner: String, _ key: String = "storageclass.kubernetes.io/is-default-class") throws -> DrillStorage {
            let text = "{metadata: {name: usual, annotations: {\(key): 'true'}}, provisioner: \(provisioner)}"
            return DrillStorage(classes: classes + [try value(text)], volumes: volumes)
        }
        #expect(try withDefault("example.com/csi").refusal(of: nil) == nil)
        #expect(try withDefault("example.com/csi", "storageclass.beta.kubernetes.io/is-default-class").refusal(of: nil) == nil)
        #expect(try withDefault("kubernetes.io/no-provisioner").refusal(of: nil)?.hasPrefix("the class usual makes no volumes") == true)
    }

    @Test func thePlanOfADrillTouchesNothingButNewObjectsInItsNamespaces() throws {
        var plan = ApplyPlan()
        func item(_ yaml: String, _ action: ApplyAction) throws -> ApplyPlan.Item {
            ApplyPlan.Item(object: try #require(try set(yaml).objects.first), action: action, reason: nil)
        }
        let own = "{apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: app}}"
        func claim(_ storage: String) -> String {
            "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: p, namespace: app}, spec: {\(storage)}}"
        }
        plan.items = [
            try item(own, .create), try item(own, .update), try item(own, .unchanged), try item(own, .skip),
            try item("{apiVersion: v1, kind: Namespace, metadata: {name: app}}", .create),
            try item("{apiVersion: v1, kind: Namespace, metadata: {name: elsewhere}}", .create),
            try item("{apiVersion: photon.example/v1, kind: Policy, metadata: {name: c}}", .create),
            try item(claim("storageClassName: local"), .create), try item(claim("storageClassName: fast"), .create),
            try item(claim("a: b"), .create), try item(claim("storageClassName: \"\""), .create),
        ]
        let storage = DrillStorage(classes: [try value("{metadata: {name: fast}, provisioner: example.com/csi}")], volumes: [])
        let confined = plan.confined(to: ["app-drill-1"], storage: storage)
        let expected: [ApplyAction] = [
            .create, .conflict, .conflict, .conflict, .create, .conflict, .conflict, .conflict, .create, .conflict, .conflict,
        ]
        #expect(confined.items.map(\.action) == expected)
        #expect(confined.items.allSatisfy { ($0.action == .conflict) == ($0.reason != nil) })
    }
}
