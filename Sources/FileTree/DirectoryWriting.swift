import CLinux
public import Core
import Glibc

/// Making, replacing and removing names beneath an open directory. Nothing here follows a symbolic link.
extension Directory {
    /// For the owner alone; one that is there is EEXIST.
    public func makeDirectory(_ name: [UInt8]) throws(SystemError) {
        _ = try checked("make the directory", path(of: name)) {
            withTerminated(name) { mkdirat(file.descriptor, $0, 0o700) }
        }
    }

    /// Makes a directory for its owner alone, unless it is there.
    public static func makePrivate(_ path: String) throws(SystemError) {
        let bytes = PathText.bytes(path)
        if withTerminated(bytes, { mkdir($0, 0o700) }) == 0 || errno == EEXIST { return }
        throw SystemError("make the directory", path: bytes, code: errno)
    }

    /// Makes a directory and those above it, where they are missing.
    public static func make(_ path: String) throws(SystemError) { try make(PathText.bytes(path)) }

    private static func make(_ path: [UInt8]) throws(SystemError) {
        func attempt() -> Bool { withTerminated(path) { mkdir($0, 0o755) } == 0 || errno == EEXIST }
        if attempt() { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: UInt8(ascii: "/")), slash != path.startIndex else {
            throw SystemError("make the directory", path: path, code: errno)
        }
        try make(Array(path[..<slash]))
        if !attempt() { throw SystemError("make the directory", path: path, code: errno) }
    }

    /// One that is there is EEXIST.
    public func makeSymbolicLink(_ name: [UInt8], to target: [UInt8]) throws(SystemError) {
        _ = try checked("make the link", path(of: name)) {
            withTerminated(target) { target in withTerminated(name) { symlinkat(target, file.descriptor, $0) } }
        }
    }

    /// Makes `name` a further name of the file that `existing` names in `directory`.
    public func makeHardLink(_ name: [UInt8], to existing: [UInt8], in directory: Directory) throws(SystemError) {
        _ = try checked("link", path(of: name)) {
            withTerminated(existing) { existing in
                withTerminated(name) { linkat(directory.file.descriptor, existing, file.descriptor, $0, 0) }
            }
        }
    }

    /// Makes a FIFO or a device node.
    public func makeNode(_ name: [UInt8], kind: FileKind, major: UInt32, minor: UInt32) throws(SystemError) {
        let type =
            switch kind {
            case .characterDevice: S_IFCHR
            case .blockDevice: S_IFBLK
            default: S_IFIFO
            }
        _ = try checked("make the node", path(of: name)) {
            withTerminated(name) { mknodat(file.descriptor, $0, type | 0o600, rekindle_make_device(major, minor)) }
        }
    }

    /// Puts `old` in the place of `new`, which is replaced at once if it is there.
    public func rename(_ old: [UInt8], to new: [UInt8]) throws(SystemError) {
        _ = try checked("rename to", path(of: new)) {
            withTerminated(old) { old in withTerminated(new) { renameat(file.descriptor, old, file.descriptor, $0) } }
        }
    }

    /// Whatever it is, but no directory.
    public func removeFile(_ name: [UInt8]) throws(SystemError) {
        _ = try checked("remove", path(of: name)) { withTerminated(name) { unlinkat(file.descriptor, $0, 0) } }
    }

    /// Removes an empty directory.
    public func removeDirectory(_ name: [UInt8]) throws(SystemError) {
        _ = try checked("remove", path(of: name)) { withTerminated(name) { unlinkat(file.descriptor, $0, AT_REMOVEDIR) } }
    }

    /// Sets the owner of `name` itself, not of what it links to. The kernel clears setuid bits: set the mode afterwards.
    public func setOwner(of name: [UInt8], _ owner: UInt32, _ group: UInt32) throws(SystemError) {
        _ = try checked("set the owner of", path(of: name)) {
            withTerminated(name) { fchownat(file.descriptor, $0, owner, group, AT_SYMLINK_NOFOLLOW) }
        }
    }

    /// Sets the mode of `name`, which must not be a symbolic link: those have none.
    public func setMode(of name: [UInt8], _ mode: UInt16) throws(SystemError) {
        _ = try checked("set the mode of", path(of: name)) {
            withTerminated(name) { fchmodat(file.descriptor, $0, mode_t(mode), AT_SYMLINK_NOFOLLOW) }
        }
    }

    /// Of a link itself, not of what it names.
    public func setModified(of name: [UInt8], _ time: FileTime) throws(SystemError) {
        let times = [Glibc.timespec(tv_sec: 0, tv_nsec: Int((1 << 30) - 2)), time.timespec]
        _ = try checked("set the time of", path(of: name)) {
            withTerminated(name) { utimensat(file.descriptor, $0, times, AT_SYMLINK_NOFOLLOW) }
        }
    }
}

extension OpenFile {
    /// By number.
    public func setOwner(_ owner: UInt32, _ group: UInt32) throws(SystemError) {
        _ = try checked("set the owner of", path) { fchown(descriptor, owner, group) }
    }

    /// Permissions with setuid, setgid and the sticky bit.
    public func setMode(_ mode: UInt16) throws(SystemError) {
        _ = try checked("set the mode of", path) { fchmod(descriptor, mode_t(mode)) }
    }

    /// Sets the time of the last change of content; the time of the last access is left alone (`UTIME_OMIT`).
    public func setModified(_ time: FileTime) throws(SystemError) {
        let times = [Glibc.timespec(tv_sec: 0, tv_nsec: Int((1 << 30) - 2)), time.timespec]
        _ = try checked("set the time of", path) { futimens(descriptor, times) }
    }
}
