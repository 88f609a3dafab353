/// Which claims get a new volume: a drill may not take one that is there already.
public struct DrillStorage: Sendable {
    private struct StorageClass {
        let makesVolumes: Bool
        let isDefault: Bool
    }

    private let classes: [String: StorageClass]
    /// By class, the first volume that nobody has claimed; nil where volumes could not be listed.
    private let free: [String: String]?

    /// - Parameter volumes: nil where they could not be listed.
    init(classes: [ManifestValue], volumes: [ManifestValue]?) {
        var known: [String: StorageClass] = [:]
        for value in classes {
            guard let name = value[["metadata", "name"]]?.text else { continue }
            let annotations = value[["metadata", "annotations"]]
            let marks = ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"]
            known[name] = StorageClass(
                makesVolumes: value["provisioner"]?.string != "kubernetes.io/no-provisioner",
                isDefault: marks.contains { annotations?[$0]?.text == "true" })
        }
        self.classes = known
        free = volumes.map { volumes in
            let unclaimed = volumes.filter { $0[["spec", "claimRef"]] == nil }
            return Dictionary(
                unclaimed.map { ($0[["spec", "storageClassName"]]?.text ?? "", $0[["metadata", "name"]]?.text ?? "") }
            ) { first, _ in first }
        }
    }

    /// Why a claim of a class could take somebody's volume; nil where it gets a new one.
    ///
    /// - Parameter name: nil for the default class.
    func refusal(of name: String?) -> String? {
        guard let free else {
            return "volumes cannot be listed, so nobody knows whether its claim would take one that is there: give the account that right"
        }
        guard let name else {
            // Of several, the server takes the newest.
            let defaults = classes.filter(\.value.isDefault).keys.sorted()
            if defaults.isEmpty {
                return "its claim names no class, and the cluster has no default one: it could take a volume that is free"
            }
            return defaults.lazy.compactMap { refusal(of: $0) }.first
        }
        let advice = ": --map-storage-class \(name)=NEW names another"
        guard let found = classes[name] else { return "there is no class \(name), so its claim could take a volume made by hand\(advice)" }
        if !found.makesVolumes { return "the class \(name) makes no volumes, so its claim could take one made by hand\(advice)" }
        return free[name].map { "the volume \($0) of the class \(name) is free, and its claim could take it\(advice)" }
    }
}
