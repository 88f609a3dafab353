internal import CGit2

extension GitRepository {
    /// Where a fetched branch is kept: what a commit needs must have a name.
    private static let fetchedBranch = "refs/rekindle/joined"

    /// Joins the branch of another repository with this one's, which has gone another way: a commit with both as parents, whose files are
    /// this one's, and what stands beside them there, as a README. Nothing is pushed.
    ///
    /// - Returns: nil where the other has nothing that this one lacks.
    public func join(
        _ url: String, author: GitAuthor, time: Int64, access: GitRemoteAccess, progress: @escaping @Sendable () -> Bool = { true }
    ) throws(GitError) -> CommitID? {
        let branch = try branchName()
        guard let head = try head(), let theirs = try fetch(branch, from: url, access, progress) else { return nil }
        var (ours, other) = (try head.oid(), theirs)
        if git_graph_descendant_of(handle.pointer, &ours, &other) == 1 || git_oid_equal(&ours, &other) == 1 { return nil }
        try refuseForeignFolders(of: CommitID(theirs), in: head, shown: Self.withoutPassword(url))
        let signature = try makeSignature(author, time)
        let commit = try mergeCommit(head, CommitID(theirs), tree: try joinedTree(head, CommitID(theirs)), signature: signature.pointer)
        try move(branch, to: commit, from: head)
        return CommitID(commit)
    }

    /// A folder of theirs that never was one of this history would be gone from their branch: that is for a person to decide.
    private func refuseForeignFolders(of theirs: CommitID, in ours: CommitID, shown: String) throws(GitError) {
        var (first, second, base) = (try ours.oid(), try theirs.oid(), git_oid())
        let isRelated = try gitFound("find what is common with", shown) { git_merge_base(&base, handle.pointer, &first, &second) }
        var known = ForeignEntry.folders(in: try rootTree(of: ours).pointer)
        if isRelated { known.formUnion(ForeignEntry.folders(in: try rootTree(of: CommitID(base)).pointer)) }
        let foreign = ForeignEntry.folders(in: try rootTree(of: theirs).pointer).subtracting(known).sorted()
        guard foreign.isEmpty else {
            throw GitError(
                what: "join the history with", place: shown,
                why:
                    "it has folders that no cluster's namespace made, and that a merge would take away: \(foreign.joined(separator: ", "))",
                hint: "Move them to another branch, or write `push: branch` in the policy", hasDiverged: true)
        }
    }

    private func fetch(
        _ branch: String, from url: String, _ access: GitRemoteAccess, _ progress: @escaping @Sendable () -> Bool
    ) throws(GitError) -> git_oid? {
        let shown = Self.withoutPassword(url)
        let remote = try GitHandle("prepare to fetch from", shown, free: git_remote_free) {
            git_remote_create_anonymous(&$0, handle.pointer, url)
        }
        var options = git_fetch_options()
        try git("prepare to fetch from", shown) { git_fetch_options_init(&options, UInt32(GIT_FETCH_OPTIONS_VERSION)) }
        let attempt = RemoteAttempt(access, progress)
        options.proxy_opts.type = GIT_PROXY_AUTO
        options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE
        if let certificates = access.certificates, url.hasPrefix("https:") { try GitLibrary.trust(certificates) }
        attempt.prepare(&options.callbacks)
        options.callbacks.transfer_progress = { _, payload in RemoteAttempt.goesOn(payload) }
        try withExtendedLifetime(attempt) { () throws(GitError) in
            try git("fetch from", shown) {
                "+\(branch):\(Self.fetchedBranch)".withCString { specification in
                    var strings: [UnsafeMutablePointer<CChar>?] = [UnsafeMutablePointer(mutating: specification)]
                    return strings.withUnsafeMutableBufferPointer { buffer in
                        var list = git_strarray(strings: buffer.baseAddress, count: 1)
                        return git_remote_fetch(remote.pointer, &list, &options, nil)
                    }
                }
            }
        }
        var oid = git_oid()
        let found = try gitFound("find what was fetched from", shown) { git_reference_name_to_id(&oid, handle.pointer, Self.fetchedBranch) }
        return found ? oid : nil
    }

    /// The tree of the first commit, and what stands in that of the second beside its like.
    private func joinedTree(_ first: CommitID, _ second: CommitID) throws(GitError) -> git_oid {
        let tree = try rootTree(of: first)
        let other = try rootTree(of: second)
        let builder = try GitHandle("join the trees", path, free: git_treebuilder_free) {
            git_treebuilder_new(&$0, handle.pointer, tree.pointer)
        }
        for foreign in ForeignEntry.all(in: other.pointer) {
            let isTaken = foreign.name.withUnsafeBufferPointer { name in
                name.baseAddress.map { git_treebuilder_get(builder.pointer, $0) != nil } ?? true
            }
            if isTaken { continue }
            var oid = foreign.oid
            try git("join the trees", path) {
                foreign.name.withUnsafeBufferPointer { name in
                    name.baseAddress.map { git_treebuilder_insert(nil, builder.pointer, $0, &oid, foreign.mode) } ?? -1
                }
            }
        }
        var joined = git_oid()
        try git("join the trees", path) { git_treebuilder_write(&joined, builder.pointer) }
        return joined
    }

    func rootTree(of commit: CommitID) throws(GitError) -> GitHandle {
        let found = try commitHandle(commit, in: handle.pointer)
        return try GitHandle("read the tree of a commit", path, free: git_tree_free) { git_commit_tree(&$0, found.pointer) }
    }

    private func mergeCommit(
        _ first: CommitID, _ second: CommitID, tree: git_oid, signature: UnsafeMutablePointer<git_signature>
    ) throws(GitError) -> git_oid {
        var tree = tree
        var commit = git_oid()
        let message = "Join the other history of the remote\n\nIts commits are kept; the manifests are those of the cluster.\n"
        let treeHandle = try GitHandle("read the new tree", path, free: git_tree_free) { git_tree_lookup(&$0, handle.pointer, &tree) }
        let left = try commitHandle(first, in: handle.pointer)
        let right = try commitHandle(second, in: handle.pointer)
        var parents: [OpaquePointer?] = [left.pointer, right.pointer]
        try git("create the commit", path) {
            git_commit_create(&commit, handle.pointer, nil, signature, signature, nil, message, treeHandle.pointer, 2, &parents)
        }
        return commit
    }
}
