public import Core

/// What will happen to an object.
public enum ApplyAction: String, Sendable, Encodable, CaseIterable {
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
public struct ApplyPlan: Sendable, Encodable {
    public struct Item: Sendable, Encodable {
        private enum CodingKeys: CodingKey { case object, action, reason }

        /// Which one.
        public internal(set) var object: ApplyObject
        /// What is to become of it.
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
