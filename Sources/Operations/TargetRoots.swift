import FileTree
import Glibc
import Tarball
import Vault

/// Where datasets go: folders of one directory, or back to where each came from.
struct TargetRoots: CustomStringConvertible {
    let description: String
    /// The one directory; nil when datasets go back to their origins, or in a dry run into a directory that is not there.
    let common: Directory?
    /// By name of the dataset, for datasets that go back.
    let origins: [[UInt8]: String]
    /// Datasets without a directory to go back to.
    let unplaced: [String]
    let goesBack: Bool

    init(_ request: RestoreRequest, _ snapshot: Snapshot) throws {
        switch request.target {
        case .directory(let path):
            description = path
            goesBack = false
            origins = [:]
            unplaced = []
            if !request.isDryRun { try Self.make(path) }
            common = access(path, F_OK) == 0 ? try Directory.open(path) : nil
        case .origin:
            goesBack = true
            common = nil
            let placed = snapshot.record.datasets.filter {
                $0.source.hasPrefix("/") && $0.outcome != .failed && !$0.name.hasPrefix("manifests")
            }
            origins = Dictionary(placed.map { (Array($0.name.utf8), $0.source) }) { first, _ in first }
            unplaced = snapshot.record.datasets.filter { !placed.contains($0) && $0.outcome != .failed }.map(\.name)
            description = placed.map(\.source).joined(separator: ", ")
            guard !origins.isEmpty else {
                throw VaultError(.usage, "no dataset of this snapshot came from a directory", hint: "Give a directory with --target.")
            }
        }
    }

    /// The directory of a dataset that goes back; made if it is missing, since it is what was lost.
    func origin(of dataset: [UInt8], isDryRun: Bool) throws -> (directory: Directory?, isNew: Bool) {
        guard let path = origins[dataset] else { return (nil, false) }
        let isNew = access(path, F_OK) != 0
        if isNew, isDryRun { return (nil, true) }
        try Self.make(path)
        return (try Directory.open(path), isNew)
    }

    /// Returns when everything is on the medium.
    func sync() throws {
        try common?.file.syncFileSystem()
        for path in origins.values where access(path, F_OK) == 0 { try Directory.open(path).file.syncFileSystem() }
    }

    /// Makes a directory and those above it.
    private static func make(_ path: String) throws {
        if mkdir(path, 0o755) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw SystemError("make the directory", path: path, code: errno)
        }
        try make(String(path[..<slash]))
        if mkdir(path, 0o755) != 0, errno != EEXIST { throw SystemError("make the directory", path: path, code: errno) }
    }
}
