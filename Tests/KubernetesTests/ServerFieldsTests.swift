import TestSupport
import Testing

@testable import Kubernetes

/// What a capture takes from an object and what it leaves: each rule by an example in the words of the API.
@Suite struct ServerFieldsTests {
    private func key(_ value: ManifestValue) -> ObjectKey {
        let version = value["apiVersion"]?.string ?? "v1"
        return ObjectKey(
            group: version.contains("/") ? String(version.prefix { $0 != "/" }) : "", kind: value["kind"]?.string ?? "",
            namespace: value["metadata"]?["namespace"]?.string, name: value["metadata"]?["name"]?.string ?? "")
    }

    private func cleaned(_ yaml: String) throws -> String {
        let value = try #require(try parse(yaml).first)
        let clean = ServerFields.removed(from: value, key(value)) { _, kind in kind == "RingBank" }
        return String(decoding: CanonicalYAML.encode(clean), as: UTF8.self)
    }

    static let noise = """
        uid: u
            resourceVersion: "7"
            generation: 3
            creationTimestamp: "2026-01-01T00:00:00Z"
            selfLink: /x
            managedFields: [{manager: m}]
        """

    static let pairs: [(String, String)] = [
        // Metadata of every kind; what means something stays, empty collections included.
        (
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata:
                name: web
                annotations: {deployment.kubernetes.io/revision: "4", kubectl.kubernetes.io/last-applied-configuration: "{}", mine: x}
                finalizers: [a/b]
                ownerReferences:
                - {apiVersion: photon.example/v1, kind: RingBank, name: r, uid: u, controller: true}
                - {apiVersion: v1, kind: Node, name: n, uid: u}
                \(noise)
            spec:
              template:
                metadata: {creationTimestamp: null, labels: {}}
                spec: {volumes: [{name: a, emptyDir: {}}], securityContext: {}}
            status: {replicas: 3}
            """,
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              annotations: {mine: x}
              finalizers: [a/b]
              name: web
              ownerReferences: [{apiVersion: photon.example/v1, controller: true, kind: RingBank, name: r}]
            spec:
              template:
                metadata: {labels: {}}
                spec: {securityContext: {}, volumes: [{emptyDir: {}, name: a}]}
            """
        ),
        // Annotations and references that only the cluster had made leave nothing behind; `podSelector: {}` selects all.
        (
            """
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata: {name: p, annotations: {kubectl.kubernetes.io/last-applied-configuration: x}, ownerReferences: [{kind: Pod, name: a}]}
            spec: {podSelector: {}, ingress: []}
            """,
            "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p}, spec: {podSelector: {}, ingress: []}}"
        ),
        // Allocated addresses and ports go.
        (
            """
            apiVersion: v1
            kind: Service
            metadata: {name: s, managedFields: [{fieldsV1: {"f:spec": {"f:ports": {'k:{"port":80,"protocol":"TCP"}': {"f:port": {}}}}}}]}
            spec: {clusterIP: 10.0.0.5, clusterIPs: [10.0.0.5], healthCheckNodePort: 3, ports: [{port: 80, protocol: TCP, nodePort: 30001}]}
            status: {loadBalancer: {}}
            """,
            "{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {ports: [{port: 80, protocol: TCP}]}}"
        ),
        // Those that somebody asked for stay: here by `kubectl apply`, there by any client.
        (
            """
            apiVersion: v1
            kind: Service
            metadata:
              name: s
              annotations: {kubectl.kubernetes.io/last-applied-configuration: '{"spec":{"clusterIP":"10.0.0.5","ports":[{"port":80,"nodePort":1}]}}'}
            spec: {clusterIP: 10.0.0.5, clusterIPs: [10.0.0.5], ports: [{port: 80, protocol: TCP, nodePort: 30001}, {port: 81, nodePort: 30002}]}
            """,
            """
            apiVersion: v1
            kind: Service
            metadata: {name: s}
            spec: {clusterIP: 10.0.0.5, clusterIPs: [10.0.0.5], ports: [{port: 80, protocol: TCP, nodePort: 30001}, {port: 81}]}
            """
        ),
        (
            """
            apiVersion: v1
            kind: Service
            metadata:
              name: s
              managedFields: [{fieldsV1: {"f:spec": {"f:clusterIP": {}, "f:ports": {'k:{"port":80,"protocol":"UDP"}': {"f:nodePort": {}}}}}}]
            spec: {clusterIP: 10.0.0.5, ports: [{port: 80, protocol: UDP, nodePort: 30001}, {port: 80, protocol: TCP, nodePort: 30002}]}
            """,
            """
            apiVersion: v1
            kind: Service
            metadata: {name: s}
            spec: {clusterIP: 10.0.0.5, ports: [{port: 80, protocol: UDP, nodePort: 30001}, {port: 80, protocol: TCP}]}
            """
        ),
        // Where nobody knows, ports stay, which any cluster may have, and addresses go, which are of this one.
        (
            """
            apiVersion: v1
            kind: Service
            metadata: {name: s}
            spec: {clusterIP: 10.0.0.5, ipFamilies: [IPv4], healthCheckNodePort: 30003, ports: [{port: 80, nodePort: 30001}, {port: 81}]}
            """,
            "{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {healthCheckNodePort: 30003, ports: [{port: 80, nodePort: 30001}, {port: 81}]}}"
        ),
        (
            """
            apiVersion: v1
            kind: Service
            metadata: {name: s, managedFields: [{manager: m, fieldsV1: {"f:spec": {"f:ipFamilyPolicy": {}}}}]}
            spec: {clusterIP: 10.0.0.1, clusterIPs: [10.0.0.1, "fd00::1"], ipFamilies: [IPv4, IPv6], ipFamilyPolicy: PreferDualStack, internalTrafficPolicy: Cluster}
            """,
            "{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {ipFamilyPolicy: PreferDualStack, internalTrafficPolicy: Cluster}}"
        ),
        (
            """
            apiVersion: autoscaling/v2
            kind: HorizontalPodAutoscaler
            metadata: {name: h}
            spec: {minReplicas: 2, maxReplicas: 5, metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}], behavior: {scaleDown: {stabilizationWindowSeconds: 300}}}
            status: {currentReplicas: 3, desiredReplicas: 3, currentMetrics: null, conditions: [{type: AbleToScale, status: "True"}]}
            """,
            "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: h}, spec: {minReplicas: 2, maxReplicas: 5, metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}], behavior: {scaleDown: {stabilizationWindowSeconds: 300}}}}"
        ),
        (
            "{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {clusterIP: None, clusterIPs: [None], selector: {a: b}}}",
            "{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {clusterIP: None, clusterIPs: [None], selector: {a: b}}}"
        ),
        (
            """
            apiVersion: v1
            kind: PersistentVolume
            metadata: {name: v, annotations: {pv.kubernetes.io/bound-by-controller: "yes"}}
            spec: {claimRef: {kind: PersistentVolumeClaim, namespace: a, name: b, uid: u, resourceVersion: "3"}}
            status: {phase: Bound}
            """,
            "{apiVersion: v1, kind: PersistentVolume, metadata: {name: v}, spec: {claimRef: {kind: PersistentVolumeClaim, namespace: a, name: b}}}"
        ),
        (
            """
            apiVersion: batch/v1
            kind: Job
            metadata: {name: j, labels: {controller-uid: u, job-name: j}}
            spec:
              selector: {matchLabels: {controller-uid: u}}
              template: {metadata: {creationTimestamp: null, labels: {controller-uid: u, job-name: j, app: x}}, spec: {}}
            """,
            "{apiVersion: batch/v1, kind: Job, metadata: {name: j}, spec: {template: {metadata: {labels: {app: x}}, spec: {}}}}"
        ),
        (
            """
            apiVersion: batch/v1
            kind: Job
            metadata: {name: j}
            spec: {manualSelector: true, selector: {matchLabels: {controller-uid: u}}, template: {metadata: {labels: {controller-uid: u}}}}
            """,
            """
            apiVersion: batch/v1
            kind: Job
            metadata: {name: j}
            spec: {manualSelector: true, selector: {matchLabels: {controller-uid: u}}, template: {metadata: {labels: {controller-uid: u}}}}
            """
        ),
        (
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: p}
            spec:
              nodeName: n
              priority: 0
              serviceAccountName: sa
              volumes: [{name: kube-api-access-bcdfg, projected: {}}, {name: sa-token-bcdfg, secret: {}}, {name: data, emptyDir: {}}]
              containers: [{name: c, volumeMounts: [{name: kube-api-access-bcdfg, mountPath: /x}]}, {name: d, volumeMounts: []}]
            """,
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: p}
            spec: {serviceAccountName: sa, volumes: [{name: data, emptyDir: {}}], containers: [{name: c}, {name: d, volumeMounts: []}]}
            """
        ),
        (
            "{apiVersion: v1, kind: ServiceAccount, metadata: {name: sa}, secrets: [{name: sa-token-bcdfg}, {name: mine}, {name: sa-dockercfg-bcdfg}]}",
            "{apiVersion: v1, kind: ServiceAccount, metadata: {name: sa}, secrets: [{name: mine}]}"
        ),
        (
            """
            apiVersion: v1
            kind: Secret
            metadata: {name: t, annotations: {kubernetes.io/service-account.name: sa, kubernetes.io/service-account.uid: u}}
            type: kubernetes.io/service-account-token
            data: {token: dA==, ca.crt: Yw==, namespace: bg==}
            """,
            """
            apiVersion: v1
            kind: Secret
            metadata: {name: t, annotations: {kubernetes.io/service-account.name: sa}}
            type: kubernetes.io/service-account-token
            """
        ),
        (
            "{apiVersion: v1, kind: Namespace, metadata: {name: n, labels: {kubernetes.io/metadata.name: n}}, spec: {finalizers: [kubernetes]}}",
            "{apiVersion: v1, kind: Namespace, metadata: {name: n}}"
        ),
        (
            """
            apiVersion: apps/v1
            kind: StatefulSet
            metadata: {name: s}
            spec:
              volumeClaimTemplates: [{metadata: {creationTimestamp: null, name: d}, spec: {}, status: {phase: Pending}}]
              template: {metadata: {creationTimestamp: null}, spec: {}}
            """,
            "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: s}, spec: {volumeClaimTemplates: [{metadata: {name: d}, spec: {}}], template: {spec: {}}}}"
        ),
        (
            """
            apiVersion: batch/v1
            kind: CronJob
            metadata: {name: c}
            spec: {jobTemplate: {metadata: {creationTimestamp: null}, spec: {template: {metadata: {creationTimestamp: null, labels: {a: b}}}}}}
            """,
            "{apiVersion: batch/v1, kind: CronJob, metadata: {name: c}, spec: {jobTemplate: {spec: {template: {metadata: {labels: {a: b}}}}}}}"
        ),
    ]

    @Test(arguments: pairs.indices) func whatTheClusterFilledInGoes(index: Int) throws {
        let (before, after) = Self.pairs[index]
        #expect(try cleaned(before) == canonical(after))
    }

    static let leftOut = [
        "{apiVersion: v1, kind: Pod, metadata: {name: p, ownerReferences: [{kind: ReplicaSet, controller: true}]}}",
        "{apiVersion: v1, kind: Pod, metadata: {name: p, annotations: {kubernetes.io/config.mirror: x}}}",
        "{apiVersion: v1, kind: Pod, metadata: {name: p}, status: {phase: Succeeded}}",
        "{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: p, ownerReferences: [{kind: Deployment, controller: true}]}}",
        "{apiVersion: apps/v1, kind: ControllerRevision, metadata: {name: p, ownerReferences: [{kind: StatefulSet, controller: true}]}}",
        "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: p, labels: {endpointslice.kubernetes.io/managed-by: endpointslice-controller.k8s.io}}}",
        "{apiVersion: batch/v1, kind: Job, metadata: {name: p, ownerReferences: [{kind: CronJob, controller: true}]}}",
        "{apiVersion: batch/v1, kind: Job, metadata: {name: p}, status: {conditions: [{type: Complete, status: 'True'}]}}",
        """
        {apiVersion: v1, kind: Secret, metadata: {name: sa-token-x7k2p, annotations: {kubernetes.io/service-account.name: sa}},
         type: kubernetes.io/service-account-token}
        """,
        "{apiVersion: v1, kind: Secret, metadata: {name: b}, type: bootstrap.kubernetes.io/token}",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: kube-root-ca.crt, namespace: a}}",
        "{apiVersion: v1, kind: Service, metadata: {name: kubernetes, namespace: default}}",
        "{apiVersion: v1, kind: Endpoints, metadata: {name: kubernetes, namespace: default}}",
        "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: kubernetes, namespace: default}}",
        "{apiVersion: networking.k8s.io/v1, kind: ServiceCIDR, metadata: {name: kubernetes}}",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: extension-apiserver-authentication, namespace: kube-system}}",
        "{apiVersion: v1, kind: ServiceAccount, metadata: {name: default, namespace: a}, secrets: [{name: default-token-bcdfg}]}",
        "{apiVersion: apiregistration.k8s.io/v1, kind: APIService, metadata: {name: v1.apps, labels: {kube-aggregator.kubernetes.io/automanaged: onstart}}}",
        "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: edit, labels: {kubernetes.io/bootstrapping: rbac-defaults}}}",
        "{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: system-node-critical}}",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: going, deletionTimestamp: '2026-01-01T00:00:00Z'}}",
    ]

    @Test(arguments: leftOut) func whatTheClusterMakesByItselfIsLeftOut(yaml: String) throws {
        let value = try #require(try parse(yaml).first)
        #expect(CaptureRules.isLeftOut(value, key(value)))
    }

    static let kept = [
        "{apiVersion: v1, kind: Pod, metadata: {name: p}, status: {phase: Running}}",
        "{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: p}}",
        "{apiVersion: v1, kind: Service, metadata: {name: kubernetes, namespace: other}}",
        "{apiVersion: networking.k8s.io/v1, kind: ServiceCIDR, metadata: {name: more}}",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: extension-apiserver-authentication, namespace: mine}}",
        "{apiVersion: batch/v1, kind: Job, metadata: {name: p}, status: {conditions: [{type: Complete, status: 'False'}]}}",
        "{apiVersion: v1, kind: ServiceAccount, metadata: {name: default, namespace: a}, imagePullSecrets: [{name: r}]}",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: c, ownerReferences: [{kind: RingBank, controller: true}]}}",
        """
        {apiVersion: v1, kind: Secret, metadata: {name: mine, annotations: {kubernetes.io/service-account.name: sa}},
         type: kubernetes.io/service-account-token}
        """,
    ]

    @Test(arguments: kept) func whatSomebodyMadeIsKept(yaml: String) throws {
        let value = try #require(try parse(yaml).first)
        #expect(!CaptureRules.isLeftOut(value, key(value)))
    }
}

