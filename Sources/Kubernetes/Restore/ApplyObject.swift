/// One object that is to be in the cluster: its manifest, ready to be sent.
public struct ApplyObject: Sendable, Equatable {
    public private(set) var key: ObjectKey
    /// As the manifest has it.
    public let apiVersion: String
    /// Without owner references; canonical.
    public private(set) var yaml: [UInt8]
    /// Who owned it, in the snapshot: bound anew when the owners are there.
    private(set) var owners: [ManifestValue]
    /// Namespaces that it served in the snapshot, and no longer does under their new names.
    let leaves: [String]
    /// What these are called now.
    private let leavesFor: Set<String>
    /// It is not in the snapshot, only needed: where it is there, it is left as it is.
    let isImplied: Bool
    /// It is a drill's own, and there before anything runs.
    let isGuard: Bool
    /// Who owned its fields, where that was kept.
    private(set) var fields: ManagedFields?
    /// Of a claim, the volume that it had and is no longer tied to.
    private(set) var formerVolume: String?

    init(_ value: ManifestValue, key: ObjectKey, leaves: [String: String] = [:], isImplied: Bool = false, isGuard: Bool = false) {
        self.key = key
        self.leaves = leaves.keys.sorted()
        leavesFor = Set(leaves.values)
        self.isImplied = isImplied
        self.isGuard = isGuard
        apiVersion = value["apiVersion"]?.string ?? ""
        owners = value[["metadata", "ownerReferences"]]?.elements ?? []
        yaml = CanonicalYAML.encode(value.changing("metadata", "ownerReferences") { _ in nil })
    }

    /// A binding of cluster roles for the accounts of a copy alone, under a name of its own; nil for anything else.
    ///
    /// Subjects of the namespaces that have got other names are those that now name these.
    var copyOfBinding: ApplyObject? {
        guard key.resource == "clusterrolebinding.rbac.authorization.k8s.io", !leavesFor.isEmpty, let value else { return nil }
        let own = (value["subjects"]?.elements ?? []).filter { subject in
            subject["namespace"]?.text.map(leavesFor.contains) ?? leavesFor.contains { subject["name"]?.text?.contains(":\($0)") == true }
        }
        guard !own.isEmpty, let first = leavesFor.min() else { return nil }
        let name = "\(key.name)-\(first)"
        var object = changed(
            to: value.setting("subjects", to: .sequence(own)).changing("metadata") { $0.setting("name", to: .string(name)) })
        object.key = ObjectKey(group: key.group, kind: key.kind, namespace: nil, name: name, isClusterScoped: true)
        return object
    }

    /// The same object with another manifest.
    func changed(to value: ManifestValue) -> ApplyObject {
        var object = self
        object.yaml = CanonicalYAML.encode(value)
        return object
    }

    func once(in volume: String) -> ApplyObject {
        var object = self
        object.formerVolume = volume
        return object
    }

    func owned(by fields: ManagedFields?) -> ApplyObject {
        var object = self
        object.fields = fields
        return object
    }

    /// Nobody's but ours: without the objects that owned it, and without those who owned its fields.
    func withoutOwners() -> ApplyObject {
        var object = self
        object.owners = []
        object.fields = nil
        return object
    }

    /// The same object, as the server sees its kind: with or without a namespace.
    func scoped(_ resource: APIResource) -> ApplyObject {
        guard resource.isNamespaced == key.isClusterScoped || (!resource.isNamespaced && key.namespace != nil), let value else {
            return self
        }
        let namespace = resource.isNamespaced ? value[["metadata", "namespace"]]?.text : nil
        var object = resource.isNamespaced ? self : changed(to: value.changing("metadata", "namespace") { _ in nil })
        object.key = ObjectKey(
            group: key.group, kind: key.kind, namespace: namespace, name: key.name, isClusterScoped: !resource.isNamespaced)
        return object
    }
}

extension ApplyObject: Encodable {
    /// As its key.
    public func encode(to encoder: any Encoder) throws { try key.encode(to: encoder) }
}
