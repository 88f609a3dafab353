import FileTree

/// The names that stand in a target directory, gone through beside the names of the snapshot: both are sorted.
struct TargetSweep {
    private let names: NameList
    private var next = 0

    init(_ directory: Directory) throws(SystemError) { names = try directory.names() }

    /// The names before `name` that were not asked for; all that are left when it is nil. `name` itself is passed over.
    mutating func names(before name: [UInt8]?) -> [[UInt8]] {
        var extra: [[UInt8]] = []
        while next < names.count {
            let candidate = names[next]
            if let name, !candidate.lexicographicallyPrecedes(name) {
                if candidate == name { next += 1 }
                break
            }
            extra.append(candidate)
            next += 1
        }
        return extra
    }

    /// What a removal did.
    struct Removal {
        /// Names that are gone.
        var count = 0
        /// Directories that stay, with those above them: where something is mounted, and the vault.
        var kept: [[UInt8]] = []
    }

    /// Removes a file, or a directory with all that is in it. Follows no link and goes into no other file system.
    ///
    /// - Parameter vault: is never removed, wherever it lies.
    static func remove(
        _ name: [UInt8], in directory: Directory, sparing vault: FileIdentity?, isDryRun: Bool
    ) throws(SystemError) -> Removal {
        var removal = Removal()
        guard try directory.status(of: name).kind == .directory else {
            if !isDryRun { try directory.removeFile(name) }
            removal.count = 1
            return removal
        }
        let below = try directory.openDirectory(name)
        let isVault = try below.file.status().identity == vault
        if try isVault ? true : below.isMountPoint(in: directory) {
            removal.kept = [below.path]
            return removal
        }
        for child in try below.names() {
            let inner = try remove(child, in: below, sparing: vault, isDryRun: isDryRun)
            removal.count += inner.count
            removal.kept += inner.kept
        }
        if removal.kept.isEmpty {
            if !isDryRun { try directory.removeDirectory(name) }
            removal.count += 1
        }
        return removal
    }
}
