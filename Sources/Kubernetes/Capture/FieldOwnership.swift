/// Which fields of an object somebody asked for, as against those that the server filled in.
///
/// Source: `metadata.managedFields` (fieldsV1), which lists what each client sent, and the annotation that `kubectl apply` leaves.
struct FieldOwnership {
    static let lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

    private let fields: [ManifestValue]
    private let applied: ManifestValue?

    /// Whether anything says who asked for what: objects from before the server kept record, and those whose record was cleared, say nothing.
    var isKnown: Bool { applied != nil || !fields.isEmpty }

    init(_ value: ManifestValue) {
        let metadata = value["metadata"]
        fields = (metadata?["managedFields"]?.elements ?? []).compactMap { $0["fieldsV1"] }
        applied = metadata?["annotations"]?[Self.lastApplied]?.string.flatMap { text in
            // Not JSON: then it says nothing.
            try? JSONReader.value(Array(text.utf8)[...])
        }
    }

    func owns(_ path: [String]) -> Bool {
        applied?[path] != nil || fields.contains { $0[path.map { "f:\($0)" }] != nil }
    }

    /// The ports of a service are a list with two keys. Where nothing is known, the port counts as chosen.
    func ownsNodePort(of port: ManifestValue) -> Bool {
        guard isKnown else { return true }
        guard let number = port["port"]?.literal else { return false }
        let key = "k:{\"port\":\(number),\"protocol\":\"\(port["protocol"]?.string ?? "TCP")\"}"
        if fields.contains(where: { $0[["f:spec", "f:ports", key, "f:nodePort"]] != nil }) { return true }
        return applied?[["spec", "ports"]]?.elements.contains { $0["port"]?.literal == number && $0["nodePort"] != nil } ?? false
    }
}
