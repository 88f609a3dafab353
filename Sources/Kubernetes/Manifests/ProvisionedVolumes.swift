/// What a provisioner makes of a claim, anew and under another name in every cluster: it is no change of anybody's.
public enum ProvisionedVolumes {
    /// Whether a manifest is that of a volume which a provisioner made.
    public static func made(_ yaml: [UInt8]) -> Bool {
        value(yaml)?[["metadata", "annotations"]]?["pv.kubernetes.io/provisioned-by"] != nil
    }

    /// Whether two manifests of a claim differ in nothing but the volumes that were made for them.
    ///
    /// - Parameter isMade: whether a provisioner has made the volume of a name.
    public static func isSame(_ old: [UInt8], _ new: [UInt8], isMade: (String) -> Bool) -> Bool {
        guard let old = value(old), let new = value(new) else { return false }
        let names = [old, new].compactMap { $0[["spec", "volumeName"]]?.text }
        guard names.allSatisfy({ hasMadeName($0) || isMade($0) }) else { return false }
        func unbound(_ value: ManifestValue) -> [UInt8] { CanonicalYAML.encode(value.changing("spec", "volumeName") { _ in nil }) }
        return unbound(old) == unbound(new)
    }

    /// "pvc-" and the uid of the claim, as provisioners name volumes.
    private static func hasMadeName(_ name: String) -> Bool {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        return parts.first == "pvc" && parts.dropFirst().map(\.utf8.count) == [8, 4, 4, 4, 12]
    }

    private static func value(_ yaml: [UInt8]) -> ManifestValue? {
        let values = try? YAMLText.documents(yaml).flatMap { try YAMLReader.values($0) }
        return values?.first?.value
    }
}
