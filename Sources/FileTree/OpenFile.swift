import CLinux
public import Core
import Glibc

/// An open file descriptor, closed with the last reference to it.
///
/// Sendable: the descriptor number never changes, and every call on it is a system call that the kernel serialises.
public final class OpenFile: Sendable {
    /// Closed with this object.
    public let descriptor: Int32
    /// The path it was opened by, for messages.
    public let path: [UInt8]

    /// Takes the descriptor over.
    public init(descriptor: Int32, path: [UInt8]) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { Glibc.close(descriptor) }

    /// Opens `path`, spelt as `PathText` has it, as `open(2)` does; relative paths count from the working directory.
    public static func open(_ path: String, _ flags: Int32, mode: UInt32 = 0o600) throws(SystemError) -> OpenFile {
        let bytes = PathText.bytes(path)
        let descriptor = try checked("open", bytes) { withTerminated(bytes) { Glibc.open($0, flags | O_CLOEXEC, mode) } }
        return OpenFile(descriptor: descriptor, path: bytes)
    }

    /// The file that a descriptor of this process stands for, under a descriptor of its own.
    public static func duplicate(_ descriptor: Int32, path: [UInt8]) throws(SystemError) -> OpenFile {
        let copy = try checked("open", path) { fcntl(descriptor, F_DUPFD_CLOEXEC, 3) }
        return OpenFile(descriptor: copy, path: path)
    }

    /// Lets this program hold as many files open as the system allows: a deep tree needs one a level.
    public static func raiseLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// A pipe: what is written to the second is read from the first. `name` is for messages.
    public static func pipe(name: String) throws(SystemError) -> (reading: OpenFile, writing: OpenFile) {
        var ends: [Int32] = [-1, -1]
        _ = try checked("make a pipe for", Array(name.utf8)) { pipe2(&ends, O_CLOEXEC) }
        return (OpenFile(descriptor: ends[0], path: Array(name.utf8)), OpenFile(descriptor: ends[1], path: Array(name.utf8)))
    }

    /// Whether a read would answer at once, be it with data or with the end; waits for it so long.
    public func waitUntilReadable(milliseconds: Int32) throws(SystemError) -> Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return try checked("wait for", path) { poll(&request, 1, milliseconds) } > 0
    }

    /// As it is now.
    public func status() throws(SystemError) -> FileStatus {
        var raw = stat()
        _ = try checked("read the metadata of", path) { fstat(descriptor, &raw) }
        guard let status = FileStatus(raw) else { throw SystemError("recognise the type of", path: path, code: EINVAL) }
        return status
    }

    /// Reads at the file's position into `buffer[start...]`, at most `count` bytes; 0 is the end of the file.
    public func read(into buffer: inout [UInt8], at start: Int, count: Int) throws(SystemError) -> Int {
        precondition(start >= 0 && count >= 0 && start + count <= buffer.count)
        return try checked("read", path) {
            buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress?.advanced(by: start), count) }
        }
    }

    /// Reads exactly `count` bytes at `offset`; a file that ends before is an error (`EIO`), never a short answer.
    public func read(at offset: Int64, count: Int) throws(SystemError) -> [UInt8] {
        var failure: SystemError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                do {
                    let got = try checked("read", path) {
                        pread(descriptor, buffer.baseAddress?.advanced(by: filled), count - filled, off_t(offset) + filled)
                    }
                    if got == 0 { throw SystemError("read past the end of", path: path, code: EIO) }
                    filled += got
                } catch let error as SystemError {
                    failure = error
                    return
                } catch {}
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Whether a byte can be read at `offset`.
    public func hasContent(at offset: Int64) throws(SystemError) -> Bool {
        var byte: UInt8 = 0
        return try checked("read", path) { pread(descriptor, &byte, 1, off_t(offset)) } > 0
    }

    /// Writes all of `bytes` at the file's position.
    public func write(_ bytes: borrowing RawSpan) throws(SystemError) {
        var done = 0
        while done < bytes.byteCount {
            let rest = bytes.extracting(droppingFirst: done)
            done += try checked("write to", path) { rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) } }
        }
    }

    /// All of them, at its position.
    public func write(_ bytes: [UInt8]) throws(SystemError) { try write(bytes.span.bytes) }

    /// Makes the file's length `size` without writing: what is added is a hole.
    public func setSize(_ size: Int64) throws(SystemError) {
        _ = try checked("set the size of", path) { ftruncate(descriptor, off_t(size)) }
    }

    /// Moves the position of the next write.
    public func seek(to offset: Int64) throws(SystemError) {
        _ = try checked("seek in", path) { lseek(descriptor, off_t(offset), SEEK_SET) }
    }

    /// Returns when content and metadata are on the medium.
    public func sync() throws(SystemError) {
        _ = try checked("sync", path) { fsync(descriptor) }
    }

    /// Returns when all that was written to this file's file system is on the medium.
    public func syncFileSystem() throws(SystemError) {
        _ = try checked("sync the file system of", path) { syncfs(descriptor) }
    }

    /// Tells the kernel that the file is read once from front to back.
    public func adviseSequential() {
        _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
    }

    /// The stretches that hold data, as offset and length, of a file of `size` bytes; nil where there are more than `limit`, or nobody
    /// can tell. Leaves the position at the beginning.
    public func dataExtents(size: Int64, limit: Int) -> [Extent]? {
        defer { lseek(descriptor, 0, SEEK_SET) }
        var extents: [Extent] = []
        var offset: Int64 = 0
        while offset < size {
            let start = lseek(descriptor, off_t(offset), CInt(rekindle_seek_data))
            if start < 0, errno == ENXIO { break }
            let end = start < 0 ? -1 : lseek(descriptor, start, CInt(rekindle_seek_hole))
            // A file system that cannot tell, or a file that shrinks meanwhile.
            if end < 0 || start >= size || extents.count == limit { return nil }
            extents.append(Extent(offset: Int64(start), length: min(Int64(end), size) - Int64(start)))
            offset = Int64(end)
        }
        return extents
    }
}

/// A stretch of a file that holds data; what lies between two is a hole.
public struct Extent: Sendable, Hashable {
    /// Where the data begins.
    public let offset: Int64
    /// How long it is.
    public let length: Int64

    /// In bytes.
    public init(offset: Int64, length: Int64) {
        self.offset = offset
        self.length = length
    }
}
