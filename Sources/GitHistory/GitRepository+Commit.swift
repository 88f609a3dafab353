internal import CGit2

extension GitRepository {
    /// Makes a commit whose tree is exactly `files`: see `GitDraft.commit`.
    public func commit(
        files: [GitFile], author: GitAuthor, time: Int64, message: (GitChanges) -> String
    ) throws(GitError) -> CommitResult? {
        let draft = try GitDraft(self)
        var blobs: [(path: String, blob: GitBlob)] = []
        for file in files { blobs.append((file.path, try draft.store(file.content, for: file.path))) }
        return try draft.commit(blobs, author: author, time: time, message: message)
    }

    func makeSignature(_ author: GitAuthor, _ time: Int64) throws(GitError) -> SignatureHandle {
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

    func checkedMessage(_ text: String) throws(GitError) -> String {
        guard !text.utf8.contains(0), text.utf8.count <= GitLimits.messageBytesMax else {
            throw GitError(what: "write the commit message", place: path, why: "it contains a NUL or is longer than 16 MiB")
        }
        return text.hasSuffix("\n") ? text : text + "\n"
    }

    func createCommit(
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
    func move(_ branch: String, to commit: git_oid, from parent: CommitID?) throws(GitError) {
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
