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
    /// It is not in the snapshot, only needed: where it is there, it is left as it is.
    let isImplied: Bool

    init(_ value: ManifestValue, key: ObjectKey, leaves: [String] = [], isImplied: Bool = false) {
        self.key = key
        self.leaves = leaves
        self.isImplied = isImplied
        apiVersion = value["apiVersion"]?.string ?? ""
        owners = value[["metadata", "ownerReferences"]]?.elements ?? []
        yaml = CanonicalYAML.encode(value.changing("metadata", "ownerReferences") { _ in nil })
    }

    /// The same object with another manifest.
    func changed(to value: ManifestValue) -> ApplyObject {
        var object = self
        object.yaml = CanonicalYAML.encode(value)
        return object
    }

    func withoutOwners() -> ApplyObject {
        var object = self
        object.owners = []
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

/// What will happen to an object.
public enum ApplyAction: String, Sendable, CaseIterable {
    case create
    case update
    case unchanged
    /// It is there, differs, and stays as it is.
    case skip
    /// The cluster has no such kind: it cannot be there.
    case impossible
    /// It stands in the way: nothing is done before somebody decides.
    case conflict
}

/// The plan of a restore into a cluster: made by reading only, printable, then carried out as it stands.
public struct ApplyPlan: Sendable {
    public struct Item: Sendable {
        public let object: ApplyObject
        public internal(set) var action: ApplyAction
        /// Why, where it is not plain.
        public internal(set) var reason: String?
        /// It is there without the owners that it had.
        var lacksOwners = false
    }

    /// In the order of their application.
    public internal(set) var items: [Item] = []
    /// Worth knowing: namespaces that are made, references that are dropped.
    public internal(set) var notes: [String] = []

    public init() {}

    /// Takes in a later part of the same restore: of an object in both, the later part says what happens.
    public mutating func add(_ other: ApplyPlan) {
        let later = Set(other.items.map(\.object.key))
        items = items.filter { !later.contains($0.object.key) } + other.items
        notes += other.notes
    }

    /// How many objects are to be sent.
    public var open: Int { count(.create) + count(.update) }

    public func count(_ action: ApplyAction) -> Int { items.count { $0.action == action } }
}

/// What is done with objects that are there already and differ.
public enum ExistingObjects: String, Sendable, CaseIterable {
    case skip, update, fail
}

/// How a restore into a cluster went, object by object. Every number was counted.
public struct ApplyReport: Sendable {
    public struct Failure: Sendable {
        public let object: ObjectKey
        public let reason: String
    }

    public internal(set) var created = 0
    public internal(set) var updated = 0
    public internal(set) var unchanged = 0
    public internal(set) var skipped = 0
    /// In a dry run: objects whose namespace or definition is not there yet.
    public internal(set) var unchecked = 0
    public internal(set) var failures: [Failure] = []
    public internal(set) var notes: [String] = []

    public init() {}

    /// Takes in the second part of what was counted with its first.
    public mutating func add(released other: ApplyReport) {
        failures += other.failures
        notes += other.notes
    }

    /// Takes in what a later part of the same restore did.
    public mutating func add(_ other: ApplyReport) {
        created += other.created
        updated += other.updated
        skipped += other.skipped
        failures += other.failures
        notes += other.notes
    }
}
