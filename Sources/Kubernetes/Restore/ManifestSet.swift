public import Core

/// Manifests read back from a snapshot, changed for the cluster that they go to.
public struct ManifestSet: Sendable {
    public internal(set) var objects: [ApplyObject] = []
    public internal(set) var findings = Findings()
    private let mapping: Mapping
    /// Volumes of the snapshot, wanted or not: whether a provisioner made them.
    private var volumes: [String: Bool] = [:]

    /// Words of the mapping that no object has named yet, each with a mapping of nothing else.
    private var unused: [(word: String, mapping: Mapping)]

    public init(mapping: Mapping = Mapping()) {
        self.mapping = mapping
        unused = mapping.parts
    }

    /// Names in the mapping that no object has: "the storage class fast".
    public var unusedWords: [String] { unused.map(\.word) }

    /// Claims need to know their volumes even where the volumes themselves are not wanted.
    public static func mustRead(_ key: ObjectKey) -> Bool { key.resource == "persistentvolume" }

    /// Adds the object of a file; throws a sentence for what is no manifest.
    ///
    /// - Parameters:
    ///   - path: in the history; its first component says whether the object has a namespace.
    ///   - fields: what was kept beside it; nil where there is nothing.
    ///   - isWanted: else it only tells what others need to know of it.
    public mutating func add(_ text: [UInt8], path: String, fields: [UInt8]? = nil, isWanted: Bool = true) throws(ManifestProblem) {
        let value: ManifestValue
        let read: ManifestObject
        do {
            // Our own text needs no guard against what strangers write; an older program may have written otherwise.
            let only = try CanonicalYAML.decode(text).map { LocatedValue(value: $0, line: 1, itemLines: []) } ?? YAMLReader.only(text)
            value = only.value
            read = try ManifestObject(only)
        } catch { throw ManifestProblem(error, in: path) }
        let isClusterScoped = path.hasPrefix(ObjectKey.clusterFolder + "/")
        let old = ObjectKey(
            group: read.key.group, kind: read.key.kind, namespace: read.key.namespace, name: read.key.name, isClusterScoped: isClusterScoped
        )
        if old.resource == "persistentvolume" {
            volumes[old.name] = value.isProvisionedVolume
        }
        guard isWanted else { return }
        guard !old.isOfServer else {
            findings.note("\(old) is left out: every server keeps its own")
            return
        }
        let whole = value.withDefaultProtocols(old)
        let mapped = mapping.apply(to: whole, old)
        unused.removeAll { $0.mapping.apply(to: whole, old) != whole }
        let name = mapped[["metadata", "name"]]?.string ?? old.name
        let key = ObjectKey(
            group: old.group, kind: old.kind, namespace: mapped[["metadata", "namespace"]]?.string, name: name,
            isClusterScoped: isClusterScoped)
        let managed = fields.flatMap(ManagedFields.init(text:))?.mapped { mapping.apply(to: $0, old) }
        objects.append(ApplyObject(mapped, key: key, leaves: mapping.namespacesLeft(by: whole, old)).owned(by: managed))
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
            findings.note("\(object.key) is left out: a provisioner makes a new volume for its claim")
            return true
        }
        objects = objects.map { object in
            guard object.key.resource == "persistentvolumeclaim", let value = object.value,
                let volume = value[["spec", "volumeName"]]?.string,
                volumes[volume] != false
            else { return object }
            findings.note("\(object.key): not tied to its old volume \(volume), which a provisioner made or the snapshot does not have")
            return object.changed(to: value.changing("spec", "volumeName") { _ in nil }).once(in: volume)
        }
        addNamespaces()
    }

    /// Leaves out what stands outside of namespaces and is not used by what is in them; `isWanted` keeps what was asked for by its kind.
    public mutating func keepUsed(isWanted: (ObjectKey) -> Bool) {
        var references = ClusterReferences(namespaces: Array(Set(objects.compactMap(\.key.namespace))))
        for object in objects where !object.key.isClusterScoped { if let value = object.value { references.add(value, object.key) } }
        var used: Set<ObjectKey> = []
        for kind in ClusterReferences.order {
            for object in objects where object.key.resource == kind {
                if let value = object.value, references.take(value, object.key) { used.insert(object.key) }
            }
        }
        let before = objects.count
        objects.removeAll { object in
            object.key.isClusterScoped && object.key.resource != "namespace" && !used.contains(object.key) && !isWanted(object.key)
        }
        let left = before - objects.count
        if left > 0 {
            findings.note("\(left) objects outside of namespaces are left out, since these namespaces do not use them: --kind brings them")
        }
    }

    /// Leaves out what carries one of these labels or annotations; returns the words that have met something.
    public mutating func leaveOut(_ exclusion: ObjectExclusion) -> Set<String> {
        if exclusion.labels.isEmpty, exclusion.annotations.isEmpty { return [] }
        var met: Set<String> = []
        objects.removeAll { object in
            guard let word = object.value.flatMap({ exclusion.word(for: $0, object.key) }) else { return false }
            met.insert(word)
            return true
        }
        return met
    }

    public var keys: Set<ObjectKey> { Set(objects.map(\.key)) }

    /// The same with these objects alone, and those whose copies these are.
    public func only(_ keys: Set<ObjectKey>) -> ManifestSet {
        var set = self
        set.objects.removeAll { object in !keys.contains(object.key) && !(object.copyOfBinding.map { keys.contains($0.key) } ?? false) }
        set.findings = Findings()
        return set
    }

    public func without(_ keys: Set<ObjectKey>) -> ManifestSet { only(self.keys.subtracting(keys)) }

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
            objects.append(ApplyObject(value, key: key, isImplied: true))
        }
    }
}

extension ApplyObject {
    /// The manifest again; it was encoded here, so it can be read.
    var value: ManifestValue? { try? CanonicalYAML.trusted(yaml) }
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
