import FoundationEssentials
import Glibc

/// A data set's directory, from which files are read with a bound, and never through a symbolic link inside it.
///
/// System calls, since `Data(contentsOf:)` follows links, waits for pipes and has no bound.
final class DataFolder {
    private static let chunkBytes = 256 << 10
    private static let depthMax = 64
    private let descriptor: Int32
    /// When, in seconds since 1970.
    let opened = time(nil)
    /// The files opened so far, as they were then.
    private(set) var marks: [String: FileMark] = [:]
    /// Those opened since somebody emptied this.
    var touched: Set<String> = []

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

    /// A pipe in a file's place must not make the check wait.
    private func openFile(_ path: String) throws(DataProblem) -> Int32 {
        let parts = try Self.components(path)
        let parent = try openFolder(parts.dropLast())
        defer { close(parent) }
        let file = openat(parent, parts[parts.count - 1], O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { throw DataProblem("it cannot be opened: \(reason(errno)).") }
        touched.insert(path)
        // As it was first: a file that changes between two looks is not one file.
        if marks[path] == nil { marks[path] = FileMark(file) }
        return file
    }

    /// As a file is now; nil where it cannot be opened.
    func mark(of path: String) -> FileMark? {
        do throws(DataProblem) { close(try openFile(path)) } catch { return nil }
        return marks[path]
    }

    /// The files that are not what they were when they were first opened.
    func changedFiles(since marks: [String: FileMark]) -> Set<String> {
        var changed: Set<String> = []
        for (path, mark) in marks {
            do throws(DataProblem) {
                let file = try openFile(path)
                defer { close(file) }
                if FileMark(file) != mark { changed.insert(path) }
            } catch { changed.insert(path) }
        }
        return changed
    }

    /// Folder by folder, through no link and to no folder above.
    private func openFolder(_ parts: ArraySlice<String>) throws(DataProblem) -> Int32 {
        var parent = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard parent >= 0 else { throw DataProblem("the directory cannot be opened: \(reason(errno)).") }
        for part in parts {
            let next = openat(parent, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            let code = errno
            close(parent)
            guard next >= 0 else { throw DataProblem("its folder \(part) cannot be opened: \(reason(code)).") }
            parent = next
        }
        return parent
    }

    private static func components(_ path: String) throws(DataProblem) -> [String] {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= depthMax, parts.allSatisfy({ !["", ".", ".."].contains($0) && !$0.utf8.contains(0) }) else {
            throw DataProblem("its name is no path beneath the directory.")
        }
        return parts
    }

    // MARK: Names

    /// The files that a pattern names: itself, or with `*`, `?` or `[` in its last part all that match, in order.
    func files(matching pattern: String) throws(DataProblem) -> [String] {
        let parts = try Self.components(pattern)
        let last = parts[parts.count - 1]
        guard last.contains(where: { "*?[".contains($0) }) else { return [pattern] }
        var names: [String] = []
        try forEachName(in: parts.dropLast()) { name, _ throws(DataProblem) in
            if fnmatch(last, name, FNM_PERIOD) == 0 { names.append(name) }
            guard names.count <= DataManifest.filesMax else { throw DataProblem("more than \(DataManifest.filesMax) files match.") }
        }
        return names.sorted().map { (parts.dropLast() + [$0]).joined(separator: "/") }
    }

    /// The files of all folders that are not among `known`.
    func files(besides known: [String: FileMark]) throws(DataProblem) -> Tally<String> {
        var (found, seen) = (Tally<String>(), 0)
        var folders: [[String]] = [[]]
        while let folder = folders.popLast() {
            guard folder.count < Self.depthMax else { throw DataProblem("its folders are nested too deep.") }
            for (name, isFolder) in try entries(of: folder) {
                seen += 1
                guard seen <= Self.entriesMax else { throw DataProblem("it holds more than \(Self.entriesMax) files.") }
                if isFolder {
                    folders.append(folder + [name])
                } else {
                    let path = (folder + [name]).joined(separator: "/")
                    if known[path] == nil { found.add(path) }
                }
            }
        }
        return found
    }

    private static let entriesMax = 10_000_000

    /// What is in a folder, in order.
    private func entries(of parts: [String]) throws(DataProblem) -> [(name: String, isFolder: Bool)] {
        var found: [(name: String, isFolder: Bool)] = []
        try forEachName(in: parts[...]) { name, folder throws(DataProblem) in
            if name == "." || name == ".." { return }
            var status = stat()
            guard fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { throw DataProblem("\(name) cannot be looked at.") }
            found.append((name, status.st_mode & S_IFMT == S_IFDIR))
        }
        return found.sorted { $0.name < $1.name }
    }

    /// Every name that a folder lists, in no order, with the folder's descriptor.
    private func forEachName(
        in parts: ArraySlice<String>, _ body: (String, Int32) throws(DataProblem) -> Void
    ) throws(DataProblem) {
        let folder = try openFolder(parts)
        let place = parts.isEmpty ? "the directory" : "the folder \(parts.joined(separator: "/"))"
        guard let stream = fdopendir(folder) else {
            close(folder)
            throw DataProblem("\(place) cannot be read.")
        }
        defer { closedir(stream) }
        errno = 0
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            try body(name, folder)
            errno = 0
        }
        guard errno == 0 else { throw DataProblem("\(place) cannot be read: \(reason(errno)).") }
    }

    // MARK: Places

    /// A file that is read at places, not from the beginning to the end.
    func withFile<Value>(_ path: String, _ body: (OpenDataFile) throws(DataProblem) -> Value) throws(DataProblem) -> Value {
        let descriptor = try openFile(path)
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw DataProblem("its size cannot be read: \(reason(errno)).") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw DataProblem("it is not a regular file.") }
        return try body(OpenDataFile(descriptor: descriptor, size: Int(status.st_size)))
    }
}

