import FoundationEssentials
import Glibc

/// Why a file of a data set cannot be used, as a sentence.
struct DataProblem: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
}

/// A data set's directory, from which files are read with a bound, and never through a symbolic link inside it.
///
/// System calls, since `Data(contentsOf:)` follows links, waits for pipes and has no bound.
final class DataFolder {
    private static let chunkBytes = 256 << 10
    private let descriptor: Int32

    init(_ path: String) throws(DataProblem) {
        descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw DataProblem("the directory cannot be opened: \(reason(errno)).") }
    }

    deinit { close(descriptor) }

    /// Hands the file to `take` piece by piece; every piece but the last is 256 KiB. Returns the size in bytes.
    @discardableResult
    func read(_ path: String, bytesMax: Int, _ take: (ArraySlice<UInt8>) throws(DataProblem) -> Void) throws(DataProblem) -> Int {
        let file = try openFile(path)
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw DataProblem("its size cannot be read: \(reason(errno)).") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw DataProblem("it is not a regular file.") }
        guard status.st_size <= bytesMax else { throw DataProblem("it has \(status.st_size) bytes, where at most \(bytesMax) belong.") }
        var buffer = [UInt8](repeating: 0, count: Self.chunkBytes)
        var total = 0
        while true {
            let filled = try fill(&buffer, from: file)
            total += filled
            guard total <= bytesMax else { throw DataProblem("it grew over \(bytesMax) bytes while it was read.") }
            if filled > 0 { try take(buffer[..<filled]) }
            if filled < buffer.count { return total }
        }
    }

    /// The whole of a JSON file.
    func decode<Value: Decodable>(_ type: Value.Type, _ path: String) throws(DataProblem) -> Value {
        var bytes: [UInt8] = []
        try read(path, bytesMax: DataManifest.jsonBytesMax) { bytes += $0 }
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch let error as DecodingError {
            throw DataProblem(sentence(error, bytes))
        } catch {
            throw DataProblem("it cannot be decoded: \(error).")
        }
    }

    /// Reads until the buffer is full or the file ends.
    private func fill(_ buffer: inout [UInt8], from file: Int32) throws(DataProblem) -> Int {
        var filled = 0
        while filled < buffer.count {
            let start = filled
            let count = buffer.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress?.advanced(by: start), $0.count - start) }
            if count == 0 { break }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw DataProblem("it cannot be read: \(reason(errno)).") }
            filled += count
        }
        return filled
    }

    /// Opens `name` or `folder/name`. A pipe in a file's place must not make the check wait.
    private func openFile(_ path: String) throws(DataProblem) -> Int32 {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard let name = parts.last else { throw DataProblem("it has no name.") }
        let folder = parts.count == 1 ? "." : parts[0]
        let parent = openat(descriptor, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard parent >= 0 else { throw DataProblem("its folder \(folder) cannot be opened: \(reason(errno)).") }
        defer { close(parent) }
        let file = openat(parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { throw DataProblem("it cannot be opened: \(reason(errno)).") }
        return file
    }
}

private func reason(_ code: Int32) -> String { String(cString: strerror(code)) }

private func sentence(_ error: DecodingError, _ text: [UInt8]) -> String {
    func place(_ context: DecodingError.Context) -> String {
        let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
        return path.isEmpty ? "" : " at \(path)"
    }
    switch error {
    case .dataCorrupted(let context):
        if let line = JSONErrorLine.find(in: text) { return "line \(line) is not valid JSON." }
        return "it cannot be understood\(place(context)): \(context.debugDescription)"
    case .keyNotFound(let key, let context): return "the key \(key.stringValue) is missing\(place(context))."
    case .typeMismatch(_, let context), .valueNotFound(_, let context): return "wrong type\(place(context)): \(context.debugDescription)"
    @unknown default: return "it cannot be decoded: \(error)"
    }
}
