/// Manifests read back from a snapshot, changed for the cluster that they go to.
public struct ManifestSet: Sendable {
    /// Names that are other ones in the new cluster.
    public struct Mapping: Sendable {
        public var namespaces: [String: String] = [:]
        public var storageClasses: [String: String] = [:]
        /// Beginnings of image names: "registry.old" to "registry.new/mirror".
        public var registries: [String: String] = [:]

        public init() {}
    }

    public internal(set) var objects: [ApplyObject] = []
    public internal(set) var notes: [String] = []
    private let mapping: Mapping

    public init(mapping: Mapping = Mapping()) { self.mapping = mapping }

    /// Adds the object of a file; throws a sentence for what is no manifest.
    ///
    /// - Parameters:
    ///   - path: in the history; its first component says whether the object has a namespace.
    ///   - isWanted: by its key, before any mapping.
    public mutating func add(_ text: [UInt8], path: String, isWanted: (ObjectKey) -> Bool) throws(ManifestProblem) {
        let value: ManifestValue
        let read: ManifestObject
        do {
            let values = try YAMLText.documents(text).flatMap { document throws(LineProblem) in try YAMLReader.values(document) }
            guard let only = values.first, values.count == 1 else { throw LineProblem(line: 1, why: "it is not one object") }
            value = only.value
            read = try ManifestObject(only)
        } catch {
            let problem = error as? LineProblem ?? LineProblem(line: 1, why: "\(error)")
            throw ManifestProblem(place: "\(path):\(problem.line)", why: problem.why, hint: problem.hint)
        }
        let isClusterScoped = path.hasPrefix(ObjectKey.clusterFolder + "/")
        let old = ObjectKey(
            group: read.key.group, kind: read.key.kind, namespace: read.key.namespace, name: read.key.name, isClusterScoped: isClusterScoped
        )
        guard isWanted(old) else { return }
        let mapped = mapping.apply(to: value, old)
        let name = mapped[["metadata", "name"]]?.string ?? old.name
        let key = ObjectKey(
            group: old.group, kind: old.kind, namespace: mapped[["metadata", "namespace"]]?.string, name: name,
            isClusterScoped: isClusterScoped)
        objects.append(ApplyObject(mapped, key: key))
    }

    /// Leaves out what the new cluster makes by itself: volumes that a provisioner made come anew with their claims.
    public mutating func prepare() {
        let provisioned = Set(
            objects.compactMap { object -> String? in
                guard object.key.resource == "persistentvolume", let value = object.value,
                    value[["metadata", "annotations"]]?["pv.kubernetes.io/provisioned-by"] != nil
                else { return nil }
                return object.key.name
            })
        let volumes = Set(objects.filter { $0.key.resource == "persistentvolume" }.map(\.key.name)).subtracting(provisioned)
        objects.removeAll { $0.key.resource == "persistentvolume" && provisioned.contains($0.key.name) }
        for name in provisioned.sorted() {
            notes.append("PersistentVolume \(name) is left out: a provisioner makes a new one for its claim")
        }
        objects = objects.map { object in
            guard object.key.resource == "persistentvolumeclaim", let value = object.value,
                let volume = value[["spec", "volumeName"]]?.string,
                !volumes.contains(volume)
            else { return object }
            return ApplyObject(value.changing("spec", "volumeName") { _ in nil }, key: object.key, owners: object.owners)
        }
        addNamespaces()
    }

    /// A namespace that objects are in comes along even where its own manifest does not.
    private mutating func addNamespaces() {
        let there = Set(objects.filter { $0.key.resource == "namespace" }.map(\.key.name))
        for name in Set(objects.compactMap(\.key.namespace)).subtracting(there).sorted() {
            let value = ManifestValue.mapping([
                ManifestEntry(key: .string("apiVersion"), value: .string("v1")),
                ManifestEntry(key: .string("kind"), value: .string("Namespace")),
                ManifestEntry(
                    key: .string("metadata"), value: .mapping([ManifestEntry(key: .string("name"), value: .string(name))])),
            ])
            let key = ObjectKey(group: "", kind: "Namespace", namespace: nil, name: name, isClusterScoped: true)
            objects.append(ApplyObject(value, key: key))
        }
    }
}

extension ApplyObject {
    /// The manifest again; it was canonical, so it can be read.
    var value: ManifestValue? {
        let values = try? YAMLText.documents(yaml).flatMap { try YAMLReader.values($0) }
        return values?.first?.value
    }
}

extension ManifestSet.Mapping {
    /// The object with every name changed that the schema of Kubernetes' own kinds knows to be one of these.
    func apply(to value: ManifestValue, _ key: ObjectKey) -> ManifestValue {
        var value = value
        if !namespaces.isEmpty { value = mappingNamespaces(value, key) }
        if !storageClasses.isEmpty { value = mappingStorageClasses(value, key) }
        if !registries.isEmpty { value = value.changing("spec", transform: mappingImages) }
        return value
    }

    private func namespace(_ value: ManifestValue) -> ManifestValue {
        value.string.flatMap { namespaces[$0] }.map { .string($0) } ?? value
    }

    private func mappingNamespaces(_ value: ManifestValue, _ key: ObjectKey) -> ManifestValue {
        let value = value.changing("metadata", "namespace", transform: namespace)
        switch key.resource {
        case "namespace": return value.changing("metadata", "name", transform: namespace)
        case "rolebinding.rbac.authorization.k8s.io", "clusterrolebinding.rbac.authorization.k8s.io":
            return value.changing("subjects") { $0.mapElements { $0.changing("namespace", transform: namespace) } }
        case "mutatingwebhookconfiguration.admissionregistration.k8s.io", "validatingwebhookconfiguration.admissionregistration.k8s.io":
            return value.changing("webhooks") {
                $0.mapElements { $0.changing("clientConfig", "service", "namespace", transform: namespace) }
            }
        case "customresourcedefinition.apiextensions.k8s.io":
            return value.changing("spec", "conversion", "webhook", "clientConfig", "service", "namespace", transform: namespace)
        case "apiservice.apiregistration.k8s.io": return value.changing("spec", "service", "namespace", transform: namespace)
        case "persistentvolume": return value.changing("spec", "claimRef", "namespace", transform: namespace)
        case "endpoints":
            return value.changing("subsets") {
                $0.mapElements {
                    $0.changing("addresses") { $0.mapElements { $0.changing("targetRef", "namespace", transform: namespace) } }
                }
            }
        default: return value
        }
    }

    private func mappingStorageClasses(_ value: ManifestValue, _ key: ObjectKey) -> ManifestValue {
        func storageClass(_ value: ManifestValue) -> ManifestValue {
            value.string.flatMap { storageClasses[$0] }.map { .string($0) } ?? value
        }
        switch key.resource {
        case "persistentvolumeclaim", "persistentvolume": return value.changing("spec", "storageClassName", transform: storageClass)
        case "statefulset.apps":
            return value.changing("spec", "volumeClaimTemplates") {
                $0.mapElements { $0.changing("spec", "storageClassName", transform: storageClass) }
            }
        default: return value
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
        for (old, new) in registries.sorted(by: { $0.key.utf8.count > $1.key.utf8.count }) where name.hasPrefix(old + "/") {
            return .string(new + name.dropFirst(old.count))
        }
        return value
    }
}
