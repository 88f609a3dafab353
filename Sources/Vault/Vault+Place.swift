package import FileTree
import Storage

extension Vault {
    /// Which directory it is, so that neither a backup nor a restore takes it for data; nil where it is none of this machine's.
    package func identity() throws -> FileIdentity? {
        store is LocalStore ? try Directory.open(store.location).file.status().identity : nil
    }

    /// The same with its folders, each of which may be mounted elsewhere as well.
    package func identities() throws -> Set<FileIdentity> {
        guard store is LocalStore else { return [] }
        let root = try Directory.open(store.location)
        let folders = try Folder.allCases.compactMap { try root.statusIfPresent(of: Array($0.rawValue.utf8))?.identity }
        return Set(folders + [try root.file.status().identity])
    }
}
