public import Core
import Glibc

/// Files that are read whole, into memory that is bounded.
public enum BoundedFile {
    /// Why a file was not read. Its text follows the file's name, as in "p.yaml: is larger than 1 MiB".
    public enum Refusal: Error, CustomStringConvertible {
        case system(SystemError)
        /// In bytes.
        case larger(than: Int)
        case noFile

        public var description: String {
            switch self {
            case .system(let error): error.reason
            case .larger(let limit): "is larger than \(limit >> 20) MiB"
            case .noFile: "is not a file"
            }
        }
    }

    /// The bytes of a regular file. What is put in its place meanwhile, a pipe perhaps, makes nobody wait.
    ///
    /// - Parameters:
    ///   - path: as the file system has it, without escapes.
    ///   - limit: in bytes; a whole number of MiB, as the message says it.
    public static func read(_ path: String, limit: Int) throws(Refusal) -> [UInt8] {
        let file: OpenFile
        let isFile: Bool
        do throws(SystemError) {
            file = try OpenFile.open(PathText.text(Array(path.utf8)), O_RDONLY | O_NOCTTY | O_NONBLOCK)
            isFile = try file.status().kind == .regular
        } catch { throw .system(error) }
        guard isFile else { throw .noFile }
        do throws(SystemError) { return try file.rest(limit: limit) } catch {
            throw error.code == EFBIG ? .larger(than: limit) : .system(error)
        }
    }
}

extension OpenFile {
    /// All that is in a file, or comes out of a pipe: one that is larger than `limit` bytes is an error (`EFBIG`), and not a part of it.
    public static func contents(of path: String, limit: Int) throws(SystemError) -> [UInt8] {
        try OpenFile.open(path, O_RDONLY | O_NOCTTY).rest(limit: limit)
    }

    /// All that is read from here on.
    public func rest(limit: Int) throws(SystemError) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while case let count = try read(into: &chunk, at: 0, count: chunk.count), count > 0 {
            bytes += chunk[..<count]
            guard bytes.count <= limit else { throw SystemError("read all of", path: path, code: EFBIG) }
        }
        return bytes
    }
}
