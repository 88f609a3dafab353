/// One object as it is kept: its identity, its place in the history, its canonical text.
public struct ManifestObject: Sendable, Equatable {
    public let key: ObjectKey
    /// Relative, safe, and different for different keys.
    public let path: String
    public let yaml: [UInt8]
    /// For an object of a live cluster: the owners of its fields, kept beside it.
    public let fields: [UInt8]?

    /// An object of a live cluster, already without what the cluster filled in.
    init(key: ObjectKey, value: ManifestValue, fields: ManagedFields?) throws(LineProblem) {
        self.key = key
        path = key.path
        yaml = try CanonicalYAML.checked(value)
        self.fields = fields?.text
    }

    /// The object a document describes, without what the API server sets itself.
    init(_ located: LocatedValue) throws(LineProblem) {
        let fields = ObjectFields(value: located.value, line: located.line)
        guard case .mapping = located.value else { throw fields.problem("a manifest is a mapping, and this is not") }
        let group = try fields.group()
        let kind = try fields.string("kind", located.value["kind"])
        guard let metadata = located.value["metadata"] else { throw fields.problem("the document has no metadata") }
        guard case .mapping = metadata else { throw fields.problem("metadata is not a mapping") }
        let name = try fields.string("metadata.name", metadata["name"])
        let namespace = try fields.optionalString("metadata.namespace", metadata["namespace"])
        let key = ObjectKey(group: group, kind: kind, namespace: namespace, name: name)
        self.key = key.isClusterScoped ? ObjectKey(group: group, kind: kind, namespace: nil, name: name) : key
        path = key.path
        do { yaml = try CanonicalYAML.checked(located.value.withoutServerFields) } catch { throw fields.problem(error.why) }
        self.fields = nil
    }
}

/// The fields every object must have, and what to say when one is missing.
private struct ObjectFields {
    let value: ManifestValue
    let line: Int

    func problem(_ why: String, hint: String? = nil) -> LineProblem { LineProblem(line: line, why: why, hint: hint) }

    /// The group of `apiVersion`.
    func group() throws(LineProblem) -> String {
        let version = try string("apiVersion", value["apiVersion"])
        let parts = version.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, !parts.contains("") else {
            throw problem("the apiVersion \(version.debugDescription) is neither v1 nor group/v1")
        }
        return parts.count == 2 ? String(parts[0]) : ""
    }

    func string(_ name: String, _ value: ManifestValue?) throws(LineProblem) -> String {
        guard let string = try optionalString(name, value) else { throw problem("the document has no \(name)") }
        return string
    }

    /// nil for what is absent, null or empty: the API server takes the three for one.
    func optionalString(_ name: String, _ value: ManifestValue?) throws(LineProblem) -> String? {
        guard let value else { return nil }
        if let string = value.string { return string.isEmpty ? nil : string }
        guard case .scalar(let scalar) = value else { throw problem("\(name) is not a string") }
        if PlainScalar.isNull(scalar.text) { return nil }
        throw problem("\(name) is \(scalar.text), which is not a string", hint: "Write it in quotes")
    }
}

extension ManifestValue {
    /// The value without the fields that only the API server writes; everything else stays, empty lists and mappings included.
    var withoutServerFields: ManifestValue {
        let serverMetadata = ["creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid"]
        return filtered { $0 != "status" }.mapped("metadata") { $0.filtered { !serverMetadata.contains($0) } }
    }

    private func filtered(_ isKept: (String) -> Bool) -> ManifestValue {
        guard case .mapping(let entries) = self else { return self }
        return .mapping(entries.filter { isKept($0.key.text) })
    }

    private func mapped(_ key: String, _ transform: (ManifestValue) -> ManifestValue) -> ManifestValue {
        guard case .mapping(let entries) = self else { return self }
        return .mapping(entries.map { $0.key.text == key ? ManifestEntry(key: $0.key, value: transform($0.value)) : $0 })
    }
}
