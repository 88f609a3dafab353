import CLinux
public import Core
import Glibc

extension Directory {
    /// Where the file system that holds this directory is mounted: the path without links, of this directory or of one above it.
    ///
    /// - Parameter path: this directory's whole path, without links.
    public func mountPoint(path: String) throws(SystemError) -> String {
        var (place, below) = (path[...], self)
        while let slash = place.lastIndex(of: "/"), place.utf8.count > 1 {
            let above = slash == place.startIndex ? "/" : place[..<slash]
            let parent = try below.parentForStatus(path: String(above))
            if try below.isMountPoint(in: parent) { return String(place) }
            (place, below) = (above, parent)
        }
        return "/"
    }

    /// The directory above, opened without the right to list it: good for its status alone.
    private func parentForStatus(path: String) throws(SystemError) -> Directory {
        let descriptor = try checked("examine", Array(path.utf8)) {
            openat(file.descriptor, "..", Int32(rekindle_o_path) | O_DIRECTORY | O_CLOEXEC)
        }
        return Directory(OpenFile(descriptor: descriptor, path: Array(path.utf8)))
    }
}
