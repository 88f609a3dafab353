import Foundation
import TestSupport
import Testing

@testable import Kubernetes

@Suite struct ManifestDirectoryTests {
    @Test func `Every manifest beneath the directory is read, one object each, and other files are ignored`() throws {
        let scratch = try Scratch([
            "b/deep/two.yml": "---\n# nothing\n---\n" + configMap("b") + "---\n---\n" + configMap("c") + "...\n---\n" + configMap("d"),
            "a.yaml": "\u{feff}%YAML 1.1\n---\n" + configMap("a", data: "{k: v}"),
            "e.JSON": #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"e"},"data":{"k":"\ud83d\ude00\\ud83d"}}"#,
            "README.md": "not: [yaml", "empty.yaml": "", "notes.txt": "x",
        ])
        let objects = try ManifestDirectory.read(scratch.path)
        #expect(objects.map(\.path) == ["_unspecified/configmap/e.yaml"] + ["a", "b", "c", "d"].map { "demo/configmap/\($0).yaml" })
        #expect(objects[1].key == ObjectKey(group: "", kind: "ConfigMap", namespace: "demo", name: "a"))
        #expect(
            String(decoding: objects[1].yaml, as: UTF8.self)
                == "apiVersion: v1\ndata:\n  k: v\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: demo\n")
        #expect(String(decoding: objects[0].yaml, as: UTF8.self).contains("  k: \"😀\\\\ud83d\"\n"))
    }

    @Test func `Lists, lists within lists and typed lists give their items`() throws {
        let scratch = try Scratch([
            "list.yaml": """
            apiVersion: v1
            kind: List
            metadata: {resourceVersion: "1"}
            items:
            - {apiVersion: v1, kind: Secret, metadata: {name: s, namespace: demo}}
            - apiVersion: v1
              kind: ConfigMapList
              items:
              - {metadata: {name: c, namespace: demo}, data: {}}
            ---
            {apiVersion: v1, kind: List, items: []}
            ---
            {apiVersion: example.org/v1, kind: AllowList, metadata: {name: own}, items: [a]}
            """
        ])
        let objects = try ManifestDirectory.read(scratch.path)
        #expect(objects.map(\.path) == ["_unspecified/allowlist.example.org/own.yaml", "demo/configmap/c.yaml", "demo/secret/s.yaml"])
        #expect(
            String(decoding: objects[1].yaml, as: UTF8.self)
                == "apiVersion: v1\ndata: {}\nkind: ConfigMap\nmetadata:\n  name: c\n  namespace: demo\n")
    }

    @Test func `What the API server sets is left out, and nothing else`() throws {
        let scratch = try Scratch([
            "a.yaml": """
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              name: web
              namespace: demo
              uid: u
              resourceVersion: "7"
              generation: 3
              creationTimestamp: 2024-01-01T00:00:00Z
              selfLink: /x
              managedFields: [{manager: kubectl}]
              finalizers: []
              annotations: {}
              ownerReferences: [{uid: kept}]
            spec: {template: {metadata: {creationTimestamp: null}, status: kept, emptyDir: {}}}
            status: {replicas: 1}
            """
        ])
        let expected = """
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              annotations: {}
              finalizers: []
              name: web
              namespace: demo
              ownerReferences:
              - uid: kept
            spec:
              template:
                emptyDir: {}
                metadata:
                  creationTimestamp: null
                status: kept

            """
        #expect(try ManifestDirectory.read(scratch.path).map { String(decoding: $0.yaml, as: UTF8.self) } == [expected])
    }

    @Test func `Identical copies count as one, whatever their spelling`() throws {
        let scratch = try Scratch([
            "a.yaml": configMap("a", data: "{x: '1', z: 2}"), "b.yaml": configMap("a", data: "{\"z\": 2, x: \"1\"}"),
        ])
        #expect(try ManifestDirectory.read(scratch.path).count == 1)
    }

    @Test func `A link to a file inside is followed, one to a directory inside needs not be`() throws {
        let scratch = try Scratch(["..data/real.yaml": configMap("a")])
        try scratch.link("current", to: "..data")
        try scratch.link("a.yaml", to: "current/real.yaml")
        try scratch.link("loop", to: ".")
        try scratch.link("nowhere", to: "missing")
        #expect(try ManifestDirectory.read(scratch.path).map(\.path) == ["demo/configmap/a.yaml"])
        let outside = try Scratch()
        try outside.link("manifests", to: scratch.path)
        #expect(try ManifestDirectory.read(outside.path + "/manifests").count == 1)
    }

    @Test(arguments: [
        (["Namespace", "v1"], "_cluster/namespace/x.yaml"), (["ClusterRole", "rbac.authorization.k8s.io/v1"], nil),
        (["CustomResourceDefinition", "apiextensions.k8s.io/v1"], nil), (["StorageClass", "storage.k8s.io/v1"], nil),
        (["ValidatingWebhookConfiguration", "admissionregistration.k8s.io/v1"], nil), (["PersistentVolume", "v1"], nil),
    ])
    func `Kinds that have no namespace stand in a folder of their own, even if a manifest gives one`(_ type: [String], _ path: String?)
        throws
    {
        let scratch = try Scratch(["a.yaml": "{kind: \(type[0]), apiVersion: \(type[1]), metadata: {name: x, namespace: demo}}"])
        let objects = try ManifestDirectory.read(scratch.path)
        #expect(objects[0].path.hasPrefix("_cluster/"))
        #expect(objects[0].key.namespace == nil)
        if let path { #expect(objects[0].path == path) }
    }

    @Test(arguments: [
        ("system:node", "system%3Anode"), ("..", "%2E."), (".", "%2E"), (".git", "%2Egit"), ("a/../b", "a%2F..%2Fb"),
        ("_cluster", "%5Fcluster"),
        ("-rf", "%2Drf"), ("a b", "a%20b"), ("é", "%C3%A9"), ("a%2Fb", "a%252Fb"), ("A.b_c-d", "A.b_c-d"), ("a\u{0}", "a%00"), ("~", "%7E"),
        (String(repeating: "n", count: 200), String(repeating: "n", count: 200)),
    ])
    func `A name becomes a safe component of a path`(_ name: String, _ component: String) {
        #expect(PathComponent.encode(name) == component)
    }

    @Test func `Long names are cut to what every file system takes, and stay apart`() {
        let long = String(repeating: "n", count: 253)
        let names = [long + "a", long + "b", String(repeating: "é", count: 300)].map(PathComponent.encode)
        #expect(names.allSatisfy { $0.utf8.count == PathComponent.bytesMax })
        #expect(Set(names).count == 3)
    }

    @Test func `A hostile name or namespace cannot leave the tree`() throws {
        let scratch = try Scratch(["a.yaml": "{apiVersion: v1, kind: ../Kind, metadata: {name: ../../etc/passwd, namespace: ..}}"])
        #expect(try ManifestDirectory.read(scratch.path).map(\.path) == ["%2E./%2E.%2Fkind/%2E.%2F..%2Fetc%2Fpasswd.yaml"])
    }
}
