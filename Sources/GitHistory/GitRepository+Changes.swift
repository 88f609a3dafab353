internal import CGit2

extension GitRepository {
    /// What `to` changes against `from`; nil stands for the empty tree before the first commit.
    public func changes(from: CommitID?, to: CommitID) throws(GitError) -> GitChanges {
        guard let tree = try treeID(of: to, in: handle.pointer) else { return GitChanges() }
        return try changes(from: from, toTree: tree, in: handle.pointer)
    }

    func changes(from: CommitID?, toTree: git_oid, in repository: OpaquePointer) throws(GitError) -> GitChanges {
        var new = toTree
        let newTree = try GitHandle("read a tree", path, free: git_tree_free) { git_tree_lookup(&$0, repository, &new) }
        guard let from, var old = try treeID(of: from, in: repository) else { return try diff(nil, newTree.pointer, repository) }
        let oldTree = try GitHandle("read a tree", path, free: git_tree_free) { git_tree_lookup(&$0, repository, &old) }
        return try diff(oldTree.pointer, newTree.pointer, repository)
    }

    private func diff(_ old: OpaquePointer?, _ new: OpaquePointer, _ repository: OpaquePointer) throws(GitError) -> GitChanges {
        let diff = try GitHandle("compare two trees", path, free: git_diff_free) {
            git_diff_tree_to_tree(&$0, repository, old, new, nil)
        }
        var changes = GitChanges()
        for index in 0..<git_diff_num_deltas(diff.pointer) {
            guard let delta = git_diff_get_delta(diff.pointer, index)?.pointee,
                let name = (delta.new_file.path ?? delta.old_file.path).flatMap({ String(validatingCString: $0) })
            else { throw GitError(what: "compare two trees", place: path, why: "a changed path is not UTF-8") }
            switch delta.status {
            case GIT_DELTA_ADDED: changes.added.append(name)
            case GIT_DELTA_DELETED: changes.removed.append(name)
            default: changes.changed.append(name)
            }
        }
        changes.added.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        changes.changed.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        changes.removed.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return changes
    }
}
