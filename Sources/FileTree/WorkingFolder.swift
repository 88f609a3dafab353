import Glibc

/// A directory to work in: one of the cache, which stays, or a temporary one, which goes with this object.
package final class WorkingFolder {
    package let path: String
    /// Held on a folder of the cache as long as this object lives; a temporary one needs none.
    private let lock: OpenFile?
    private let scratch: ScratchFolder?
    /// Whether it goes with this run, and nothing in it is known to the next.
    package var isTemporary: Bool { lock == nil }

    /// - Parameter cached: nil where there is no cache. One that another run works in is not shared.
    package init(_ cached: String?) throws {
        if let cached, let folder = try? Directory.open(cached), flock(folder.file.descriptor, LOCK_EX | LOCK_NB) == 0 {
            path = cached
            lock = folder.file
            scratch = nil
            return
        }
        lock = nil
        let scratch = try ScratchFolder(.work, in: Self.temporaryRoot)
        path = scratch.path
        self.scratch = scratch
    }

    // What stays behind in /tmp is only litter, and the next run removes it.
    deinit { _ = scratch?.remove() }

    /// Where this program makes temporary directories, and a drill for which no other place is named.
    package static var temporaryRoot: String {
        guard let value = getenv("TMPDIR"), value.pointee == CChar(UInt8(ascii: "/")) else { return "/tmp" }
        return String(cString: value)
    }
}
