import FileTree
import FoundationEssentials
import Glibc

/// The manifest files beneath a directory, found and read.
struct ManifestFiles {
    let root: String
    /// Relative to the root, sorted by bytes.
    private(set) var found: [String] = []
    private(set) var problems = ProblemList()
    private let realRoot: String
    private let isExcluded: ([UInt8]) -> Bool

    init(root: String, isExcluded: @escaping ([UInt8]) -> Bool = { _ in false }) {
        self.root = root
        self.isExcluded = isExcluded
        realRoot = Self.realPath(root)
    }

    /// Fills `found` and `problems`.
    mutating func walk() {
        walk("", depth: 0)
        found.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private mutating func walk(_ directory: String, depth: Int) {
        let path = directory.isEmpty ? root : root + "/" + directory
        guard depth <= ManifestLimits.directoryDepthMax else {
            return problems.add(path, "directories are nested deeper than \(ManifestLimits.directoryDepthMax) levels")
        }
        do {
            let names = try Self.names(path)
            if names.contains(ForeignFile.chartName),
                !isExcluded(Array((directory.isEmpty ? "" : "\(directory)/").utf8) + ForeignFile.chartName.utf8)
            {
                return problems.add(path, ForeignFile.chart.why, hint: ForeignFile.chart.hint)
            }
            for name in names.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
                add(directory.isEmpty ? name : directory + "/" + name, depth: depth)
            }
        } catch {
            problems.add(path, "cannot be listed: \(error)")
        }
    }

    private mutating func add(_ file: String, depth: Int) {
        let path = root + "/" + file
        if isExcluded(Array(file.utf8)) { return }
        var status = stat()
        guard lstat(path, &status) == 0 else { return problems.add(path, "cannot be read: \(Failure.last)") }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: walk(file, depth: depth + 1)
        case S_IFLNK: addLink(file, path)
        case S_IFREG: addFile(file, path)
        default: if Self.isManifest(file) { problems.add(path, "is neither a file nor a directory") }
        }
    }

    /// A link is followed to a file that the walk may read anyway; one that leads out of the directory is never passed over in silence.
    private mutating func addLink(_ file: String, _ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if Self.isManifest(file) { problems.add(path, "is a link that leads nowhere: \(Failure.last)") }
            return
        }
        let isDirectory = status.st_mode & S_IFMT == S_IFDIR
        guard isDirectory || Self.isManifest(file) else { return }
        let target = Self.realPath(path)
        guard target == realRoot || target.hasPrefix(realRoot == "/" ? "/" : realRoot + "/") else {
            return problems.add(path, "is a link to \(target), outside of the directory", hint: "Copy what it stands for")
        }
        // A directory within the root is read under its own name.
        if !isDirectory { addFile(file, path) }
    }

    private mutating func addFile(_ file: String, _ path: String) {
        guard Self.isManifest(file) else { return }
        guard found.count < ManifestLimits.filesMax else {
            return problems.add(path, "there are more than \(ManifestLimits.filesMax) files")
        }
        found.append(file)
    }

    private static func isManifest(_ file: String) -> Bool {
        let name = file.lowercased()
        return [".yaml", ".yml", ".json"].contains { name.hasSuffix($0) }
    }

    private static func realPath(_ path: String) -> String { URL(fileURLWithPath: path).resolvingSymlinksInPath().path }

    /// A listing that breaks off is an error: what is missing in it would count as deleted.
    private static func names(_ path: String) throws -> [String] {
        guard let stream = opendir(path) else { throw Failure.last }
        defer { closedir(stream) }
        var names: Set<String> = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                if errno != 0 { throw Failure.last }
                return Array(names.subtracting([".", ".."]))
            }
            let name = withUnsafeBytes(of: entry.pointee.d_name) { String(validating: $0.prefix { $0 != 0 }, as: UTF8.self) }
            guard let name else { throw Failure(description: "a name in it is not UTF-8") }
            names.insert(name)
        }
    }

    /// The bytes of a regular file of bounded size.
    static func bytes(_ path: String) throws -> [UInt8] {
        do { return try BoundedFile.read(path, limit: ManifestLimits.fileBytesMax) } catch .noFile {
            throw Failure(description: "is neither a file nor a directory")
        }
    }

    private struct Failure: Error, CustomStringConvertible {
        let description: String

        /// The reason of the system call that has just failed.
        static var last: Failure { Failure(description: String(cString: strerror(errno))) }
    }
}
