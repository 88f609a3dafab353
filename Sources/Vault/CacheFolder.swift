package import Core
package import FileTree
import Glibc

/// The folder of the cache for one vault. Losing it costs time, never data; where there is none, nameless files do.
public struct CacheFolder: Sendable {
    private let path: String?

    /// - Parameter path: made if missing; nil, or one that cannot be made, means no cache.
    public init(path: String?, vaultID: String) {
        guard let path, vaultID.allSatisfy({ $0.isHexDigit }) else {
            self.path = nil
            return
        }
        let folder = "\(path)/\(vaultID)"
        // With all above it, as the XDG Base Directory Specification wants.
        for slash in folder.indices where folder[slash] == "/" && slash > folder.startIndex { mkdir(String(folder[..<slash]), 0o700) }
        mkdir(folder, 0o700)
        self.path = access(folder, W_OK) == 0 ? folder : nil
    }

    /// `$XDG_CACHE_HOME/rekindle`, by the XDG Base Directory Specification, or `~/.cache/rekindle`.
    public static func standardPath(environment: [String: String]) -> String? {
        if let cache = environment["XDG_CACHE_HOME"], cache.hasPrefix("/") { return "\(cache)/rekindle" }
        guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
        return "\(home)/.cache/rekindle"
    }

    /// A folder in the cache for something that can be made again; nil where there is no cache.
    public func folder(named name: String) -> String? {
        guard let path, !name.contains("/"), !name.hasPrefix(".") else { return nil }
        let folder = "\(path)/\(name)"
        mkdir(folder, 0o700)
        return access(folder, W_OK) == 0 ? folder : nil
    }

    /// A small file that runs hold a lock on; nil where there is no cache.
    package func lockFile(named name: String) throws(SystemError) -> OpenFile? {
        guard let path, !name.contains("/"), !name.hasPrefix(".") else { return nil }
        return try OpenFile.open("\(path)/\(name)", O_RDWR | O_CREAT | O_NOFOLLOW)
    }

    /// A file for reading and writing; with a name it waits under a temporary one for `publish`, without it has none at all.
    package func temporaryFile(name: String? = nil) throws -> OpenFile {
        if let name { removeLitter(of: name) }
        let place = "\(path ?? "/tmp")/.\(name ?? "run").\(String(UInt64.random(in: .min ... .max), radix: 16))"
        let file = try OpenFile.open(place, O_RDWR | O_CREAT | O_EXCL)
        if name == nil || path == nil { unlink(place) }
        return file
    }

    /// Removes what runs left that were killed while they wrote: nothing here takes an hour to write.
    private func removeLitter(of name: String) {
        guard let path, let folder = try? Directory.open(path), let names = try? folder.names() else { return }
        let horizon = FileTime.now().seconds - 3600
        for found in names where found.starts(with: ".\(name).".utf8) {
            // A file that cannot be removed is only litter.
            if let status = try? folder.status(of: found), status.modified.seconds < horizon { try? folder.removeFile(found) }
        }
    }

    /// Gives a temporary file its name.
    func publish(_ file: OpenFile, as name: String) throws {
        guard let path else { return }
        if rename(String(decoding: file.path, as: UTF8.self), "\(path)/\(name)") != 0 {
            throw SystemError("write the cache", path: "\(path)/\(name)", code: errno)
        }
    }

    /// A cached file, or nil when it is not there or cannot be read.
    func open(_ name: String) -> OpenFile? {
        guard let path else { return nil }
        return try? OpenFile.open("\(path)/\(name)", O_RDONLY)
    }

    /// The whole of a small cached file.
    func read(_ name: String) -> [UInt8]? {
        guard let file = open(name), let size = try? file.status().size, size < 64 << 20 else { return nil }
        return try? file.read(at: 0, count: Int(size))
    }

    func write(_ bytes: [UInt8], as name: String) throws {
        let file = try temporaryFile(name: name)
        try file.write(bytes.span.bytes)
        try publish(file, as: name)
    }
}