@Suite struct CaptureGapTests {
    @Test func aGapCoversWhatItMayHaveHeld() {
        let deployments = APIResource(group: "apps", version: "v1", plural: "deployments", kind: "Deployment", isNamespaced: true)
        func covers(_ part: CaptureGap.Part, _ path: String) -> Bool { CaptureGap(part: part, reason: "", cause: .other).covers(path) }
        let path = "photon/deployment.apps/web.yaml"
        #expect(covers(.list(CaptureList(resource: deployments, namespace: nil)), path))
        #expect(covers(.list(CaptureList(resource: deployments, namespace: "photon")), path))
        #expect(!covers(.list(CaptureList(resource: deployments, namespace: "other")), path))
        #expect(!covers(.list(CaptureList(resource: deployments, namespace: nil)), "photon/statefulset.apps/web.yaml"))
        #expect(covers(.group("apps"), path) && !covers(.group("ps"), path) && !covers(.group(""), path))
        #expect(covers(.group(""), "photon/configmap/a.b.yaml") && covers(.group(""), "photon/secret/a.yaml.age"))
        #expect(covers(.namespace("photon"), path) && !covers(.namespace("phot"), path))
        #expect(covers(.clusterScoped, "_cluster/namespace/a.yaml") && !covers(.clusterScoped, path))
        #expect(!covers(.clusterScoped, "README"))
        let key = ObjectKey(group: "apps", kind: "Deployment", namespace: "photon", name: "web")
        #expect(
            covers(.object(key), path) && covers(.object(key), path + ".age") && !covers(.object(key), "photon/deployment.apps/we.yaml"))
    }
}
