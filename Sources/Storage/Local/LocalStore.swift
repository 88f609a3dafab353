import Core
import FileTree
import Glibc

/// A vault in a directory of this machine.
///
/// Objects are written under a temporary name at the top, synced, linked to their final name, and the directory synced.
public final class LocalStore: ObjectStore {
    public let location: String
    private let root: Directory

    /// The prefix of temporary names, while an object is being written.
    public static let temporaryPrefix = ".tmp-"

    /// Opens a directory that exists.
    public init(_ path: String) throws(StoreError) {
        location = path
        root = try attempt("open the vault", path) { () throws(SystemError) in try Directory.open(path) }
    }

    /// Makes the directory, if it is missing, and the folders in it. A directory that holds anything else is refused by the
    /// caller, which sees it by `names`.
    public static func create(_ path: String) throws(StoreError) -> LocalStore {
        try attempt("make the vault", path) { () throws(SystemError) in try Directory.makePrivate(path) }
        return try LocalStore(path)
    }

    public var directory: String? { location }

    public var capabilities: StoreCapabilities {
        StoreCapabilities(requestsInFlight: Crew.size, createsOnce: true, retains: false)
    }

    /// Of the file system that it is on: the part that a user other than root may fill.
    public func space() throws(StoreError) -> StoreSpace? {
        var status = statvfs()
        guard statvfs(location, &status) == 0 else {
            throw storeError("look at the room of", location, SystemError("statvfs", path: location, code: errno))
        }
        func bytes(_ blocks: fsblkcnt_t) -> Int64 {
            let (product, isTooLarge) = UInt64(blocks).multipliedReportingOverflow(by: UInt64(status.f_frsize))
            return isTooLarge ? .max : Int64(clamping: product)
        }
        return StoreSpace(freeBytes: bytes(status.f_bavail), totalBytes: bytes(status.f_blocks))
    }

    /// The names at the top of the directory.
    public func names() throws(StoreError) -> [String] {
        try attempt("list", location) { () throws(SystemError) in try root.names().map { String(decoding: $0, as: UTF8.self) } }
    }

    /// Makes the vault's folders; those that are there stay.
    public func makeFolders() throws(StoreError) {
        try attempt("make the folders of", location) { () throws(SystemError) in
            for folder in Folder.allCases { try makeDirectoryIfMissing(Array(folder.rawValue.utf8), in: root) }
        }
    }

    private static let pageMin = 10_000

    /// Ends with a whole entry of the folder: a directory of packs is never divided.
    public func page(of folder: Folder, after name: ObjectName?) throws(StoreError) -> StorePage {
        try attempt("list", "\(location)/\(folder.rawValue)") { () throws(SystemError) in
            let directory = try root.openDirectory(Array(folder.rawValue.utf8))
            let entries = try entries(of: directory, beneath: folder.rawValue, opens: folder == .packs)
            var found: [StoredObject] = []
            for (position, entry) in entries.enumerated() {
                if let name, !entry.mayHold(objectsAfter: name) { continue }
                let objects = try entry.isDirectory ? self.objects(in: entry, of: directory) : [object(entry)].compactMap(\.self)
                found += objects.filter { object in name.map { $0 < object.name } ?? true }
                if found.count >= Self.pageMin { return StorePage(found, isLast: position == entries.count - 1) }
            }
            return StorePage(found, isLast: true)
        }
    }

    private struct Entry {
        let name: [UInt8]
        /// From the top of the vault; names that are no text are spelt as `PathText` has it.
        let path: String
        let status: FileStatus
        let isDirectory: Bool

        /// As the objects of it stand among those of others.
        var order: String { isDirectory ? path + "/" : path }

        func mayHold(objectsAfter name: ObjectName) -> Bool {
            name.text.utf8.starts(with: order.utf8) || name.text.utf8.lexicographicallyPrecedes(order.utf8)
        }
    }

