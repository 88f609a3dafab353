internal import CGit2

/// The next commit while its files are gathered: contents go to the repository as they come, so memory holds some 4 MiB of them.
///
/// Not for use from several threads at once. A draft that is never committed leaves at most unreferenced packs.
public final class GitDraft {
    private static let heldBytesMax = 4 << 20

    private let repository: GitRepository
    private let staging: Staging
    private var writer: ObjectWriter
    private var heldBytes = 0

    public init(_ repository: GitRepository) throws(GitError) {
        self.repository = repository
        // A handle of its own: what a failed commit left in memory must not pass for stored objects in the next one.
        staging = try Staging(path: repository.path)
        writer = ObjectWriter(database: try staging.database(), place: repository.path)
    }

    /// Stores a content; one that is there already costs nothing.
    public func store(_ content: [UInt8], for path: String) throws(GitError) -> GitBlob {
        guard content.count <= GitLimits.fileBytesMax else {
            throw GitError(what: "commit a file", place: path, why: "it is larger than \(GitLimits.fileBytesMax >> 20) MiB")
        }
        let before = writer.written.count
        let oid = try writer.write(content, type: GIT_OBJECT_BLOB)
        if writer.written.count > before { heldBytes += content.count }
        if heldBytes >= Self.heldBytesMax {
            try staging.writePack(writer.takeWritten())
            try staging.reset()
            heldBytes = 0
        }
        return GitBlob(oid)
    }

    /// Makes a commit whose tree is exactly `files`; nil, and no commit, when the newest one has that tree already.
    ///
    /// Order: objects in memory, a synced pack, then the branch. A crash before the last step leaves an unreferenced pack and
    /// the history as it was. `time` is in seconds since 1970, UTC; `message` is given what the commit changes.
    ///
    /// - Parameter keepsForeign: what somebody has put beside the folders of the files stays as it is.
    public func commit(
        _ files: [(path: String, blob: GitBlob)], keepsForeign: Bool = false, author: GitAuthor, time: Int64,
        message: (GitChanges) -> String
    ) throws(GitError) -> CommitResult? {
        guard files.count <= GitLimits.filesMax else {
            throw GitError(what: "commit", place: repository.path, why: "\(files.count) files are more than \(GitLimits.filesMax)")
        }
        let signature = try repository.makeSignature(author, time)
        let root = TreeNode()
        for file in files { try root.insert(file.blob.oid, at: try GitPath.components(of: file.path), path: file.path) }
        let branch = try repository.branchName()
        let parent = try repository.head()
        if keepsForeign, let parent {
            let before = try repository.rootTree(of: parent)
            for entry in ForeignEntry.all(in: before.pointer) {
                let name = entry.name.dropLast().map { UInt8(bitPattern: $0) }
                root.foreign[name] = (String(entry.mode.rawValue, radix: 8), entry.oid)
            }
        }
        var tree = try writer.write(root)
        if let parent, var old = try repository.treeID(of: parent, in: staging.repository.pointer), git_oid_equal(&old, &tree) == 1 {
            return nil
        }
        let changes = try repository.changes(from: parent, toTree: tree, in: staging.repository.pointer)
        let text = try repository.checkedMessage(message(changes))
        let commit = try repository.createCommit(
            tree: tree, parent: parent, signature: signature.pointer, message: text, staging: staging)
        try staging.writePack(writer.takeWritten() + [commit])
        try repository.move(branch, to: commit, from: parent)
        return CommitResult(id: CommitID(commit), changes: changes)
    }
}

extension GitDraft {
    /// Whether a path of the history is an object's: what stands beside those is somebody else's, and stays.
    public static func isOwn(_ path: String) -> Bool { path.contains("/") && !path.hasPrefix(".") }
}
