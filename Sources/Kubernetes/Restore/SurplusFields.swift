/// What an object in the cluster has beyond its manifest. Server-side apply leaves what others have added; after an update there is to be
/// what the snapshot has, and no more.
///
/// Only of kinds that nobody but people and their tools writes to. What a controller fills in and the manifest cannot know (the claim of a
/// volume, the certificates of a webhook, the resources behind a custom resource) would be taken from it, with more harm than good.
enum SurplusFields {
    private static let kinds: Set<String> = [
        "configmap", "secret", "service", "limitrange", "resourcequota", "deployment.apps", "statefulset.apps", "daemonset.apps",
        "cronjob.batch", "horizontalpodautoscaler.autoscaling", "poddisruptionbudget.policy", "ingress.networking.k8s.io",
        "networkpolicy.networking.k8s.io", "role.rbac.authorization.k8s.io", "clusterrole.rbac.authorization.k8s.io",
        "rolebinding.rbac.authorization.k8s.io", "clusterrolebinding.rbac.authorization.k8s.io",
    ]

    /// Kept by who works with the object; to take them away would let it go.
    private static let kept: Set<String> = ["finalizers", "ownerReferences"]

    static func isRemoved(from key: ObjectKey) -> Bool { kinds.contains(key.resource) }

    /// A JSON merge patch (RFC 7386) that takes it away; nil where there is nothing. A list that differs is replaced whole. What is only a
    /// default of the server comes back at once. It holds for this very state of the object.
    ///
    /// - Parameters:
    ///   - live: as the server has it.
    ///   - manifest: as it is to be.
    ///   - isApplied: whether the manifest has been applied; else the patch also sets what it has.
    static func patch(from live: ManifestValue, to manifest: ManifestValue, _ key: ObjectKey, isApplied: Bool) -> ManifestValue? {
        guard isRemoved(from: key) else { return nil }
        let canonical = ServerFields.removed(from: live, key) { _, _ in false }.removing("apiVersion", "kind")
        var wanted = manifest.removing("apiVersion", "kind")
        // Where the manifest leaves the number to an autoscaler, it is the autoscaler's.
        if wanted[["spec", "replicas"]] == nil, let replicas = canonical[["spec", "replicas"]] {
            wanted = wanted.changing("spec") { $0.setting("replicas", to: replicas) }
        }
        guard var patch = difference(canonical, wanted, setsMissing: !isApplied) else { return nil }
        if key.resource == "service" {
            let ownership = FieldOwnership(live)
            patch = patch.changing("spec", "ports") { $0.mapElements { keepingNodePort($0, live, ownership) } }
        }
        let version = live[["metadata", "resourceVersion"]]
        let metadata = (patch["metadata"] ?? .mapping([])).setting("resourceVersion", to: version)
        return patch.setting("metadata", to: metadata)
    }

    private static func difference(_ live: ManifestValue, _ manifest: ManifestValue, setsMissing: Bool) -> ManifestValue? {
        var entries: [ManifestEntry] = []
        for entry in live.entries where !kept.contains(entry.key.text) {
            switch (entry.value, manifest[entry.key.text]) {
            case (_, nil): entries.append(ManifestEntry(key: entry.key, value: .scalar(ManifestScalar(text: "null", isLiteral: true))))
            case (.mapping, .mapping(let wanted)?):
                guard let inner = difference(entry.value, .mapping(wanted), setsMissing: setsMissing) else { continue }
                entries.append(ManifestEntry(key: entry.key, value: inner))
            case (.sequence, .sequence(let wanted)?):
                guard CanonicalYAML.encode(entry.value) != CanonicalYAML.encode(.sequence(wanted)) else { continue }
                entries.append(ManifestEntry(key: entry.key, value: .sequence(wanted)))
            case (let value, let wanted?):
                // Where it was set and differs still, it is the server's spelling of it.
                if setsMissing, value != wanted { entries.append(ManifestEntry(key: entry.key, value: wanted)) }
            }
        }
        if setsMissing { entries += manifest.entries.filter { live[$0.key.text] == nil } }
        return entries.isEmpty ? nil : .mapping(entries)
    }

    /// A port that stays keeps the number that the cluster has given it; not one that somebody chose.
    private static func keepingNodePort(_ port: ManifestValue, _ live: ManifestValue, _ ownership: FieldOwnership) -> ManifestValue {
        guard port["nodePort"] == nil else { return port }
        func key(_ port: ManifestValue) -> [String] { [port["port"]?.literal ?? "", port["protocol"]?.string ?? "TCP"] }
        guard let same = live[["spec", "ports"]]?.elements.first(where: { key($0) == key(port) }), !ownership.ownsNodePort(of: same) else {
            return port
        }
        return port.setting("nodePort", to: same["nodePort"])
    }
}
