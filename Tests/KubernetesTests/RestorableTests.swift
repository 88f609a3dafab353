import Core
import Testing

@testable import Kubernetes

/// What decides, without a server, whether something saved can come back.
@Suite struct RestorableTests {
    private func value(_ yaml: String) throws -> ManifestValue { try #require(try parse(yaml).first) }

    @Test(
        arguments: [
            ("apps", "Deployment", "photon", "web"), ("", "ConfigMap", "a", "kube-root-ca.crt"),
            ("rbac.authorization.k8s.io", "ClusterRole", nil, "a:b%c"),
            ("op.example", "Bulb", "ns", ".hidden"), ("", "Secret", "x-y", "é"),
        ] as [(String, String, String?, String)])
    func aPathTellsWhatStandsThere(group: String, kind: String, namespace: String?, name: String) throws {
        let key = ObjectKey(group: group, kind: kind, namespace: namespace, name: name)
        for path in [key.path, key.path + ".age"] {
            let read = try #require(ObjectKey(path: path))
            #expect(read.resource == key.resource && read.namespace == namespace && read.name == name)
            #expect(read.isClusterScoped == key.isClusterScoped && read.isOfKind(kind))
        }
        #expect(ObjectKey(path: "README") == nil)
    }

    private static let definition = "apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: a.b.c}"

    @Test func definitionsOfOldAreMadeAsServersTakeThem() throws {
        let key = ObjectKey(group: "apiextensions.k8s.io", kind: "CustomResourceDefinition", namespace: nil, name: "a.b.c")
        let old = try value(
            "{\(Self.definition), spec: {preserveUnknownFields: true, versions: [{name: v1}, {name: v2, schema: {openAPIV3Schema: {properties: {a: {}}}}}]}}"
        )
        #expect(LegacyDefinition.isOne(old, key) && LegacyDefinition.remark(old, key)?.contains("v1beta1") == true)
        let open = "{openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}"
        let kept = "{openAPIV3Schema: {properties: {a: {}}, type: object, x-kubernetes-preserve-unknown-fields: true}}"
        let first = LegacyDefinition.current(old, isOpen: false)
        #expect(
            first.isSame(
                as: try value("{\(Self.definition), spec: {versions: [{name: v1, schema: \(open)}, {name: v2, schema: \(kept)}]}}")))
        let second = LegacyDefinition.current(old, isOpen: true)
        #expect(
            second.isSame(
                as: try value("{\(Self.definition), spec: {versions: [{name: v1, schema: \(open)}, {name: v2, schema: \(open)}]}}")))
        // Where nested fields are named, the server drops the others there, whatever is said above: no object may lose one.
        let nested = try value(
            "{\(Self.definition), spec: {preserveUnknownFields: true, versions: [{name: v1, schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {a: {type: string}, l: {type: array, items: {type: object, properties: {x: {type: string}}}}, m: {type: object, additionalProperties: {type: string}}}}}}}}]}}"
        )
        let schema = LegacyDefinition.current(nested, isOpen: false)[["spec", "versions"]]?.elements.first?[["schema", "openAPIV3Schema"]]
        let spec = schema?[["properties", "spec"]]
        for node in [schema, spec, spec?[["properties", "l", "items"]]] {
            #expect(node?["x-kubernetes-preserve-unknown-fields"]?.literal == "true")
        }
        for node in [spec?[["properties", "a"]], spec?[["properties", "m"]]] {
            #expect(node?["x-kubernetes-preserve-unknown-fields"] == nil)
        }
        let new = try value(
            "{\(Self.definition), spec: {preserveUnknownFields: false, versions: [{name: v1, schema: {openAPIV3Schema: {type: object}}}]}}")
        #expect(!LegacyDefinition.isOne(new, key) && !LegacyDefinition.isOne(first, key))
    }

    /// A claim that was deleted and made twice has two volumes that wait for it.
    @Test func ofSeveralOldVolumesTheOneThatTheSnapshotNamesIsTaken() throws {
        let claim = "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: db, namespace: a}, spec: {volumeName: pv-b}}"
        var set = ManifestSet()
        try set.add(Array(claim.utf8), path: "a/persistentvolumeclaim/db.yaml")
        try set.prepare()
        let object = try #require(set.objects.first { $0.key.resource == "persistentvolumeclaim" })
        for (waiting, expected) in [(["pv-a", "pv-b"], "pv-b"), (["pv-c"], "pv-c"), (["pv-a", "pv-c"], nil)] as [([String], String?)] {
            var plan = ApplyPlan()
            plan.items = [.init(object: object, action: .create, reason: nil)]
            plan.bind([object.key: waiting])
            #expect(plan.items[0].releasedVolume == expected)
            #expect(plan.items[0].object.value?[["spec", "volumeName"]]?.string == expected)
            #expect(plan.findings.notes.contains { $0.contains("pv-a, pv-c") } == (expected == nil))
        }
    }

    /// The namespaces are asked for, whatever kinds are chosen: else one that is gone would be an empty one.
    @Test func theGroupOfTheNamespacesIsAlwaysAsked() {
        var scope = CaptureScope()
        scope.kinds = ["deployments.apps"]
        #expect(scope.mayHold(group: "") && scope.mayHold(group: "apps") && !scope.mayHold(group: "batch"))
    }

    @Test func inTheMiddleOfARestoreAConflictIsAFailureOfItsOwn() throws {
        let key = ObjectKey(group: "", kind: "ConfigMap", namespace: "a", name: "c")
        var plan = ApplyPlan()
        plan.items = [.init(object: ApplyObject(.of(["kind": .string("ConfigMap")]), key: key), action: .conflict, reason: "it differs")]
        #expect(plan.settled.isEmpty)
        #expect(plan.passOverConflicts().map(\.reason) == ["it differs"])
        #expect(plan.count(.conflict) == 0 && plan.count(.skip) == 1 && plan.settled.isEmpty)
    }

    @Test func whatIsHeldMayNotRunUnseen() throws {
        let deployment = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d, namespace: a}, spec: {replicas: 2}}"
        var set = ManifestSet()
        try set.add(Array(deployment.utf8), path: "a/deployment.apps/d.yaml")
        let config = "{apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: a}}"
        try set.add(Array(config.utf8), path: "a/configmap/c.yaml")
        #expect(set.heldKeys.map(\.name) == ["d"])
        let object = try #require(set.held().objects.first)
        for (action, isThere, expected) in [
            (.later, true, .conflict), (.impossible, true, .conflict), (.impossible, false, .impossible), (.skip, true, .conflict),
            (.create, false, .create),
        ] as [(ApplyAction, Bool, ApplyAction)] {
            var plan = ApplyPlan()
            plan.items = [.init(object: object, action: action, reason: "because")]
            plan.items[0].mayBeThere = isThere
            #expect(set.guarded(plan).items[0].action == expected)
        }
    }

    @Test func whoHasRightsOnAKindNeedsItsDefinition() throws {
        let rbac = "apiVersion: rbac.authorization.k8s.io/v1"
        func definition(_ group: String, _ plural: String, _ more: String = "") throws -> ManifestValue {
            try value("{\(Self.definition), spec: {group: \(group), names: {plural: \(plural), kind: X}\(more)}}")
        }
        func takes(_ references: ClusterReferences, _ definition: ManifestValue) -> Bool {
            var references = references
            return references.take(
                definition, ObjectKey(group: "apiextensions.k8s.io", kind: "CustomResourceDefinition", namespace: nil, name: "d"))
        }
        var references = ClusterReferences(namespaces: ["op"])
        #expect(!takes(references, try definition("op.example", "bulbs")))
        let role = try value(
            "{\(rbac), kind: Role, metadata: {name: r, namespace: op}, rules: [{apiGroups: ['', lamp.example], resources: [lamps/status]}]}"
        )
        references.add(role, ObjectKey(group: "rbac.authorization.k8s.io", kind: "Role", namespace: "op", name: "r"))
        let binding = try value(
            "{\(rbac), kind: ClusterRoleBinding, metadata: {name: b}, roleRef: {kind: ClusterRole, name: c}, subjects: [{namespace: op}]}")
        let bindingIsTaken = references.take(
            binding, ObjectKey(group: "rbac.authorization.k8s.io", kind: "ClusterRoleBinding", namespace: nil, name: "b"))
        #expect(bindingIsTaken)
        let rules = "[{apiGroups: [op.example], resources: ['*']}, {apiGroups: ['*'], resources: ['*']}]"
        let wide = try value("{\(rbac), kind: ClusterRole, metadata: {name: c}, rules: \(rules)}")
        let wideIsTaken = references.take(
            wide, ObjectKey(group: "rbac.authorization.k8s.io", kind: "ClusterRole", namespace: nil, name: "c"))
        #expect(wideIsTaken)
        #expect(takes(references, try definition("op.example", "bulbs")))
        #expect(takes(references, try definition("lamp.example", "lamps")))
        #expect(!takes(references, try definition("lamp.example", "shades")))
        #expect(!takes(references, try definition("other.example", "bulbs")), "rights on everything say nothing of one kind")
        let converted = ", conversion: {webhook: {clientConfig: {service: {namespace: op, name: w}}}}"
        #expect(takes(references, try definition("other.example", "bulbs", converted)))
    }

    @Test func whatTheServerKeepsForItselfIsNotRestoredFromOldSnapshots() throws {
        var set = ManifestSet()
        let slice = "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: kubernetes, namespace: default}}"
        try set.add(Array(slice.utf8), path: "default/endpointslice.discovery.k8s.io/kubernetes.yaml")
        #expect(set.objects.isEmpty && set.findings.notes.count == 1)
    }

    @Test func uidsOfOwnersAndProvisionedVolumesAreNoDifference() throws {
        func object(_ yaml: String) throws -> ManifestObject {
            try ManifestObject(LocatedValue(value: try value(yaml), line: 1, itemLines: []))
        }
        let owned = "apiVersion: v1, kind: ConfigMap"
        let new = try object("{\(owned), metadata: {name: c, namespace: ns, ownerReferences: [{name: o}]}}")
        #expect(new.isLike(try object("{\(owned), metadata: {name: c, namespace: ns, ownerReferences: [{name: o, uid: u}]}}").yaml))
        #expect(!new.isLike(try object("{\(owned), metadata: {name: c, namespace: ns, ownerReferences: [{name: p, uid: u}]}}").yaml))
        func claim(_ volume: String) throws -> ManifestObject {
            try object("{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: c, namespace: ns}, spec: {volumeName: \(volume)}}")
        }
        #expect(try claim("pvc-2").isLike(claim("pvc-1").yaml))
        #expect(try !claim("pvc-2").isLike(claim("disk-1").yaml) { $0 == "disk-1" })
    }
}
