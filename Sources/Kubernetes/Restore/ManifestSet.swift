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
    /// Volumes of the snapshot, wanted or not: whether a provisioner made them.
    private var volumes: [String: Bool] = [:]

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
        if old.resource == "persistentvolume" {
            volumes[old.name] = value[["metadata", "annotations"]]?["pv.kubernetes.io/provisioned-by"] != nil
        }
        guard isWanted(old) else { return }
        let mapped = mapping.apply(to: value.withDefaultProtocols(old), old)
        let name = mapped[["metadata", "name"]]?.string ?? old.name
        let key = ObjectKey(
            group: old.group, kind: old.kind, namespace: mapped[["metadata", "namespace"]]?.string, name: name,
            isClusterScoped: isClusterScoped)
        objects.append(ApplyObject(mapped, key: key))
    }

    /// Leaves out what the new cluster makes by itself: volumes that a provisioner made come anew with their claims.
    ///
    /// - Throws: a problem when two objects have become one by their new names.
    public mutating func prepare() throws(ManifestProblem) {
        var seen: Set<ObjectKey> = []
        if let twice = objects.first(where: { !seen.insert($0.key).inserted }) {
            throw ManifestProblem(
                place: "\(twice.key)", why: "two objects of the snapshot would become this one", hint: "Map the namespaces apart")
        }
        objects.removeAll { object in
            guard object.key.resource == "persistentvolume", volumes[object.key.name] == true else { return false }
            notes.append("\(object.key) is left out: a provisioner makes a new volume for its claim")
            return true
        }
        objects = objects.map { object in
            guard object.key.resource == "persistentvolumeclaim", let value = object.value,
                let volume = value[["spec", "volumeName"]]?.string,
                volumes[volume] != false
            else { return object }
            notes.append("\(object.key): bound to a new volume, since \(volume) was made by a provisioner or is not in the snapshot")
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

extension ManifestValue {
    /// The documented default of every port, written out: servers before 1.22 cannot apply a list of ports without it.
    fileprivate func withDefaultProtocols(_ key: ObjectKey) -> ManifestValue {
        func tcp(_ port: ManifestValue) -> ManifestValue { port["protocol"] == nil ? port.setting("protocol", to: .string("TCP")) : port }
        if key.resource == "service" { return changing("spec", "ports") { $0.mapElements(tcp) } }
        func containers(_ value: ManifestValue) -> ManifestValue {
            guard case .mapping(let entries) = value else { return value }
            return .mapping(
                entries.map { entry in
                    let isList = ["containers", "initContainers"].contains(entry.key.text)
                    let inner = isList ? entry.value.mapElements { $0.changing("ports") { $0.mapElements(tcp) } } : containers(entry.value)
                    return ManifestEntry(key: entry.key, value: inner)
                })
        }
        return ["apps", "batch", ""].contains(key.group) ? changing("spec", transform: containers) : self
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
        let value = mappingSelectors(value.changing("metadata", "namespace", transform: namespace))
        switch key.resource {
        case "namespace": return value.changing("metadata", "name", transform: namespace)
        case "rolebinding.rbac.authorization.k8s.io", "clusterrolebinding.rbac.authorization.k8s.io":
            return value.changing("subjects") { subjects in
                subjects.mapElements { $0.changing("namespace", transform: namespace).changing("name", transform: accountName) }
            }
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
