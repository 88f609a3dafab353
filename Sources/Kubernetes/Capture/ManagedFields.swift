/// Who owns which fields of an object, and what `kubectl apply` last sent. It is kept beside the manifest, so that after a restore the next
/// apply of whoever made the object (kubectl, Flux, Argo CD, a pipeline) does what it would have done before.
///
/// Source: `metadata.managedFields` and the annotation `last-applied-configuration`.
struct ManagedFields: Sendable, Equatable {
    /// The field manager that a server knows this program by.
    static let ours = "rekindle"

    /// The annotation's value.
    private(set) var lastApplied: String?
    /// Entries of `metadata.managedFields` in an order of their own, without times: those would differ every night.
    let entries: [ManifestValue]

    /// Of an object as the server gives it. That nobody owns any of it is worth keeping, too.
    init(live value: ManifestValue) {
        let metadata = value["metadata"]
        lastApplied = metadata?["annotations"]?[FieldOwnership.lastApplied]?.string
        entries = (metadata?["managedFields"]?.elements ?? []).compactMap(Self.lasting).sorted {
            CanonicalYAML.encode($0).lexicographicallyPrecedes(CanonicalYAML.encode($1))
        }
    }

    /// Of a text that `text` gave; nil for any other.
    init?(text: [UInt8]) {
        guard let value = CanonicalYAML.decode(text), let entries = value["managedFields"]?.elements else { return nil }
        lastApplied = value["lastApplied"]?.string
        self.entries = entries
    }

    /// Whether a restore without such a record had made the object: then its fields are the restore's for good.
    var isOurs: Bool { entries.contains { $0["manager"]?.string == ManagedFields.ours } }

    var text: [UInt8] {
        var fields = lastApplied.map { [ManifestEntry(key: .string("lastApplied"), value: .string($0))] } ?? []
        fields.append(ManifestEntry(key: .string("managedFields"), value: .sequence(entries)))
        return CanonicalYAML.encode(.mapping(fields))
    }

    /// An entry without what is made anew by controllers: the status, and references to owners, which will have other uids.
    private static func lasting(_ entry: ManifestValue) -> ManifestValue? {
        guard entry["subresource"]?.string != "status", let fields = entry["fieldsV1"] else { return nil }
        let kept = fields.removing("f:status").changing("f:metadata") { metadata in
            let rest = metadata.removing("f:ownerReferences").changing("f:annotations") { annotations in
                let isOurs = { (field: String) in !ServerFields.isMadeByServer(annotation: String(field.dropFirst("f:".count))) }
                guard annotations.entries.contains(where: { !isOurs($0.key.text) }) else { return annotations }
                let rest = annotations.removingKeys { !isOurs($0) }
                return rest.entries.allSatisfy { $0.key.text == "." } ? nil : rest
            }
            return rest.entries.isEmpty ? nil : rest
        }
        guard !kept.entries.isEmpty else { return nil }
        return entry.removing("time").setting("fieldsV1", to: kept)
    }

    /// The same of an object that has other names now.
    func mapped(_ transform: (ManifestValue) -> ManifestValue) -> ManagedFields {
        guard let text = lastApplied, let value = try? JSONReader.value(Array(text.utf8)[...]) else { return self }
        let mapped = transform(value)
        guard mapped != value else { return self }
        var fields = self
        fields.lastApplied = String(decoding: JSONWriter.encode(mapped), as: UTF8.self) + "\n"
        return fields
    }
}