    /// In the order of their objects' names. What begins with a dot is none of the vault's.
    private func entries(of directory: Directory, beneath path: String, opens: Bool) throws(SystemError) -> [Entry] {
        var entries: [Entry] = []
        for name in try directory.names() where name.first != UInt8(ascii: ".") {
            // Removed since it was listed.
            guard let status = try directory.statusIfPresent(of: name) else { continue }
            entries.append(
                Entry(name: name, path: "\(path)/\(PathText.text(name))", status: status, isDirectory: opens && status.kind == .directory))
        }
        return entries.sorted { $0.order.utf8.lexicographicallyPrecedes($1.order.utf8) }
    }

    private func objects(in entry: Entry, of directory: Directory) throws(SystemError) -> [StoredObject] {
        try entries(of: try directory.openDirectory(entry.name), beneath: entry.path, opens: false).compactMap(object)
    }

    private func object(_ entry: Entry) -> StoredObject? {
        // A clock that is wrong by ages must not make the sum overflow.
        let (time, size) = (entry.status.modified, Int(entry.status.size))
        let written = Int64(min(max(time.seconds, 0), 1 << 40)) * 1000 + Int64(time.nanoseconds) / 1_000_000
        return ObjectName(found: entry.path).map { StoredObject(name: $0, bytes: size, written: written) }
    }

    public func read(_ name: ObjectName, range: Range<Int>) throws(StoreError) -> [UInt8] {
        try attempt("read", describe(name)) { () throws(SystemError) in
            try open(name).read(at: Int64(range.lowerBound), count: range.count)
        }
    }

    public func read(_ name: ObjectName, limit: Int) throws(StoreError) -> [UInt8] {
        let file = try attempt("open", describe(name)) { () throws(SystemError) in try open(name) }
        let size = try attempt("read", describe(name)) { () throws(SystemError) in Int(try file.status().size) }
        guard size <= limit else {
            throw StoreError(
                .tooLarge, "read", describe(name), reason: "it has \(size) bytes, more than the \(limit) such an object may have")
        }
        return try attempt("read", describe(name)) { () throws(SystemError) in try file.read(at: 0, count: size) }
    }

    public func size(_ name: ObjectName) throws(StoreError) -> Int {
        try attempt("examine", describe(name)) { () throws(SystemError) in Int(try open(name).status().size) }
    }

    public func create() throws(StoreError) -> any Upload {
        let name = Array("\(Self.temporaryPrefix)\(String(UInt64.random(in: .min ... .max), radix: 16))".utf8)
        let file = try attempt("write to", location) { () throws(SystemError) in
            try root.open(name, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
        }
        // Held as long as the file is open: how `removeAbandoned` knows that its writer lives.
        _ = flock(file.descriptor, LOCK_EX | LOCK_NB)
        return LocalUpload(root: root, temporaryName: name, file: file, location: location)
    }

    public func remove(_ names: [ObjectName]) throws(StoreError) {
        for name in names {
            try attempt("remove", describe(name)) { () throws(SystemError) in
                do throws(SystemError) {
                    let directory = try folder(of: name)
                    try directory.removeFile(Array(name.base.utf8))
                    try directory.file.sync()
                } catch { if !error.isNotFound { throw error } }
            }
        }
    }

    /// Removes the temporary files of runs that were killed: older than a minute, and no longer locked by their writer.
    public func removeAbandoned() throws(StoreError) {
        try attempt("tidy", location) { () throws(SystemError) in
            let horizon = FileTime.now().seconds - 60
            for name in try root.names() where name.starts(with: Self.temporaryPrefix.utf8) {
                do throws(SystemError) {
                    let status = try root.status(of: name)
                    guard status.kind == .regular, status.modified.seconds < horizon else { continue }
                    let file = try root.open(name, O_RDONLY)
                    if flock(file.descriptor, LOCK_EX | LOCK_NB) == 0 { try root.removeFile(name) }
                } catch {
                    continue  // another run was faster, or it is somebody else's: litter stops no backup
                }
            }
        }
    }

    private func describe(_ name: ObjectName) -> String { "\(location)/\(name)" }

    private func folder(of name: ObjectName) throws(SystemError) -> Directory {
        var directory = root
        for part in name.text.split(separator: "/").dropLast() { directory = try directory.openDirectory(Array(part.utf8)) }
        return directory
    }

    private func open(_ name: ObjectName) throws(SystemError) -> OpenFile {
        let directory = try folder(of: name)
        // Not to be held up by a FIFO that somebody put there.
        let file = try directory.open(Array(name.base.utf8), O_RDONLY | O_NONBLOCK | O_NOCTTY)
        guard try file.status().kind == .regular else { throw SystemError("read (it is no file)", path: file.path, code: EINVAL) }
        return file
    }
}

private final class LocalUpload: Upload {
    private let root: Directory
    private let temporaryName: [UInt8]
    private let file: OpenFile
    private let location: String
    private var isOpen = true

