import Testing

@testable import Kubernetes

/// What an update takes from an object that has more than its manifest, and what it leaves to those who work with it.
@Suite struct SurplusFieldsTests {
    private func patch(_ live: String, _ manifest: String, isApplied: Bool = true) throws -> String? {
        let value = try #require(try parse(manifest).first)
        let version = value["apiVersion"]?.string ?? ""
        let key = ObjectKey(
            group: ObjectKey.group(ofVersion: version), kind: value["kind"]?.string ?? "", namespace: "n",
            name: value["metadata"]?["name"]?.string ?? "")
        let patch = SurplusFields.patch(from: try #require(try parse(live).first), to: value, key, isApplied: isApplied)
        return patch.map { String(decoding: CanonicalYAML.encode($0), as: UTF8.self) }
    }

    /// In each the cluster has filled something in that the manifest cannot know.
    @Test(arguments: [
        ("PersistentVolume", "v1", "{claimRef: {name: late, namespace: n}, capacity: {storage: 1Gi}}", "{capacity: {storage: 1Gi}}"),
        ("PersistentVolumeClaim", "v1", "{volumeName: pvc-1}", "{}"),
        (
            "CustomResourceDefinition", "apiextensions.k8s.io/v1", "{conversion: {webhook: {clientConfig: {caBundle: x}}}}",
            "{conversion: {webhook: {clientConfig: {}}}}"
        ),
        ("Bucket", "cloud.example/v1", "{resourceRef: {name: real}}", "{}"),
        ("Deployment", "apps/v1", "{replicas: 7, template: {}}", "{template: {}}"),
        // The order in which a server writes the keys is no difference.
        (
            "Deployment", "apps/v1", "{template: {spec: {containers: [{name: c, image: i}]}}}",
            "{template: {spec: {containers: [{image: i, name: c}]}}}"
        ),
    ]) func whatControllersFillInStays(kind: String, version: String, live: String, manifest: String) throws {
        func object(_ spec: String) -> String { "{apiVersion: \(version), kind: \(kind), metadata: {name: a}, spec: \(spec)}" }
        #expect(try patch(object(live), object(manifest)) == nil)
    }

    @Test func whatSomebodyAddedGoes() throws {
        #expect(
            try patch(
                """
                {apiVersion: v1, kind: ConfigMap, metadata: {name: a, resourceVersion: "7", finalizers: [x/y], labels: {more: b, kept: c}},
                 data: {more: x, kept: z}}
                """, "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, labels: {kept: c}}, data: {kept: y}}") == """
                    data:
                      more: null
                    metadata:
                      labels:
                        more: null
                      resourceVersion: "7"

                    """)
    }

    @Test func beforeItIsAppliedThePatchSetsTheRestToo() throws {
        #expect(
            try patch(
                "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, resourceVersion: '7'}, data: {more: x, kept: z}}",
                "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {kept: y, new: w}}", isApplied: false) == """
                    data:
                      kept: y
                      more: null
                      new: w
                    metadata:
                      resourceVersion: "7"

                    """)
    }

    @Test func aPortKeepsTheNumberThatTheClusterGaveItAndNotOneThatSomebodyChose() throws {
        let manifest =
            "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: 80, protocol: TCP}, {port: 81, protocol: TCP}]}}"
        let text = try #require(
            try patch(
                """
                apiVersion: v1
                kind: Service
                metadata: {name: a, managedFields: [{fieldsV1: {"f:spec": {"f:ports": {'k:{"port":81,"protocol":"TCP"}': {"f:nodePort": {}}}}}}]}
                spec: {ports: [{port: 80, protocol: TCP, nodePort: 30000}, {port: 81, protocol: TCP, nodePort: 30001}]}
                """, manifest))
        #expect(text.contains("nodePort: 30000") && !text.contains("nodePort: 30001"))
    }
}
