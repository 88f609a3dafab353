extension ManifestSet {
    /// Names that are other ones in the new cluster.
    public struct Mapping: Sendable {
        public var namespaces: [String: String] = [:]
        public var storageClasses: [String: String] = [:]
        /// Beginnings of image names: "registry.old" to "registry.new/mirror".
        public var registries: [String: String] = [:]

        public init() {}

        /// Storage classes and registries, each by itself.
        var parts: [(word: String, mapping: Mapping)] {
            storageClasses.sorted { $0.key < $1.key }.map { old, new in
                var one = Mapping()
                one.storageClasses[old] = new
                return ("the storage class \(old)", one)
            }
                + registries.sorted { $0.key < $1.key }.map { old, new in
                    var one = Mapping()
                    one.registries[old] = new
                    return ("the registry \(old)", one)
                }
        }
    }
}

extension ManifestSet.Mapping {
    /// Where kinds of Kubernetes' own name a namespace. A path is the keys from the top; `[]` is each element of a list.
    private static let namespaceFields: [String: [String]] = [
        "namespace": ["metadata name"],
        "rolebinding.rbac.authorization.k8s.io": ["subjects [] namespace"],
        "clusterrolebinding.rbac.authorization.k8s.io": ["subjects [] namespace"],
        "mutatingwebhookconfiguration.admissionregistration.k8s.io": ["webhooks [] clientConfig service namespace"],
        "validatingwebhookconfiguration.admissionregistration.k8s.io": ["webhooks [] clientConfig service namespace"],
        "validatingadmissionpolicybinding.admissionregistration.k8s.io": ["spec paramRef namespace"],
        "mutatingadmissionpolicybinding.admissionregistration.k8s.io": ["spec paramRef namespace"],
        "customresourcedefinition.apiextensions.k8s.io": ["spec conversion webhook clientConfig service namespace"],
        "flowschema.flowcontrol.apiserver.k8s.io": ["spec rules [] subjects [] serviceAccount namespace"],
        "volumesnapshotcontent.snapshot.storage.k8s.io": ["spec volumeSnapshotRef namespace"],
        "volumesnapshotclass.snapshot.storage.k8s.io": ["snapshotter", "snapshotter-list"].map {
            "parameters csi.storage.k8s.io/\($0)-secret-namespace"
        },
        "apiservice.apiregistration.k8s.io": ["spec service namespace"],
        "ingressclass.networking.k8s.io": ["spec parameters namespace"],
        "endpoints": ["subsets [] addresses [] targetRef namespace", "subsets [] notReadyAddresses [] targetRef namespace"],
        "endpointslice.discovery.k8s.io": ["endpoints [] targetRef namespace"],
        "persistentvolumeclaim": ["spec dataSourceRef namespace"],
        "statefulset.apps": ["spec volumeClaimTemplates [] spec dataSourceRef namespace"],
        "persistentvolume": [
            "spec claimRef namespace", "spec azureFile secretNamespace", "spec glusterfs endpointsNamespace",
        ]
            + ["cephfs", "cinder", "flexVolume", "iscsi", "rbd", "scaleIO", "storageos"].map { "spec \($0) secretRef namespace" }
            + ["controllerExpand", "controllerPublish", "nodeExpand", "nodePublish", "nodeStage"].map {
                "spec csi \($0)SecretRef namespace"
            },
        "storageclass.storage.k8s.io": [
            "controller-expand", "controller-publish", "node-expand", "node-publish", "node-stage", "provisioner",
        ].map { "parameters csi.storage.k8s.io/\($0)-secret-namespace" },
        "gateway.gateway.networking.k8s.io": ["certificateRefs", "frontendValidation caCertificateRefs"].map {
            "spec listeners [] tls \($0) [] namespace"
        },
        "gatewayclass.gateway.networking.k8s.io": ["spec parametersRef namespace"],
        "referencegrant.gateway.networking.k8s.io": ["spec from [] namespace"],
    ]
    .merging(["grpc", "http", "tcp", "tls", "udp"].map { ("\($0)route.gateway.networking.k8s.io", routeFields) }) { first, _ in first }

    private static let routeFields = [
        "spec parentRefs [] namespace", "spec rules [] backendRefs [] namespace",
        "spec rules [] filters [] requestMirror backendRef namespace",
        "spec rules [] backendRefs [] filters [] requestMirror backendRef namespace",
    ]

    private static let storageClassFields = [
        "persistentvolumeclaim": ["spec storageClassName", "metadata annotations \(betaStorageClass)"],
        "persistentvolume": ["spec storageClassName", "metadata annotations \(betaStorageClass)"],
        "statefulset.apps": ["spec volumeClaimTemplates [] spec storageClassName"],
    ]

    /// As claims named their class before there was a field for it.
    static let betaStorageClass = "volume.beta.kubernetes.io/storage-class"
    private static let ephemeralStorageClass = "volumes [] ephemeral volumeClaimTemplate spec storageClassName"

    /// The object with every name changed that the schema of Kubernetes' own kinds knows to be one of these.
    func apply(to value: ManifestValue, _ key: ObjectKey) -> ManifestValue {
        var value = value
        if !namespaces.isEmpty { value = mappingNamespaces(value, key) }
        let ephemeral = key.podSpecPath.map { "\($0.joined(separator: " ")) \(Self.ephemeralStorageClass)" }
        for field in (Self.storageClassFields[key.resource] ?? []) + [ephemeral].compactMap(\.self) {
            value = value.changing(field: field) { Self.renamed($0, storageClasses) }
        }
        if !registries.isEmpty { value = value.changing("spec", transform: mappingImages) }
        return value
    }

