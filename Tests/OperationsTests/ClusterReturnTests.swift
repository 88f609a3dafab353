import Core
import Foundation
import Kubernetes
import Operations
import TestSupport
import Testing
import Vault

/// What a backup saves comes back after the namespace was lost, or is named when it is saved.
@Suite struct ClusterReturnTests {
    private let bench: ClusterBench
    private let namespace: String
    private var cluster: TestCluster { bench.cluster }
    private var group: String { "\(namespace).example" }

    init() async throws {
        bench = try await ClusterBench()
        namespace = try await bench.cluster.namespace("return")
    }

    private func apply(_ text: String) async throws { try await cluster.kubectl("apply -f -", text) }

    private func get(_ what: String, _ path: String) async throws -> String {
        try await cluster.kubectl("-n \(namespace) get \(what) -o jsonpath='{\(path)}'")
    }

    @discardableResult
    private func backup() async throws -> BackupReport {
        let report = try await bench.backup(bench.scope(namespace))
        #expect(report.isComplete, "\(report.problems)")
        return report
    }

    /// A definition of things, with a schema that takes everything; there when it is served.
    private func defineThings() async throws {
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
        try await eventually { (try? await cluster.kubectl("-n \(namespace) get things.\(group)")) != nil }
    }

    private static let doubled = [
        "containers: [{name: c, image: i, env: [{name: A, value: '1'}, {name: A, value: '2'}]}]",
        "containers: [{name: c, image: i, ports: [{name: one, containerPort: 80}, {name: two, containerPort: 80}]}]",
        "imagePullSecrets: [{name: s}, {name: s}], containers: [{name: c, image: i}]",
        "hostAliases: [{ip: 127.0.0.1, hostnames: [a]}, {ip: 127.0.0.1, hostnames: [b]}], containers: [{name: c, image: i}]",
    ]

    /// A server takes them from who creates or updates, and goes on with them for years; server-side apply refuses them.
    @Test(arguments: doubled) func whatNamesOneThingTwiceComesBack(spec: String) async throws {
        try await cluster.kubectl(
            "create -f -",
            """
            {apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: \(namespace)},
             spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {\(spec)}}}}
            """)
        try await backup()
        let before = try await get("deployment web", ".spec.template.spec")
        try await cluster.kubectl("delete namespace \(namespace)")
        let report = try await bench.restore()
        #expect(report.isComplete, "\(report.result.failures)")
        #expect(try await get("deployment web", ".spec.template.spec") == before)
        // There again, it can be made what it was as well.
        try await cluster.kubectl("-n \(namespace) scale deployment web --replicas=4")
        let updated = try await bench.restore { $0.existing = .update }
        #expect(updated.isComplete && updated.result.updated == 1, "\(updated.result.failures)")
        #expect(try await get("deployment web", ".spec.replicas") == "1")
        #expect(try await get("deployment web", ".spec.template.spec") == before)
    }

    /// The guard against strangers' YAML counts what looks like anchors and aliases; our own text has none.
    @Test func textThatLooksLikeAnchorsComesBackAndStopsNothing() async throws {
        let jobs = (0..<130).map { "job\($0): &job\($0) {image: a, script: [x]}\n" }.joined()
        let runs = (0..<130).map { "\(String(repeating: " ", count: 40))run\($0): {<<: *job\($0)}\n" }.joined()
        try (jobs + runs).write(toFile: bench.bench.scratch("pipeline.yml"), atomically: true, encoding: .utf8)
        try await cluster.kubectl("-n \(namespace) create configmap pipeline --from-file=\(bench.bench.scratch("pipeline.yml"))")
        try await backup()
        try await cluster.kubectl("delete namespace \(namespace)")
        let report = try await bench.restore()
        #expect(report.isComplete && report.unreadable.isEmpty, "\(report.unreadable)")
        #expect(try await get("configmap pipeline", ".data.pipeline\\.yml") == jobs + runs)
    }

    @Test func aKeyOfAnyLengthComesBackAndWhatIsTooDeepCostsOnlyItself() async throws {
        try await defineThings()
        let key = String(repeating: "long", count: 500)
        try await cluster.kubectl(
            "create -f -",
            """
            {apiVersion: \(group)/v1, kind: Thing, metadata: {name: long, namespace: \(namespace)}, spec: {? \(key) : [{a: b}], short: 1}}
            ---
            {apiVersion: \(group)/v1, kind: Thing, metadata: {name: plain, namespace: \(namespace)}, spec: {a: 1}}
            """)
        try await backup()
        #expect(try bench.text("\(namespace)/thing.\(group)/long.yaml").contains("  ? \(key)\n  :\n  - a: b\n"))
        // Beyond what is read here, and well within what the server takes.
        let deep = String(repeating: "[", count: 150) + "1" + String(repeating: "]", count: 150)
        try "{\"spec\":{\"deep\":\(deep)}}".write(toFile: bench.bench.scratch("deep.json"), atomically: true, encoding: .utf8)
        try await cluster.kubectl(
            "-n \(namespace) patch things.\(group) plain --type=merge -p \"$(cat \(bench.bench.scratch("deep.json")))\"")
        try await cluster.kubectl("-n \(namespace) patch things.\(group) long --type=merge -p '{\"spec\":{\"short\":2}}'")
        let report = try await bench.backup(bench.scope(namespace))
        #expect(report.problems.contains { "\($0)".contains("\(namespace)/plain") }, "\(report.problems)")
        #expect(try bench.text("\(namespace)/thing.\(group)/plain.yaml").contains("a: 1"), "what the last snapshot has of it stays")
        #expect(try bench.text("\(namespace)/thing.\(group)/long.yaml").contains("short: 2"), "the others are as they are now")
        try await cluster.kubectl("delete namespace \(namespace)")
        try await cluster.kubectl("delete crd things.\(group)")
        let back = try await bench.restore()
        #expect(back.isComplete && back.unreadable.isEmpty, "\(back.result.failures) \(back.unreadable)")
        #expect(try await get("things.\(group) long", ".spec.\(key)[0].a") == "b")
        try await cluster.kubectl("delete crd things.\(group)")
    }

