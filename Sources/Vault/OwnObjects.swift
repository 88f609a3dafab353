import Core
import Storage
import Tarball

extension Folder {
    /// Whether an object of this name can be the vault's. What others put beside it (thumbnails, conflict copies of a program that
    /// synchronises, what a NAS keeps) is none of its business, and no damage.
    func owns(_ name: ObjectName) -> Bool {
        let base = name.base
        switch self {
        case .packs: return PackFile.digest(name) != nil
        case .indexes: return isDigest(base.dropSuffix(IndexStore.suffix)) && hasNoFolder(name)
        case .snapshots:
            let parts = base.split(separator: "-", omittingEmptySubsequences: false)
            return parts.count == 2 && Timestamp(compact: String(parts[0])) != nil && isDigest(parts[1].dropSuffix(".json"))
                && hasNoFolder(name)
        case .evidence: return Evidence.mayBe(name) && hasNoFolder(name)
        }
    }

    private func hasNoFolder(_ name: ObjectName) -> Bool { name.text.split(separator: "/").count == 2 }

    private func isDigest(_ text: Substring?) -> Bool { text.flatMap { SHA256Digest(hex: String($0)) } != nil }
}

extension Substring {
    fileprivate func dropSuffix(_ suffix: String) -> Substring? { hasSuffix(suffix) ? dropLast(suffix.count) : nil }
}

extension ObjectStore {
    /// The vault's own objects of a folder.
    func own(_ folder: Folder) throws(StoreError) -> [StoredObject] { try list(folder).filter { folder.owns($0.name) } }
}

extension Vault {
    private static let strangersMax = 20

    /// Objects in the vault's folders that are not its own, each named once.
    func strangers() throws -> [String] {
        var names: [String] = []
        for folder in Folder.allCases {
            do throws(StoreError) {
                try store.eachObject(of: folder) { if !folder.owns($0.name) { names.append($0.name.text) } }
            } catch {
                // Old vaults have no folder for evidence.
                if error.kind != .notFound { throw error }
            }
        }
        let rest = names.count > Self.strangersMax ? ["and \(names.count - Self.strangersMax) more that are not the vault's"] : []
        return names.prefix(Self.strangersMax).map { "\($0) is not the vault's; it was left alone" } + rest
    }

    /// Files that a new disk or share contains by itself: they do not prevent a new vault.
    static func isOfTheDisk(_ name: String) -> Bool {
        let lowered = name.lowercased()
        return ofTheDisk.contains(lowered) || lowered.hasPrefix(".trash-") || lowered.hasPrefix("._")
    }

    private static let ofTheDisk: Set<String> = [
        "lost+found", "aquota.user", "aquota.group", "quota.user", "quota.group", ".snapshot", ".snapshots", ".zfs",  // file systems
        "@eadir", "#recycle", "#snapshot", "@recycle", "@sharebin", ".@__thumb", ".qsync", "@tmp",  // NAS
        "system volume information", "$recycle.bin", "thumbs.db", "desktop.ini",  // Windows
        ".ds_store", ".trashes", ".fseventsd", ".spotlight-v100", ".temporaryitems", ".apdisk", ".appledouble", ".documentrevisions-v100",
        ".directory", ".nfs", ".stfolder", ".stversions",  // KDE, NFS, Syncthing
    ]
}
