import CLinux
public import Core
import Glibc

/// An open directory: everything beneath is reached through its descriptor, so that no rename and no symbolic link
/// on the way can lead an operation elsewhere, and no path is ever too long.
public final class Directory: Sendable {
    /// The open directory itself.
    public let file: OpenFile

    init(_ file: OpenFile) { self.file = file }

    /// By which it was opened.
    public var path: [UInt8] { file.path }

    /// Opens the directory that `path` names, spelt as `PathText` has it; a symbolic link at its end is followed, as an operator
    /// expects of a root.
    public static func open(_ path: String) throws(SystemError) -> Directory {
        Directory(try OpenFile.open(path, O_RDONLY | O_DIRECTORY))
    }

    /// The path without links and dots, as realpath(3) finds it; nil if nothing is there, or it may not be looked at: see `errno`.
    public static func resolved(_ path: String) -> String? {
        guard let found = withTerminated(PathText.bytes(path), { realpath($0, nil) }) else { return nil }
        defer { free(found) }
        return PathText.text(UnsafeRawBufferPointer(start: found, count: strlen(found)))
    }

    /// For a command that looks at a directory: one that is not there is a mistake of its command line.
    public static func require(_ path: String) throws {
        do throws(SystemError) { _ = try open(path) } catch {
            throw Failure(.usage, "cannot look at the directory \(path): \(error.reason)")
        }
    }

    /// Whether there is anything, links followed.
    public static func exists(_ path: String) -> Bool { withTerminated(PathText.bytes(path)) { access($0, F_OK) } == 0 }

    /// For messages.
    public func path(of name: [UInt8]) -> [UInt8] {
        path.last == UInt8(ascii: "/") ? path + name : path + [UInt8(ascii: "/")] + name
    }

    /// Opens `name`, never through a symbolic link.
    public func open(_ name: [UInt8], _ flags: Int32, mode: UInt32 = 0o600) throws(SystemError) -> OpenFile {
        let descriptor = try checked("open", path(of: name)) {
            withTerminated(name) { openat(file.descriptor, $0, flags | O_NOFOLLOW | O_CLOEXEC, mode) }
        }
        return OpenFile(descriptor: descriptor, path: path(of: name))
    }

    /// One in it; a link is an error.
    public func openDirectory(_ name: [UInt8]) throws(SystemError) -> Directory {
        Directory(try open(name, O_RDONLY | O_DIRECTORY))
    }

    /// Opens the directory above this one, wherever it lies by now.
    public func openParent() throws(SystemError) -> Directory {
        let above = Array(path[..<(path.lastIndex(of: UInt8(ascii: "/")) ?? path.startIndex)])
        let descriptor = try checked("open", above) { openat(file.descriptor, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        return Directory(OpenFile(descriptor: descriptor, path: above))
    }

    /// Whether something is mounted here: this is not of the file system, or not of the part of it, that `parent` is of.
    public func isMountPoint(in parent: Directory) throws(SystemError) -> Bool {
        if rekindle_is_mount_root(file.descriptor, "") != 0 { return true }
        return try file.status().identity.device != parent.file.status().identity.device
    }

    /// Whether something is mounted over `name`, as over a file in a container. Kernels before 5.8 do not tell: false.
    public func isMountPoint(_ name: [UInt8]) -> Bool {
        withTerminated(name) { rekindle_is_mount_root(file.descriptor, $0) } != 0
    }

    /// The metadata of `name` itself, not of what it links to.
    public func status(of name: [UInt8]) throws(SystemError) -> FileStatus {
        var raw = stat()
        _ = try checked("read the metadata of", path(of: name)) {
            withTerminated(name) { fstatat(file.descriptor, $0, &raw, AT_SYMLINK_NOFOLLOW) }
        }
        guard let status = FileStatus(raw) else { throw SystemError("recognise the type of", path: path(of: name), code: EINVAL) }
        return status
    }

    /// As `status(of:)`; nil when there is no such name.
    public func statusIfPresent(of name: [UInt8]) throws(SystemError) -> FileStatus? {
        do { return try status(of: name) } catch {
            if error.code == ENOENT { return nil }
            throw error
        }
    }

    /// The target of the symbolic link `name`, as bytes.
    public func readLink(_ name: [UInt8]) throws(SystemError) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = try checked("read the link", path(of: name)) {
            withTerminated(name) { name in
                buffer.withUnsafeMutableBytes { bytes in
                    bytes.withMemoryRebound(to: CChar.self) { buffer in
                        // The buffer is never empty, so it has an address.
                        buffer.baseAddress.map { readlinkat(file.descriptor, name, $0, buffer.count) } ?? -1
                    }
                }
            }
        }
        guard count < buffer.count else { throw SystemError("read the link", path: path(of: name), code: ENAMETOOLONG) }
        return Array(buffer[..<count])
    }

    /// Every name in the directory but `.` and `..`, sorted by bytes. Memory: the names, nothing else.
    public func names() throws(SystemError) -> NameList {
        let copy = try checked("list", path) { fcntl(file.descriptor, F_DUPFD_CLOEXEC, 0) }
        guard let stream = fdopendir(copy) else {
            let code = errno
            close(copy)
            throw SystemError("list", path: path, code: code)
        }
        defer { closedir(stream) }
        rewinddir(stream)
        var list = NameList()
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                if errno != 0 { throw SystemError("list", path: path, code: errno) }
                list.sort()
                return list
            }
            withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: UInt8.self, capacity: 256) { name in
                    list.append(UnsafeBufferPointer(start: name, count: strlen(UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self))))
                }
            }
        }
    }
}

/// Calls `body` with `name` as a C string. A NUL inside cannot come from a directory; names from archives are checked first.
func withTerminated<Result>(_ name: [UInt8], _ body: (UnsafePointer<CChar>) -> Result) -> Result {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: name.count + 1) { buffer in
        for index in name.indices { buffer[index] = CChar(bitPattern: name[index]) }
        buffer[name.count] = 0
        return body(UnsafePointer(buffer.baseAddress.unsafelyUnwrapped))
    }
}
