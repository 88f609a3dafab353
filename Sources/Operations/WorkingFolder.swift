import FileTree
import Glibc

/// A directory to work in: one of the cache, which stays, or a temporary one, which goes with this object.
final class WorkingFolder {
    let path: String
    /// Held on a folder of the cache as long as this object lives; a temporary one needs none.
    private let lock: OpenFile?
    /// Whether it goes with this run, and nothing in it is known to the next.
    var isTemporary: Bool { lock == nil }

    /// - Parameter cached: nil where there is no cache. One that another run works in is not shared.
    init(_ cached: String?) throws {
        if let cached, let folder = try? Directory.open(cached), flock(folder.file.descriptor, LOCK_EX | LOCK_NB) == 0 {
            path = cached
            lock = folder.file
            return
        }
        lock = nil
        var template = Array("\(Self.temporaryRoot)/rekindle-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw SystemError("make a directory in", path: Self.temporaryRoot, code: errno) }
        path = String(cString: made)
    }

    deinit {
        guard lock == nil, let slash = path.lastIndex(of: "/") else { return }
        // What stays behind in /tmp is only litter.
        if let parent = try? Directory.open(Self.temporaryRoot) {
            _ = try? TargetSweep.remove(Array(path[path.index(after: slash)...].utf8), in: parent)
        }
    }

    private static var temporaryRoot: String {
        guard let value = getenv("TMPDIR"), value.pointee == CChar(UInt8(ascii: "/")) else { return "/tmp" }
        return String(cString: value)
    }
}
