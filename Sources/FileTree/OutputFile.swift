import CLinux
public import Core
import Glibc

/// Writes to a path that a person names. What stands there decides how:
///
/// - a file, or nothing: written beside it under a temporary name, synced, put in its place with its owner and mode, so that nobody finds
///   half of it;
/// - a link: the same at what it names, and the link stays;
/// - anything else (a device, a FIFO, what `/dev/stdout` stands for, a file that is a mount): written into, never replaced.
public struct OutputFile {
    private let path: String
    private let mode: UInt16
    private let cancellation: Cancellation

    /// - Parameter mode: of a file that is made; the process' mask takes away from it.
    public init(_ path: String, mode: UInt16 = 0o666, cancellation: Cancellation) {
        self.path = path
        self.mode = mode
        self.cancellation = cancellation
    }

    /// Where the bytes go.
    private enum Place {
        case beside(Directory, name: [UInt8], present: FileStatus?)
        case into(OpenFile)
    }

    /// Lets `body` write. Of what it wrote nothing is there if it throws, but for what went into something that is no file.
    public func write<Result>(_ body: (OpenFile) throws -> Result) throws -> Result {
        switch try place() {
        case .into(let file):
            let result = try body(file)
            try Self.sync(file)
            return result
        case .beside(let directory, let name, let present): return try replace(name, in: directory, present, body)
        }
    }

    /// Makes a file that holds a secret: for the owner alone, and only where there is nothing.
    public static func writeSecret(_ bytes: [UInt8], to path: String) throws(SystemError) {
        let (folder, name) = try split(PathText.bytes(path))
        let directory = try Directory.open(PathText.text(folder))
        do throws(SystemError) {
            let file = try directory.open(name, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
            try file.write(bytes)
            try file.sync()
            try directory.file.sync()
        } catch {
            // Half of a key is none, and would keep the next one out; the error that matters is on its way.
            if error.code != EEXIST { try? directory.removeFile(name) }
            throw SystemError(error.operation, path: path, code: error.code)
        }
    }

    private func replace<Result>(
        _ name: [UInt8], in directory: Directory, _ present: FileStatus?, _ body: (OpenFile) throws -> Result
    ) throws -> Result {
        // What stops a run is no reason to leave what it had begun for ever.
        _ = try directory.removeLeftovers(among: directory.names())
        let (temporary, file) = try directory.makeTemporaryFile()
        do {
            let result = try body(file)
            if let present, (present.owner, present.group) != (UInt32(Owner.user), UInt32(Owner.group)), Owner.isRoot {
                try file.setOwner(present.owner, present.group)
            }
            try file.setMode(present?.mode ?? mode & ~Self.mask)
            try file.sync()
            try directory.rename(temporary, to: name)
            try directory.file.sync()
            return result
        } catch {
            // The error that matters is on its way.
            try? directory.removeFile(temporary)
            throw error
        }
    }

    /// Pipes and terminals have no medium to be synced to.
    private static func sync(_ file: OpenFile) throws(SystemError) {
        do throws(SystemError) { try file.sync() } catch {
            if ![EINVAL, EROFS, ENOTSUP].contains(error.code) { throw error }
        }
    }

    /// The mask of this process, which can only be read by setting it.
    private static let mask: UInt16 = {
        let mask = umask(0o077)
        umask(mask)
        return UInt16(mask)
    }()

    // MARK: What stands there

    private static let linksMax = 40

    /// The directory, with its `/`, and the name in it.
    private static func split(_ path: [UInt8]) throws(SystemError) -> (folder: [UInt8], name: [UInt8]) {
        let slash = path.lastIndex(of: UInt8(ascii: "/"))
        let name = Array(path[(slash.map { $0 + 1 } ?? 0)...])
        guard !name.isEmpty, name != [UInt8(ascii: ".")], name != Array("..".utf8) else {
            throw SystemError("write to (it names a directory)", path: path, code: EISDIR)
        }
        return (slash.map { Array(path[...$0]) } ?? Array("./".utf8), name)
    }

    /// Follows links name by name, so that what they name is replaced and not they.
    private func place() throws -> Place {
        var path = PathText.bytes(path)
        for _ in 0..<Self.linksMax {
            let (folder, name) = try Self.split(path)
            let directory = try Directory.open(PathText.text(folder))
            if let own = try descriptor(name, in: directory) { return .into(own) }
            let status = try directory.statusIfPresent(of: name)
            switch status?.kind {
            case nil: return .beside(directory, name: name, present: nil)
            case .regular: return try file(name, in: directory, status)
            // The links of /proc lead to files, whatever path they show.
            case .symbolicLink where try directory.fileSystemKind() != .pseudo("proc"):
                let target = try directory.readLink(name)
                path = target.first == UInt8(ascii: "/") ? target : folder + target
            case .directory: throw SystemError("write to", path: self.path, code: EISDIR)
            case .socket:
                throw SystemError("write to (it is a socket, which only a program that listens can open)", path: self.path, code: ENXIO)
            default: return .into(try openSpecial())
            }
        }
        throw SystemError("write to", path: self.path, code: ELOOP)
    }

    /// A file that is a mount cannot be replaced, nor one in a directory that takes no new names: those are written into. One that may
    /// not be written is not replaced either.
    private func file(_ name: [UInt8], in directory: Directory, _ present: FileStatus?) throws(SystemError) -> Place {
        let writable = try directory.open(name, O_WRONLY)
        let takesNames = faccessat(directory.file.descriptor, ".", W_OK, AT_EACCESS) == 0
        guard directory.isMountPoint(name) || !takesNames else { return .beside(directory, name: name, present: present) }
        try writable.setSize(0)
        return .into(writable)
    }

    /// One of this process' own descriptors, as `/dev/stdout` and `/dev/fd/3` name them: written at its position, whatever it is.
    private func descriptor(_ name: [UInt8], in directory: Directory) throws(SystemError) -> OpenFile? {
        guard let number = Int32(String(decoding: name, as: UTF8.self)), try directory.fileSystemKind() == .pseudo("proc") else {
            return nil
        }
        let place = try Directory.open("/proc/self/fd").readLink(Array("\(directory.file.descriptor)".utf8))
        guard place.starts(with: "/proc/\(getpid())/".utf8), place.suffix(3).elementsEqual("/fd".utf8) else { return nil }
        return try OpenFile.duplicate(number, path: PathText.bytes(path))
    }

    /// A FIFO that nobody reads yet is waited for, as the shell does, and until the program is interrupted.
    private func openSpecial() throws -> OpenFile {
        while true {
            do throws(SystemError) {
                let file = try OpenFile.open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY)
                let flags = fcntl(file.descriptor, F_GETFL)
                _ = fcntl(file.descriptor, F_SETFL, flags & ~O_NONBLOCK)
                return file
            } catch {
                guard error.code == ENXIO, try isPipe() else { throw error }
            }
            try cancellation.pause(.milliseconds(50))
        }
    }

    private func isPipe() throws(SystemError) -> Bool {
        try OpenFile.open(path, Int32(rekindle_o_path)).status().kind == .fifo
    }
}
