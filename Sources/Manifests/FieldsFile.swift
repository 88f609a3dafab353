/// Where the history keeps what belongs to an object and not into its manifest: who owns its fields. In a folder of its own, so that who reads
/// the manifests does not meet it, under names that `kubectl apply -R -f` passes over, and encrypted wherever the manifest is.
package enum FieldsFile {
    private static let folder = "_owners/"
    private static let ending = ".owners"
    private static let sealedEnding = ".owners.sealed"

    /// - Parameter path: the manifest's: "photon/deployment.apps/web.yaml", "photon/secret/key.yaml.age".
    package static func path(of path: String) -> String {
        if path.hasSuffix(".yaml.age") { return folder + path.dropLast(".yaml.age".count) + sealedEnding }
        return folder + (path.hasSuffix(".yaml") ? path.dropLast(".yaml".count) : path[...]) + ending
    }

    /// The path of the manifest that a file is kept beside; nil for what is itself a manifest.
    package static func object(of path: String) -> String? {
        guard path.hasPrefix(folder) else { return nil }
        let rest = path.dropFirst(folder.count)
        if rest.hasSuffix(sealedEnding) { return rest.dropLast(sealedEnding.count) + ".yaml.age" }
        return (rest.hasSuffix(ending) ? rest.dropLast(ending.count) : rest) + ".yaml"
    }

    package static func isOne(_ path: String) -> Bool { path.hasPrefix(folder) }
}
