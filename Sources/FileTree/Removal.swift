package import Core

/// What a removal did.
package struct Removal {
    /// Names that are gone.
    package var count = 0
    /// Something in it stays, and so what is above it.
    package var isPartial = false
    /// Paths that were spared: mount points, the vault, other datasets.
    package var spared: [[UInt8]] = []

    /// Names that a removal leaves alone.
    package struct Limits {
        package var filter = PathFilter()
        /// Directories that are never removed, wherever they lie.
        package var spared: Set<FileIdentity> = []
        package var isDryRun = false

        package init(filter: PathFilter = PathFilter(), spared: Set<FileIdentity> = [], isDryRun: Bool = false) {
            (self.filter, self.spared, self.isDryRun) = (filter, spared, isDryRun)
        }
    }

    /// Removes a file, or a directory with all that is in it. Follows no link, goes into no other file system, and leaves sockets
    /// alone, which no backup has.
    ///
    /// - Parameter path: by which the filter knows it; nil where there is none.
    package static func remove(
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
