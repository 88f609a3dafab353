public import Core

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

/// What will happen to an object.
public enum ApplyAction: String, Sendable, CaseIterable {
    case create
    case update
    case unchanged
    /// It is there, differs, and stays as it is.
    case skip
    /// How it stands cannot be read now, since who answers for it is down: looked at again when the rest is there.
    case later
    /// It cannot come back as things stand: there is no such kind, or what is there is on its way out. The others do not wait for it.
    case impossible
    /// It stands in the way: nothing is done before somebody decides.
    case conflict
}

/// The plan of a restore into a cluster: made by reading only, printable, then carried out as it stands.
public struct ApplyPlan: Sendable {
    public struct Item: Sendable {
        public internal(set) var object: ApplyObject
        public internal(set) var action: ApplyAction
        /// Why, where it is not plain.
        public internal(set) var reason: String?
        /// It is there without the owners that it had.
        var lacksOwners = false
        /// It is there, and its fields are not yet whose they were.
        var lacksManagers = false
        var isHalfDone: Bool { lacksOwners || lacksManagers }
        /// It is there, or could not be looked at.
        var mayBeThere = false
        /// The volume of a claim that is gone, and that it takes over.
        var releasedVolume: String?
    }

    /// In the order of their application.
    public internal(set) var items: [Item] = []
    /// Worth knowing: namespaces that are made, references that are dropped.
    public internal(set) var findings = Findings()
    /// Warnings for the operator, before anything is done.
    public var warnings: [String] = []

    public init() {}

    /// Claims that will be made without a volume that is there, "namespace/name"; of what a stateful set makes itself, "namespace/template-name-*".
    public var emptyClaims: [String] {
        let made = items.filter { $0.action == .create }
        let claims = made.compactMap { item -> String? in
            let (key, object) = (item.object.key, item.object)
            guard key.resource == "persistentvolumeclaim", object.value?[["spec", "volumeName"]] == nil else { return nil }
            return "\(key.namespace ?? "")/\(key.name)"
        }
        let known = Set(
            items.map(\.object.key).filter { $0.resource == "persistentvolumeclaim" }.map { "\($0.namespace ?? "")/\($0.name)" })
        let templates = made.filter { $0.object.key.resource == "statefulset.apps" }.flatMap { item -> [String] in
            (item.object.value?[["spec", "volumeClaimTemplates"]]?.elements ?? []).compactMap { template in
                template[["metadata", "name"]]?.text.map { "\(item.object.key.namespace ?? "")/\($0)-\(item.object.key.name)-" }
            }
        }
        return claims + templates.filter { prefix in !known.contains { $0.hasPrefix(prefix) } }.map { $0 + "*" }
    }

    /// Takes in a later part of the same restore: of an object in both, the later part says what happens.
    public mutating func add(_ other: ApplyPlan) {
        let later = Set(other.items.map(\.object.key))
        items = items.filter { !later.contains($0.object.key) } + other.items
        findings.add(new: other.findings)
    }

    /// The same plan in the middle of a restore, where it is too late to stop for what stands in the way: that stays as it is.
    ///
    /// - Returns: what did, each with the reason.
    public mutating func passOverConflicts() -> [(object: ObjectKey, reason: String)] {
        let found = items.indices.filter { items[$0].action == .conflict }
        for index in found { items[index].action = .skip }
        return found.map { (items[$0].object.key, items[$0].reason ?? "it stands in the way") }
    }

    /// Objects that were sent, or needed no sending.
    public var settled: Set<ObjectKey> { keys(.create).union(keys(.update)).union(keys(.unchanged)) }

    /// Two plans: objects that must exist before anything runs, and the rest.
    public var stages: [ApplyPlan] {
        [true, false].map { isBefore in
            var stage = self
            stage.items = items.filter { (ApplyOrder.tier($0.object) < ApplyOrder.workloads) == isBefore }
            return stage
        }
    }

    /// Those of which the same will happen.
    public func keys(_ action: ApplyAction) -> Set<ObjectKey> { Set(items.filter { $0.action == action }.map(\.object.key)) }

    /// How many objects are to be sent.
    public var open: Int { count(.create) + count(.update) }

    public func count(_ action: ApplyAction) -> Int { items.count { $0.action == action } }
}

/// How to treat objects that exist and differ.
public enum ExistingObjects: String, Sendable, CaseIterable {
    case skip, update, fail
}

/// How a restore into a cluster went, object by object. Every number was counted.
public struct ApplyReport: Sendable {
    public struct Failure: Sendable {
        public let object: ObjectKey
        public let reason: String
        /// Whether it may succeed when what it waits for is up: a webhook, a server behind the server.
        public let mayPass: Bool
    }

    public internal(set) var created = 0
    public internal(set) var updated = 0
    public internal(set) var unchanged = 0
    public internal(set) var skipped = 0
    /// In a dry run: objects whose namespace or definition is not there yet.
    public internal(set) var unchecked = 0
    public internal(set) var failures: [Failure] = []
    public internal(set) var findings = Findings()

    public init() {}

    /// Takes in the second part of what was counted with its first.
    public mutating func add(released other: ApplyReport) {
        failures += other.failures
        findings.add(other.findings)
    }

    /// Takes in what became of objects that were sent again.
    public mutating func add(_ other: ApplyReport, insteadOf keys: Set<ObjectKey>) {
        failures.removeAll { keys.contains($0.object) }
        add(other)
    }

    public mutating func fail(_ object: ObjectKey, _ reason: String) {
        failures.append(Failure(object: object, reason: reason, mayPass: false))
    }

    /// Takes in what a later part of the same restore did.
    public mutating func add(_ other: ApplyReport) {
        created += other.created
        updated += other.updated
        unchanged += other.unchanged
        skipped += other.skipped
        failures += other.failures
        findings.add(other.findings)
    }
}