    init(root: Directory, temporaryName: [UInt8], file: OpenFile, location: String) {
        self.root = root
        self.temporaryName = temporaryName
        self.file = file
        self.location = location
    }

    deinit { discard() }

    func append(_ bytes: borrowing RawSpan) throws(StoreError) {
        do throws(SystemError) { try file.write(bytes) } catch { throw storeError("write to", location, error) }
    }

    func finish(as name: ObjectName, digest _: SHA256Digest) throws(StoreError) -> Bool {
        let isNew = try attempt("write", "\(location)/\(name)") { () throws(SystemError) in
            try file.setMode(0o400)
            try file.sync()
            var directory = root
            for part in name.text.split(separator: "/").dropLast() {
                directory = try makeDirectoryIfMissing(Array(part.utf8), in: directory)
            }
            do throws(SystemError) {
                try directory.makeHardLink(Array(name.base.utf8), to: temporaryName, in: root)
                try directory.file.sync()
            } catch {
                guard error.code == EEXIST else { throw error }
                // Whoever put it there may not have come to this yet.
                try directory.file.sync()
                return false
            }
            return true
        }
        discard()
        return isNew
    }

    func discard() {
        guard isOpen else { return }
        isOpen = false
        // A temporary file that stays is only litter, which a later run removes.
        _ = try? root.removeFile(temporaryName)
    }
}

@discardableResult
private func makeDirectoryIfMissing(_ name: [UInt8], in parent: Directory) throws(SystemError) -> Directory {
    do throws(SystemError) {
        return try parent.openDirectory(name)
    } catch {
        if error.code != ENOENT { throw error }
    }
    do throws(SystemError) {
        try parent.makeDirectory(name)
        try parent.file.sync()
    } catch {
        // Another run may have made it meanwhile.
        if error.code != EEXIST { throw error }
    }
    return try parent.openDirectory(name)
}

private func attempt<Result>(_ operation: String, _ object: String, _ body: () throws(SystemError) -> Result) throws(StoreError) -> Result {
    do throws(SystemError) { return try body() } catch { throw storeError(operation, object, error) }
}

private func storeError(_ operation: String, _ object: String, _ error: SystemError) -> StoreError {
    let kind: StoreError.Kind =
        switch error.code {
        case ENOENT, ENOTDIR: .notFound
        case EPERM where error.operation == "link": .other
        case EACCES, EPERM: .permissionDenied
        case ENOSPC, EDQUOT: .full
        case EROFS: .readOnly
        case EMFILE, ENFILE, ENOMEM: .exhausted
        case EIO where error.operation == "read past the end of": .shortRead
        // A bad sector; a link, a FIFO or a directory where an object should be.
        case EIO, EINVAL, ELOOP, EISDIR, ENXIO, EUCLEAN, EBADMSG: .unreadable
        case ETIMEDOUT, ESTALE, EAGAIN: .unavailable(retryAfter: nil)
        default: .other
        }
    let reason =
        kind == .shortRead
        ? "it is shorter than it should be"
        : error.operation == "link" && error.code == EPERM ? "its file system has no hard links, which a vault needs" : error.reason
    return StoreError(kind, operation, object, reason: reason)
}
