package import FileTree
import Storage

extension Vault {
    /// Which directory it is, so that neither a backup nor a restore takes it for data; nil where it is none of this machine's.
    package func identity() throws -> FileIdentity? {
        try store.directory.map { try Directory.open($0).file.status().identity }
    }

    /// The same with its folders, each of which may be mounted elsewhere as well.
    package func identities() throws -> Set<FileIdentity> {
        guard let place = store.directory else { return [] }
        let root = try Directory.open(place)
        let folders = try Folder.allCases.compactMap { try root.statusIfPresent(of: Array($0.rawValue.utf8))?.identity }
        return Set(folders + [try root.file.status().identity])
    }
}
