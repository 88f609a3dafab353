/// Differences that do not count between an object of a snapshot and the same object in a cluster.
extension ManifestObject {
    /// Whether a provisioner made a volume.
    public static func isProvisioned(volume text: [UInt8]) -> Bool { CanonicalYAML.decode(text)?.isProvisionedVolume ?? false }

    public var isProvisionedVolume: Bool { key.resource == "persistentvolume" && Self.isProvisioned(volume: yaml) }

    /// Whether a text of the history is the same object, whatever uids its owners have and whichever volume a provisioner made for it.
    ///
    /// - Parameter isFixed: whether a volume, by its name, is there whatever becomes of its claim.
    public func isLike(_ saved: [UInt8], isFixed: (String) -> Bool = { _ in false }) -> Bool {
        if saved == yaml { return true }
        guard let old = CanonicalYAML.decode(saved), let new = CanonicalYAML.decode(yaml) else { return false }
        let volume = old[["spec", "volumeName"]]?.string
        let isTied = key.resource != "persistentvolumeclaim" || (volume.map(isFixed) ?? false)
        return old.comparable(isTied: isTied).isSame(as: new.comparable(isTied: isTied))
    }
}

extension ManifestValue {
    var isProvisionedVolume: Bool { self[["metadata", "annotations"]]?["pv.kubernetes.io/provisioned-by"] != nil }

    fileprivate func comparable(isTied: Bool) -> ManifestValue {
        let value = changing("metadata", "ownerReferences") { $0.mapElements { $0.removing("uid") } }
        return isTied ? value : value.changing("spec", "volumeName") { _ in nil }
    }
}
