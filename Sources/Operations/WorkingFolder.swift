import FileTree
import Glibc

/// A directory to work in: one of the cache, which stays, or a temporary one, which goes with this object.
final class WorkingFolder {
    let path: String
    private let isTemporary: Bool

    /// - Parameter cached: nil where there is no cache.
    init(_ cached: String?) throws {
        if let cached {
            path = cached
            isTemporary = false
            return
        }
        var template = Array("\(Self.temporaryRoot)/rekindle-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw SystemError("make a directory in", path: Self.temporaryRoot, code: errno) }
        path = String(cString: made)
        isTemporary = true
    }

    deinit {
        guard isTemporary, let slash = path.lastIndex(of: "/") else { return }
        // What stays behind in /tmp is only litter.
        if let parent = try? Directory.open(Self.temporaryRoot) {
            _ = try? TargetSweep.remove(Array(path[path.index(after: slash)...].utf8), in: parent, sparing: nil, isDryRun: false)
        }
    }

    private static var temporaryRoot: String {
        guard let value = getenv("TMPDIR"), value.pointee == CChar(UInt8(ascii: "/")) else { return "/tmp" }
        return String(cString: value)
    }
}
