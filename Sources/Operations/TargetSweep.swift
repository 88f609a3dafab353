import Core
import FileTree
import Tarball

/// The names that stand in a target directory, gone through beside the names of the snapshot: both are sorted.
struct TargetSweep {
    private let names: NameList
    private var next = 0

    /// - Parameter names: of the directory, before anything is written into it.
    init(_ names: NameList) { self.names = names }

    /// The names before `name` that were not asked for; all that are left when it is nil. `name` itself is passed over.
    mutating func names(before name: [UInt8]?) -> [[UInt8]] {
        var extra: [[UInt8]] = []
        while next < names.count {
            let candidate = names[next]
            if let name, !candidate.lexicographicallyPrecedes(name) {
                if candidate == name { next += 1 }
                break
            }
            // Removed before, or in the hands of another run.
            if !TemporaryFiles.isTemporary(candidate) { extra.append(candidate) }
            next += 1
        }
        return extra
    }

    /// What a removal did.
    struct Removal {
        /// Names that are gone.
        var count = 0
        /// Something in it stays, and so what is above it.
        var isPartial = false
        /// Paths that were spared: mount points, the vault, other datasets.
        var spared: [[UInt8]] = []
    }

    /// What a removal leaves alone.
    struct Limits {
        var filter = PathFilter()
        /// Directories that are never removed, wherever they lie.
        var spared: Set<FileIdentity> = []
        var isDryRun = false
    }

    /// Removes a file, or a directory with all that is in it. Follows no link, goes into no other file system, and leaves sockets
    /// alone, which no backup has.
    ///
    /// - Parameter path: by which the filter knows it; nil where there is none.
    static func remove(
        _ name: [UInt8], in directory: Directory, as path: TreePath? = nil, _ limits: Limits = Limits()
    ) throws(SystemError) -> Removal {
        var removal = Removal()
        let kind = try directory.status(of: name).kind
        if let path, kind == .socket || !limits.filter.selects(path.bytes) {
            removal.isPartial = true
            return removal
        }
        guard kind == .directory else {
            guard !directory.isMountPoint(name) else {
                removal.isPartial = true
                removal.spared = [directory.path(of: name)]
                return removal
            }
            if !limits.isDryRun { try directory.removeFile(name) }
            removal.count = 1
            return removal
        }
        let below = try directory.openDirectory(name)
        let identity = try below.file.status().identity
        let isMounted = try below.isMountPoint(in: directory)
        if isMounted || limits.spared.contains(identity) {
            removal.isPartial = true
            removal.spared = [below.path]
            return removal
        }
        for child in try below.names() {
            let inner = try remove(child, in: below, as: path?.appending(child), limits)
            removal.count += inner.count
            removal.isPartial = removal.isPartial || inner.isPartial
            removal.spared += inner.spared
        }
        if !removal.isPartial {
            if !limits.isDryRun { try directory.removeDirectory(name) }
            removal.count += 1
        }
        return removal
    }
}
