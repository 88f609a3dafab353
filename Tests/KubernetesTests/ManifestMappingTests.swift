import Testing

@testable import Kubernetes

/// Names that are other ones in the cluster restored into: each place where the API knows one, and what only looks like it.
@Suite struct ManifestMappingTests {
    private func mapped(_ yaml: String) throws -> (text: String, object: ApplyObject) {
        var mapping = ManifestSet.Mapping()
        mapping.namespaces = ["old": "new"]
        mapping.storageClasses = ["slow": "fast"]
        var set = ManifestSet(mapping: mapping)
        let text = Array(yaml.utf8)
        let object = try ManifestObject(try #require(try YAMLText.documents(text).flatMap { try YAMLReader.values($0) }.first))
        try set.add(text, path: object.path)
        let only = try #require(set.objects.first)
        return (String(decoding: only.yaml, as: UTF8.self), only)
    }

    /// In each "old" stands where it is to become "new".
    static let places = [
        "{apiVersion: v1, kind: Namespace, metadata: {name: old}}",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: kept, namespace: old}, data: {namespace: kept}}",
        """
        {apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: b, namespace: old},
         subjects: [{kind: ServiceAccount, name: a, namespace: old}, {kind: Group, name: "system:serviceaccounts:old"}, {kind: User, name: kept}]}
        """,
        """
        {apiVersion: admissionregistration.k8s.io/v1, kind: MutatingWebhookConfiguration, metadata: {name: kept},
         webhooks: [{name: kept, clientConfig: {service: {name: kept, namespace: old}}}]}
        """,
        """
        {apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: kept},
         spec: {conversion: {webhook: {clientConfig: {service: {namespace: old}}}}}}
        """,
        "{apiVersion: apiregistration.k8s.io/v1, kind: APIService, metadata: {name: kept}, spec: {service: {namespace: old}}}",
        "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: kept}, spec: {parameters: {name: kept, namespace: old}}}",
        """
        {apiVersion: v1, kind: Endpoints, metadata: {name: e, namespace: old},
         subsets: [{addresses: [{targetRef: {namespace: old}}], notReadyAddresses: [{targetRef: {namespace: old}}]}]}
        """,
        "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: e, namespace: old}, endpoints: [{targetRef: {namespace: old}}]}",
        "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: p, namespace: old}, spec: {dataSourceRef: {name: kept, namespace: old}}}",
        """
        {apiVersion: v1, kind: PersistentVolume, metadata: {name: kept},
         spec: {claimRef: {namespace: old}, csi: {nodeStageSecretRef: {name: kept, namespace: old}}, rbd: {secretRef: {namespace: old}},
         azureFile: {secretNamespace: old}}}
        """,
        """
        {apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: kept},
         parameters: {csi.storage.k8s.io/provisioner-secret-namespace: old, other: kept}}
        """,
        """
        {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: policy, namespace: old},
         spec: {ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: old, team: kept}}}]}]}}
        """,
        """
        {apiVersion: apps/v1, kind: Deployment, metadata: {name: d, namespace: old}, spec: {template: {spec: {affinity: {podAffinity:
         {requiredDuringSchedulingIgnoredDuringExecution: [{namespaces: [old, kept]}]}}}}}}
        """,
        "{apiVersion: photon.example/v1, kind: Mesh, metadata: {name: m, namespace: old}, spec: {namespaces: [kept]}}",
        """
        {apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: r, namespace: old}, spec: {parentRefs: [{name: g, namespace: old}],
         rules: [{backendRefs: [{name: b, namespace: old}], filters: [{requestMirror: {backendRef: {namespace: old}}}]}]}}
        """,
        """
        {apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: g, namespace: old},
         spec: {listeners: [{tls: {certificateRefs: [{name: c, namespace: old}]}}]}}
        """,
        "{apiVersion: gateway.networking.k8s.io/v1beta1, kind: ReferenceGrant, metadata: {name: g, namespace: old}, spec: {from: [{namespace: old}]}}",
        """
        {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: kept},
         rules: [{apiGroups: [""], resources: [namespaces], resourceNames: [old], verbs: [get]}, {resources: [secrets], resourceNames: [kept]}]}
        """,
    ]

    @Test(arguments: places) func aNamespaceIsMappedWhereTheAPINamesIt(place: String) throws {
        #expect(try mapped(place).text == mapped(place.replacing("old", with: "new")).text && !mapped(place).text.contains("old"))
    }

    @Test func whatOnlyLooksLikeANamespaceStays() throws {
        let text = try mapped(
            "{apiVersion: photon.example/v1, kind: Mesh, metadata: {name: old, namespace: old}, spec: {namespaces: [old], namespace: old}}"
        ).text
        #expect(text.contains("name: old\n  namespace: new") && text.contains("- old") && text.contains("namespace: old"))
    }

    @Test func storageClassesAreMappedInClaimsVolumesAndTemplates() throws {
        for yaml in [
            "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: p, namespace: x}, spec: {storageClassName: slow}}",
            "{apiVersion: v1, kind: PersistentVolume, metadata: {name: p}, spec: {storageClassName: slow}}",
            """
            {apiVersion: apps/v1, kind: StatefulSet, metadata: {name: s, namespace: x},
             spec: {volumeClaimTemplates: [{spec: {storageClassName: slow}}]}}
            """,
        ] {
            #expect(try mapped(yaml).text.contains("storageClassName: fast"))
        }
    }

    /// What stands outside of namespaces is shared: taken to the new name, the old one would lose it.
    @Test func whatServesANamespaceFromOutsideIsKnown() throws {
        #expect(
            try mapped(
                "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: b}, subjects: [{namespace: old}]}"
            ).object.leaves == ["old"])
        #expect(
            try mapped(
                "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: b}, subjects: [{namespace: x}]}"
            ).object.leaves == [])
        #expect(try mapped("{apiVersion: v1, kind: Namespace, metadata: {name: old}}").object.leaves == [])
    }

    /// A name without a registry means one all the same.
    @Test(arguments: [
        ("nginx", "mirror/library/nginx"), ("nginx:1.25", "mirror/library/nginx:1.25"), ("library/nginx", "mirror/library/nginx"),
        ("bitnami/redis@sha256:ab", "mirror/bitnami/redis@sha256:ab"), ("docker.io/a/b", "mirror/a/b"), ("quay.io/a/b", "quay.io/a/b"),
        ("localhost/a", "localhost/a"), ("registry:5000/a", "registry:5000/a"),
    ]) func shortNamesOfImagesAreThoseOfDockerHub(image: String, expected: String) throws {
        var mapping = ManifestSet.Mapping()
        mapping.registries = ["docker.io": "mirror"]
        var set = ManifestSet(mapping: mapping)
        let yaml = "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: a}, spec: {containers: [{name: c, image: \"\(image)\"}]}}"
        try set.add(Array(yaml.utf8), path: "a/pod/p.yaml")
        let text = String(decoding: try #require(set.objects.first).yaml, as: UTF8.self)
        #expect(text.contains("image: \(expected)\n") && set.unusedWords.isEmpty == (image != expected), "\(text)")
    }
}
