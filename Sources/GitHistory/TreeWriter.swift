internal import CGit2

/// A directory of the tree that is being built.
final class TreeNode {
    var files: [[UInt8]: git_oid] = [:]
    var directories: [[UInt8]: TreeNode] = [:]
    /// What stands beside them and is not looked at, by its mode as git writes it.
    var foreign: [[UInt8]: (mode: String, oid: git_oid)] = [:]

    /// Puts a blob at `components`; a second entry there, or a file where a directory is needed, is an error.
    func insert(_ oid: git_oid, at components: [[UInt8]], path: String) throws(GitError) {
        var node = self
        for name in components.dropLast() {
            guard node.files[name] == nil else { throw conflict(path) }
            let child = node.directories[name] ?? TreeNode()
            node.directories[name] = child
            node = child
        }
        guard let name = components.last, node.directories[name] == nil else { throw conflict(path) }
        guard node.files.updateValue(oid, forKey: name) == nil else {
            throw GitError(what: "commit a file", place: path, why: "the path occurs twice")
        }
    }

    private func conflict(_ path: String) -> GitError {
        GitError(what: "commit a file", place: path, why: "one path is both a file and a directory")
    }
}

/// Writes objects that the repository does not have yet, and remembers them for the pack.
struct ObjectWriter: ~Copyable {
    private let database: GitHandle
    private let place: String
    /// The objects that went into the mempack, in the order written.
    private(set) var written: [git_oid] = []

    init(database: consuming GitHandle, place: String) {
        self.database = database
        self.place = place
    }

    /// The objects for the next pack, which are remembered no longer.
    mutating func takeWritten() -> [git_oid] {
        defer { written = [] }
        return written
    }

    mutating func write(_ bytes: [UInt8], type: git_object_t) throws(GitError) -> git_oid {
        var oid = git_oid()
        // A zero-length array may lend a null address, which libgit2 takes for a mistake.
        let content = bytes.isEmpty ? [0] : bytes
        try git("name an object", place) { git_odb_hash(&oid, content, bytes.count, type) }
        // No refresh: it would read the pack directory once per new object.
        guard git_odb_exists_ext(database.pointer, &oid, GIT_ODB_LOOKUP_NO_REFRESH.rawValue) == 0 else { return oid }
        try git("write an object", place) { git_odb_write(&oid, database.pointer, content, bytes.count, type) }
        written.append(oid)
        return oid
    }

    /// Writes `node` and all below it, deepest first.
    mutating func write(_ node: TreeNode) throws(GitError) -> git_oid {
        var entries: [(key: [UInt8], bytes: [UInt8])] = []
        for (name, oid) in node.files {
            entries.append((name, Self.entry("100644 ", name, oid)))
        }
        for (name, entry) in node.foreign where node.files[name] == nil && node.directories[name] == nil {
            let key = entry.mode == "40000" ? name + [UInt8(ascii: "/")] : name
            entries.append((key, Self.entry("\(entry.mode) ", name, entry.oid)))
        }
        for (name, child) in node.directories {
            // Git sorts a directory as if its name ended in a slash.
            entries.append((name + [UInt8(ascii: "/")], Self.entry("40000 ", name, try write(child))))
        }
        entries.sort { $0.key.lexicographicallyPrecedes($1.key) }
        return try write(entries.flatMap(\.bytes), type: GIT_OBJECT_TREE)
    }

    private static func entry(_ mode: String, _ name: [UInt8], _ oid: git_oid) -> [UInt8] {
        Array(mode.utf8) + name + [0] + withUnsafeBytes(of: oid.id) { Array($0) }
    }
}
