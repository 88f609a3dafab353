import Tarball
import Vault

/// The Kubernetes objects of a snapshot.
extension SnapshotView {
    private static let manifestBytesMax = 32 << 20

    /// Gives each manifest with its path as in the history: "photon/deployment.apps/web.yaml".
    func manifests(_ body: (String, TreeEntry) throws -> Void) throws {
        var isThere = false
        let folder = Array(ManifestHistory.filesName.utf8)
        try entries { entry in
            guard entry.path.components.first?.elementsEqual(folder) ?? false else { return }
            isThere = true
            guard case .file = entry.kind else { return }
            try body(String(entry.path.description.dropFirst(folder.count + 1)), entry)
        }
        guard isThere else {
            throw VaultError(.usage, "the snapshot \(snapshot.shortID) has no manifests", hint: "`rekindle show` says what it has.")
        }
    }

    func manifest(_ entry: TreeEntry) throws -> [UInt8] {
        guard let text = try content(entry, limit: Self.manifestBytesMax) else {
            throw VaultError(.damaged, "it is larger than \(Self.manifestBytesMax >> 20) MiB, which no object is")
        }
        return text
    }
}
