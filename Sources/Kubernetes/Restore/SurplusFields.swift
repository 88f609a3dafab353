/// What an object in the cluster has beyond its manifest. Server-side apply leaves what others have added; after an update there is to be
/// what the snapshot has, and no more.
enum SurplusFields {
    /// Kept by who works with the object; to take them away would let it go.
    private static let kept: Set<String> = ["finalizers", "ownerReferences"]

    /// A JSON merge patch (RFC 7386) that takes it away; nil where there is nothing. A list that differs is replaced whole. What is only a
    /// default of the server comes back at once.
    ///
    /// - Parameters:
    ///   - live: as the server has it after the manifest was applied.
    ///   - manifest: as it was applied.
    static func patch(from live: ManifestValue, to manifest: ManifestValue, _ key: ObjectKey) -> ManifestValue? {
        let canonical = ServerFields.removed(from: live, key) { _, _ in false }
        let patch = difference(canonical.removing("apiVersion", "kind"), manifest)
        guard key.resource == "service" else { return patch }
        return patch?.changing("spec", "ports") { $0.mapElements { keepingNodePort($0, live) } }
    }

    private static func difference(_ live: ManifestValue, _ manifest: ManifestValue) -> ManifestValue? {
        var entries: [ManifestEntry] = []
        for entry in live.entries where !kept.contains(entry.key.text) {
            switch (entry.value, manifest[entry.key.text]) {
            case (_, nil): entries.append(ManifestEntry(key: entry.key, value: .scalar(ManifestScalar(text: "null", isLiteral: true))))
            case (.mapping, .mapping(let wanted)?):
                guard let inner = difference(entry.value, .mapping(wanted)) else { continue }
                entries.append(ManifestEntry(key: entry.key, value: inner))
            case (.sequence, .sequence(let wanted)?):
                if entry.value != .sequence(wanted) { entries.append(ManifestEntry(key: entry.key, value: .sequence(wanted))) }
            // A scalar was set; where it differs still, it is the server's spelling of it.
            default: continue
            }
        }
        return entries.isEmpty ? nil : .mapping(entries)
    }

    /// A port that stays keeps the number that the cluster has given it.
    private static func keepingNodePort(_ port: ManifestValue, _ live: ManifestValue) -> ManifestValue {
        guard port["nodePort"] == nil else { return port }
        func key(_ port: ManifestValue) -> [String] { [port["port"]?.literal ?? "", port["protocol"]?.string ?? "TCP"] }
        let same = live[["spec", "ports"]]?.elements.first { key($0) == key(port) }
        return port.setting("nodePort", to: same?["nodePort"])
    }
}
