public import Core
import Glibc

extension OpenFile {
    /// All that is in a file, or comes out of a pipe: one that is larger than `limit` bytes is an error (`EFBIG`), and not a part of it.
    public static func contents(of path: String, limit: Int) throws(SystemError) -> [UInt8] {
        let file = try OpenFile.open(path, O_RDONLY | O_NOCTTY)
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while case let count = try file.read(into: &chunk, at: 0, count: chunk.count), count > 0 {
            bytes += chunk[..<count]
            guard bytes.count <= limit else { throw SystemError("read all of", path: file.path, code: EFBIG) }
        }
        return bytes
    }
}