    @Test func aDefinitionOfOldComesBackWithItsObjectsAndIsNamedWhenItIsSaved() async throws {
        guard (try? await cluster.kubectl("get --raw /apis/apiextensions.k8s.io/v1beta1")) != nil else {
            return print("not tried: this server has no apiextensions v1beta1, with which such a definition is made")
        }
        try await cluster.kubectl(
            "create -f -",
            """
            apiVersion: apiextensions.k8s.io/v1beta1
            kind: CustomResourceDefinition
            metadata: {name: olds.\(group)}
            spec:
              {group: \(group), version: v1, scope: Namespaced, names: {plural: olds, singular: old, kind: Old},
               validation: {openAPIV3Schema: {properties: {spec: {properties: {a: {description: any}}}}}}}
            """)
        try await eventually {
            (try? await apply("{apiVersion: \(group)/v1, kind: Old, metadata: {name: o, namespace: \(namespace)}, spec: {a: {b: 1}, c: 2}}"))
                != nil
        }
        let report = try await backup()
        #expect(report.notes.contains { $0.contains("olds.\(group)") && $0.contains("v1beta1") }, "\(report.notes)")
        try await cluster.kubectl("delete namespace \(namespace)")
        try await cluster.kubectl("delete crd olds.\(group)")
        let back = try await bench.restore()
        #expect(back.isComplete, "\(back.result.failures)")
        #expect(try await get("olds.\(group) o", ".spec") == "{\"a\":{\"b\":1},\"c\":2}")
        try await cluster.kubectl("delete crd olds.\(group)")
    }

    /// Servers up to 1.20 break the connection on a server-side apply of one. On a server of its own, since a group that does not answer is a gap
    /// in everybody's backup.
    @Test func anAPIServiceComesBackAndIsUpdated() async throws {
        let cluster = try await TestCluster()
        let bench = try await ClusterBench(cluster)
        let namespace = try await cluster.namespace("agg")
        try await cluster.kubectl(
            "apply -f -",
            """
            {apiVersion: apiregistration.k8s.io/v1, kind: APIService, metadata: {name: v1.agg.example},
             spec: {group: agg.example, version: v1, groupPriorityMinimum: 100, versionPriority: 100, insecureSkipTLSVerify: true,
             service: {name: none, namespace: \(namespace)}}}
            """)
        try await cluster.kubectl("-n \(namespace) create configmap c --from-literal=a=b")
        try await bench.backup(bench.scope(namespace))
        let priority = "get apiservice v1.agg.example -o jsonpath='{.spec.versionPriority}'"
        try await cluster.kubectl("delete apiservice v1.agg.example")
        try await cluster.kubectl("delete namespace \(namespace)")
        let report = try await bench.restore()
        #expect(report.isComplete, "\(report.result.failures)")
        #expect(try await cluster.kubectl(priority) == "100")
        try await cluster.kubectl("patch apiservice v1.agg.example --type=merge -p '{\"spec\":{\"versionPriority\":7}}'")
        let updated = try await bench.restore { ($0.kinds, $0.existing) = (["apiservice"], .update) }
        #expect(updated.isComplete && updated.result.updated == 1, "\(updated.result.failures)")
        #expect(try await cluster.kubectl(priority) == "100")
        try await cluster.stop()
    }

    /// No object of its kinds lies in an operator's namespace; without the definitions it cannot start in a new cluster.
    @Test func anOperatorBringsTheDefinitionsItHasRightsOn() async throws {
        try await defineThings()
        try await apply(
            """
            {apiVersion: v1, kind: ServiceAccount, metadata: {name: operator, namespace: \(namespace)}}
            ---
            {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: "\(group)"},
             rules: [{apiGroups: [\(group)], resources: [things, things/status], verbs: [get, list, watch]}]}
            ---
            {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: "\(group)"},
             roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "\(group)"},
             subjects: [{kind: ServiceAccount, name: operator, namespace: \(namespace)}]}
            """)
        try await backup()
        #expect(try bench.files().contains("_cluster/customresourcedefinition.apiextensions.k8s.io/things.\(group).yaml"))
        try await cluster.kubectl("delete crd things.\(group)")
        let report = try await bench.restore { $0.namespaces = [namespace] }
        #expect(report.isComplete && report.plan.items.contains { $0.object.key.name == "things.\(group)" && $0.action == .create })
        try await cluster.kubectl("delete crd things.\(group)")
        try await cluster.kubectl("delete clusterrole,clusterrolebinding \(group)")
    }

    @Test func aSelectorThatMatchesNothingIsRefusedOrTold() async throws {
        try await apply(
            """
            {apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: \(namespace), labels: {app: web}}}
            ---
            {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: "\(group)"},
             roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view},
             subjects: [{kind: ServiceAccount, name: default, namespace: \(namespace)}]}
            """)
        var scope = bench.scope(namespace)
        scope.selector = "app=wbe"
        let error = await #expect(throws: Failure.self) { try await bench.backup(scope) }
        #expect(error?.description.contains("the selector app=wbe") == true)
        let second = try await cluster.namespace("second")
        scope = bench.scope(namespace, second)
        scope.selector = "app=web"
        let report = try await bench.backup(scope)
        #expect(report.isComplete && report.notes.contains { $0.contains("nothing in the namespace \(second)") }, "\(report.notes)")
        try await cluster.kubectl("delete clusterrolebinding \(group)")
    }
}