/// What tells whether a file has changed, as the next backup would tell.
struct FileMark: Sendable, Equatable, Codable {
    private let size: Int
    /// Of its content and of itself: seconds since 1970, nanoseconds.
    private let times: [Int]
    private let inode: UInt

    init?(_ descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        size = Int(status.st_size)
        times = [status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec]
        inode = UInt(status.st_ino)
    }

    /// Whether a change after `time` must show: file systems count in steps, and two changes in one step look like one.
    func isSettled(before time: Int) -> Bool { times.count == 4 && max(times[0], times[2]) < time - Self.stepMax }

    /// Of FAT, the coarsest of them.
    private static let stepMax = 2
}

private func sentence(_ error: DecodingError, _ text: [UInt8]) -> String {
    let json: JSONValue
    do { json = try JSONText.value(text, isPython: false) } catch { return error.reason }
    func place(_ context: DecodingError.Context) -> String {
        let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
        return path.isEmpty ? "" : " at \(path)"
    }
    func line(_ context: DecodingError.Context) -> String { "line \(json.line(at: context.codingPath)): " }
    switch error {
    case .dataCorrupted(let context): return "\(line(context))it cannot be understood\(place(context)): \(context.debugDescription)"
    case .keyNotFound(let key, let context): return "\(line(context))the key \(key.stringValue) is missing\(place(context))."
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
        return "\(line(context))wrong type\(place(context)): \(context.debugDescription)"
    @unknown default: return "it cannot be decoded: \(error)"
    }
}

extension JSONValue {
    /// Where the value stands that a path leads to, or the last there is on the way.
    fileprivate func line(at path: [any CodingKey]) -> Int {
        var value = self
        for key in path {
            if let index = key.intValue, case .array(let items) = value.content, items.indices.contains(index) {
                value = items[index]
            } else if let member = value[key.stringValue] {
                value = member
            } else {
                break
            }
        }
        return value.line
    }
}
