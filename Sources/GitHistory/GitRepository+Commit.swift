internal import CGit2

extension GitRepository {
    /// Makes a commit whose tree is exactly `files`; nil, and nothing written, when the newest commit has that tree already.
    ///
    /// Order: objects in memory, one synced pack, then the branch. A crash before the last step leaves an unreferenced pack and
    /// the history as it was. `time` is in seconds since 1970, UTC; `message` is given what the commit changes.
    public func commit(
        files: [GitFile], author: GitAuthor, time: Int64, message: (GitChanges) -> String
    ) throws(GitError) -> CommitResult? {
        guard files.count <= GitLimits.filesMax else {
            throw GitError(what: "commit", place: path, why: "\(files.count) files are more than \(GitLimits.filesMax)")
        }
        let signature = try makeSignature(author, time)
        // A handle of its own: what a failed commit left in memory must not pass for stored objects in the next one.
        let staging = try Staging(path: path)
        var writer = ObjectWriter(database: try staging.database(), place: path)
        let root = TreeNode()
        for file in files {
            guard file.content.count <= GitLimits.fileBytesMax else {
                throw GitError(what: "commit a file", place: file.path, why: "it is larger than 512 MiB")
            }
            let components = try GitPath.components(of: file.path)
            try root.insert(try writer.write(file.content, type: GIT_OBJECT_BLOB), at: components, path: file.path)
        }
        var tree = try writer.write(root)
        let branch = try branchName()
        let parent = try head()
        if let parent, var old = try treeID(of: parent, in: staging.repository.pointer), git_oid_equal(&old, &tree) == 1 { return nil }
        let changes = try self.changes(from: parent, toTree: tree, in: staging.repository.pointer)
        let text = try checkedMessage(message(changes))
        let commit = try createCommit(tree: tree, parent: parent, signature: signature.pointer, message: text, staging: staging)
        try staging.writePack(writer.written + [commit])
        try move(branch, to: commit, from: parent)
        return CommitResult(id: CommitID(commit), changes: changes)
    }

    private func makeSignature(_ author: GitAuthor, _ time: Int64) throws(GitError) -> SignatureHandle {
        guard !(author.name + author.email).utf8.contains(where: { $0 < 32 }) else {
            throw GitError(what: "name the author", place: author.name.debugDescription, why: "it contains a control character")
        }
        guard (0...(Int64(1) << 40)).contains(time) else {
            throw GitError(what: "date the commit", place: path, why: "\(time) is no time git can hold")
        }
        var signature: UnsafeMutablePointer<git_signature>?
        try git("name the author", path) { git_signature_new(&signature, author.name, author.email, time, 0) }
        guard let signature else { throw GitError(what: "name the author", place: path, why: "libgit2 made none") }
        return SignatureHandle(pointer: signature)
    }

    private func checkedMessage(_ text: String) throws(GitError) -> String {
        guard !text.utf8.contains(0), text.utf8.count <= GitLimits.messageBytesMax else {
            throw GitError(what: "write the commit message", place: path, why: "it contains a NUL or is longer than 16 MiB")
        }
        return text.hasSuffix("\n") ? text : text + "\n"
    }

    private func createCommit(
        tree: git_oid, parent: CommitID?, signature: UnsafeMutablePointer<git_signature>, message: String, staging: borrowing Staging
    ) throws(GitError) -> git_oid {
        let repository = staging.repository.pointer
        var tree = tree
        var commit = git_oid()
        let treeHandle = try GitHandle("read the new tree", path, free: git_tree_free) { git_tree_lookup(&$0, repository, &tree) }
        guard let parent else {
            try git("create the commit", path) {
                git_commit_create(&commit, repository, nil, signature, signature, nil, message, treeHandle.pointer, 0, nil)
            }
            return commit
        }
        let parentHandle = try commitHandle(parent, in: repository)
        var parents: [OpaquePointer?] = [parentHandle.pointer]
        try git("create the commit", path) {
            git_commit_create(&commit, repository, nil, signature, signature, nil, message, treeHandle.pointer, 1, &parents)
        }
        return commit
    }

    /// Moves the branch, provided it still stands where this commit started from.
    private func move(_ branch: String, to commit: git_oid, from parent: CommitID?) throws(GitError) {
        var new = commit
        try git("refresh the object database", path) {
            var database: OpaquePointer?
            let code = git_repository_odb(&database, handle.pointer)
            guard code >= 0 else { return code }
            defer { git_odb_free(database) }
            return git_odb_refresh(database)
        }
        if let parent {
            var old = try parent.oid()
            _ = try GitHandle("move the branch", path, free: git_reference_free) {
                git_reference_create_matching(&$0, handle.pointer, branch, &new, 1, &old, "commit")
            }
        } else {
            _ = try GitHandle("create the branch", path, free: git_reference_free) {
                git_reference_create_matching(&$0, handle.pointer, branch, &new, 0, nil, "commit (initial)")
            }
        }
    }
}

struct SignatureHandle: ~Copyable {
    let pointer: UnsafeMutablePointer<git_signature>
    deinit { git_signature_free(pointer) }
}
