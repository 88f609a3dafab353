import Core
package import Tarball
import Vault

/// The Kubernetes objects of a snapshot.
extension SnapshotView {
    private static let manifestBytesMax = 32 << 20

    /// Gives each manifest with its path as in the history: "photon/deployment.apps/web.yaml".
    ///
    /// - Parameter beside: is given what is kept beside a manifest, with the manifest's own path, before or after it.
    package func manifests(_ body: (String, TreeEntry) throws -> Void, beside: (String, TreeEntry) throws -> Void = { _, _ in }) throws {
        var isThere = false
        let folder = Array(ReservedNames.manifests.utf8)
        try entries { entry in
            guard entry.path.components.first?.elementsEqual(folder) ?? false else { return }
            isThere = true
            guard case .file = entry.kind else { return }
            let path = String(entry.path.description.dropFirst(folder.count + 1))
            if let object = FieldsFile.object(of: path) { try beside(object, entry) } else { try body(path, entry) }
        }
        guard isThere else {
            throw Failure(.usage, "the snapshot \(snapshot.shortID) has no manifests", hint: "`rekindle show` says what it has.")
        }
    }

    package func manifest(_ entry: TreeEntry) throws -> [UInt8] {
        guard let text = try content(entry, limit: Self.manifestBytesMax) else {
            throw Failure(.damaged, "it is larger than \(Self.manifestBytesMax >> 20) MiB, which no object is")
        }
        return text
    }
}