    /// The namespaces that an object outside of namespaces serves, and would no longer serve under their new names, with these.
    func namespacesLeft(by value: ManifestValue, _ key: ObjectKey) -> [String: String] {
        guard key.isClusterScoped, key.resource != "namespace" else { return [:] }
        return namespaces.filter { old, new in
            var one = ManifestSet.Mapping()
            one.namespaces[old] = new
            return one.apply(to: value, key) != value
        }
    }

    private static func renamed(_ value: ManifestValue, _ names: [String: String]) -> ManifestValue {
        value.string.flatMap { names[$0] }.map { .string($0) } ?? value
    }

    private func namespace(_ value: ManifestValue) -> ManifestValue { Self.renamed(value, namespaces) }

    private func mappingNamespaces(_ value: ManifestValue, _ key: ObjectKey) -> ManifestValue {
        var value = value.changing("metadata", "namespace", transform: namespace)
        // In a custom resource a field of this name may mean anything.
        if !key.group.contains(".") || key.group.hasSuffix(".k8s.io") { value = mappingSelectors(value) }
        for field in Self.namespaceFields[key.resource] ?? [] { value = value.changing(field: field, transform: namespace) }
        if key.resource.hasSuffix("rolebinding.rbac.authorization.k8s.io") {
            value = value.changing(field: "subjects [] name", transform: accountName)
        }
        if key.resource == "clusterrole.rbac.authorization.k8s.io" {
            value = value.changing(field: "rules []", transform: ruleOnNamespaces)
        }
        return value
    }

    /// A rule may be about namespaces by name.
    private func ruleOnNamespaces(_ rule: ManifestValue) -> ManifestValue {
        guard rule["resources"]?.elements.contains(where: { $0.string == "namespaces" }) == true else { return rule }
        return rule.changing(field: "resourceNames []", transform: namespace)
    }

    /// "system:serviceaccount:NAMESPACE:NAME", as users and groups are called.
    private func accountName(_ value: ManifestValue) -> ManifestValue {
        var parts = (value.string ?? "").split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 3, parts[0] == "system", parts[1].hasPrefix("serviceaccount"), let new = namespaces[parts[2]] else {
            return value
        }
        parts[2] = new
        return .string(parts.joined(separator: ":"))
    }

    /// Namespaces chosen by the label that every namespace carries, and by name in a pod's affinity.
    private func mappingSelectors(_ value: ManifestValue) -> ManifestValue {
        switch value {
        case .scalar: return value
        case .sequence: return value.mapElements(mappingSelectors)
        case .mapping(let entries):
            return .mapping(
                entries.map { entry in
                    switch entry.key.text {
                    case "namespaceSelector": ManifestEntry(key: entry.key, value: mappingSelector(entry.value))
                    case "namespaces": ManifestEntry(key: entry.key, value: entry.value.mapElements(namespace))
                    default: ManifestEntry(key: entry.key, value: mappingSelectors(entry.value))
                    }
                })
        }
    }

    private func mappingSelector(_ selector: ManifestValue) -> ManifestValue {
        let label = "kubernetes.io/metadata.name"
        return selector.changing("matchLabels", label, transform: namespace).changing("matchExpressions") { expressions in
            expressions.mapElements { expression in
                expression["key"]?.string == label ? expression.changing("values") { $0.mapElements(namespace) } : expression
            }
        }
    }

    /// Wherever a pod's description stands in an object: `image` of containers.
    private func mappingImages(_ value: ManifestValue) -> ManifestValue {
        guard case .mapping(let entries) = value else { return value }
        return .mapping(
            entries.map { entry in
                guard ["containers", "initContainers", "ephemeralContainers"].contains(entry.key.text) else {
                    return ManifestEntry(key: entry.key, value: mappingImages(entry.value))
                }
                let containers = entry.value.mapElements { $0.changing("image", transform: image) }
                return ManifestEntry(key: entry.key, value: containers)
            })
    }

    private func image(_ value: ManifestValue) -> ManifestValue {
        guard let name = value.string else { return value }
        for (old, new) in registries.sorted(by: { $0.key.utf8.count > $1.key.utf8.count }) {
            for name in [name, Self.whole(name)] where name.hasPrefix(old + "/") { return .string(new + name.dropFirst(old.count)) }
        }
        return value
    }

    /// With the registry and the folder that a short name means: "nginx" is "docker.io/library/nginx".
    private static func whole(_ image: String) -> String {
        guard let slash = image.firstIndex(of: "/") else { return "docker.io/library/\(image)" }
        let first = image[..<slash]
        let isRegistry = first.contains(".") || first.contains(":") || first == "localhost"
        return isRegistry ? image : "docker.io/\(image)"
    }
}

extension ManifestValue {
    /// - Parameter field: keys from the top, with a space between; `[]` is each element of a list.
    fileprivate func changing(field: String, transform: (ManifestValue) -> ManifestValue) -> ManifestValue {
        changing(field.split(separator: " ")[...], transform)
    }

    private func changing(_ path: ArraySlice<Substring>, _ transform: (ManifestValue) -> ManifestValue) -> ManifestValue {
        guard let key = path.first else { return transform(self) }
        let rest = path.dropFirst()
        if key == "[]" { return mapElements { $0.changing(rest, transform) } }
        return changing(String(key)) { $0.changing(rest, transform) }
    }
}
