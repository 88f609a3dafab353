internal import CGit2

extension GitRepository {
    /// The branch that HEAD names, which need not exist yet.
    func branchName() throws(GitError) -> String {
        let head = try GitHandle("read HEAD", path, free: git_reference_free) { git_reference_lookup(&$0, handle.pointer, "HEAD") }
        guard let target = git_reference_symbolic_target(head.pointer) else {
            throw GitError(
                what: "find the branch", place: path, why: "HEAD is detached", hint: "Run `git symbolic-ref HEAD refs/heads/main` there")
        }
        return String(cString: target)
    }

    /// The newest commit; nil in a repository without commits. A branch that cannot be read is an error.
    public func head() throws(GitError) -> CommitID? {
        let branch = try branchName()
        var oid = git_oid()
        guard try gitFound("read the branch", path, { git_reference_name_to_id(&oid, handle.pointer, branch) }) else { return nil }
        return CommitID(oid)
    }

    /// The newest commits, newest first, by first parents; all of them without a limit. No commit yet: an empty list.
    public func log(limit: Int? = nil) throws(GitError) -> [LogEntry] {
        var entries: [LogEntry] = []
        var next = try head()
        while let id = next, entries.count < limit ?? .max {
            let commit = try commitHandle(id, in: handle.pointer)
            next = git_commit_parentcount(commit.pointer) > 0 ? git_commit_parent_id(commit.pointer, 0).map { CommitID($0.pointee) } : nil
            entries.append(try entry(id, commit.pointer, parent: next))
        }
        return entries
    }

    private func entry(_ id: CommitID, _ commit: OpaquePointer, parent: CommitID?) throws(GitError) -> LogEntry {
        guard let author = git_commit_author(commit), let message = git_commit_message(commit), let tree = git_commit_tree_id(commit) else {
            throw GitError(what: "read the commit", place: id.hex, why: "it has no author, message or tree")
        }
        let changes = try changes(from: parent, toTree: tree.pointee, in: handle.pointer)
        return LogEntry(
            id: id, time: git_commit_time(commit),
            author: GitAuthor(name: String(cString: author.pointee.name), email: String(cString: author.pointee.email)),
            message: String(cString: message), changeCount: changes.count)
    }

    /// Every path of a commit, sorted by bytes.
    public func files(at commit: CommitID) throws(GitError) -> [GitEntry] {
        guard var tree = try treeID(of: commit, in: handle.pointer) else { return [] }
        var entries: [GitEntry] = []
        try list(&tree, prefix: "", depth: 0, into: &entries)
        return entries.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    private func list(_ tree: inout git_oid, prefix: String, depth: Int, into entries: inout [GitEntry]) throws(GitError) {
        guard depth <= GitLimits.depthMax * 4, entries.count <= GitLimits.filesMax else {
            throw GitError(what: "list the files", place: path, why: "the tree is too deep or too large")
        }
        let handle = try GitHandle("read a tree", path, free: git_tree_free) { git_tree_lookup(&$0, self.handle.pointer, &tree) }
        for index in 0..<git_tree_entrycount(handle.pointer) {
            guard let entry = git_tree_entry_byindex(handle.pointer, index), var oid = git_tree_entry_id(entry)?.pointee,
                let name = git_tree_entry_name(entry).flatMap({ String(validatingCString: $0) })
            else { throw GitError(what: "list the files", place: path, why: "a name under \(prefix.debugDescription) is not UTF-8") }
            switch git_tree_entry_filemode(entry) {
            case GIT_FILEMODE_TREE: try list(&oid, prefix: prefix + name + "/", depth: depth + 1, into: &entries)
            case GIT_FILEMODE_COMMIT: entries.append(GitEntry(path: prefix + name, kind: .submodule, blob: GitBlob(oid)))
            case GIT_FILEMODE_LINK: entries.append(GitEntry(path: prefix + name, kind: .symbolicLink, blob: GitBlob(oid)))
            case GIT_FILEMODE_BLOB_EXECUTABLE: entries.append(GitEntry(path: prefix + name, kind: .executable, blob: GitBlob(oid)))
            default: entries.append(GitEntry(path: prefix + name, kind: .file, blob: GitBlob(oid)))
            }
        }
    }

    /// The bytes of a file in a commit; nil when the commit has no such path. The object's hash is checked.
    public func content(of file: String, at commit: CommitID) throws(GitError) -> [UInt8]? {
        guard var tree = try treeID(of: commit, in: handle.pointer) else { return nil }
        let root = try GitHandle("read a tree", path, free: git_tree_free) { git_tree_lookup(&$0, handle.pointer, &tree) }
        var entry: OpaquePointer?
        guard try gitFound("find \(file)", path, { git_tree_entry_bypath(&entry, root.pointer, file) }), let entry else { return nil }
        defer { git_tree_entry_free(entry) }
        guard git_tree_entry_type(entry) == GIT_OBJECT_BLOB else {
            throw GitError(what: "read \(file)", place: path, why: "it is a directory or a submodule")
        }
        let blob = try GitHandle("read \(file)", path, free: git_blob_free) {
            git_blob_lookup(&$0, handle.pointer, git_tree_entry_id(entry))
        }
        return Self.content(blob)
    }

    /// The bytes of a blob. The object's hash is checked.
    public func content(of blob: GitBlob) throws(GitError) -> [UInt8] {
        var oid = blob.oid
        let blob = try GitHandle("read the object \(blob.hex)", path, free: git_blob_free) { git_blob_lookup(&$0, handle.pointer, &oid) }
        return Self.content(blob)
    }

    private static func content(_ blob: borrowing GitHandle) -> [UInt8] {
        Array(UnsafeRawBufferPointer(start: git_blob_rawcontent(blob.pointer), count: Int(git_blob_rawsize(blob.pointer))))
    }

    func commitHandle(_ id: CommitID, in repository: OpaquePointer) throws(GitError) -> GitHandle {
        var oid = try id.oid()
        return try GitHandle("read the commit \(id)", path, free: git_commit_free) { git_commit_lookup(&$0, repository, &oid) }
    }

    func treeID(of id: CommitID, in repository: OpaquePointer) throws(GitError) -> git_oid? {
        let commit = try commitHandle(id, in: repository)
        return git_commit_tree_id(commit.pointer)?.pointee
    }
}
