package import Core
package import FileTree
package import GitHistory
import Glibc
package import Kubernetes
import Restorer
import Tarball
package import Vault

/// The git history of a policy's manifests: a bare repository in the cache, which is made again from the vault when it is
/// missing or is not the one that the newest snapshot holds. The vault's copy is the one that counts.
package struct ManifestHistory {
    private static let arrivingName = "arriving"
    /// Who makes the commits.
    package static var author: GitAuthor { GitAuthor(name: "rekindle", email: "rekindle@\(Host.name)") }
    /// Older histories that are tried where the newest is damaged.
    private static let olderMax = 10

    /// As long as this is held: a temporary folder goes with it, history and all.
    package let folder: WorkingFolder
    /// The snapshots with a history, oldest first.
    private let views: [SnapshotView]

    /// - Parameter folder: where the repository is or will be.
    package init(in folder: WorkingFolder, views: [SnapshotView]) {
        self.folder = folder
        self.views = views
    }

    package var path: String { "\(folder.path)/\(ReservedNames.history)" }

    package var exists: Bool { access("\(path)/HEAD", F_OK) == 0 }

    /// Whether there is anything in it: a first capture that failed leaves an empty one.
    package var hasCommits: Bool { exists && ((try? GitRepository(bareAt: path, create: false).head()) ?? nil) != nil }

    /// Brings the repository up to what the vault has; where the vault's copy cannot be read, that in the cache is gone on from.
    package func fetch(_ findings: inout Findings) throws {
        guard let problem = try seed() else { return }
        if hasCommits {
            findings.problem(ReservedNames.history, "\(problem): the copy in the cache goes on")
        } else {
            try goOn(after: problem, &findings)
        }
    }

    /// Fetches the repository from the vault if the one here is another; returns why that was not possible.
    package func seed() throws -> String? {
        guard let newest = views.last, let commit = newest.snapshot.record.gitCommit else { return nil }
        if exists, (try? GitRepository(bareAt: path, create: false).head()?.hex) == commit { return nil }
        return try replace(from: newest)
    }

    /// The copy that is here stays until the vault's has arrived whole.
    private func replace(from view: SnapshotView) throws -> String? {
        try remove(Self.arrivingName)
        let arriving = "\(folder.path)/\(Self.arrivingName)"
        var options = RestoreOptions(target: .directory(arriving))
        options.filter.include = [Glob("/\(ReservedNames.history)")].compactMap(\.self)
        let problem = "the history of the manifests in snapshot \(view.snapshot.shortID) cannot be read whole"
        do {
            let report = try Restorer(view, options, progress: Progress()).run()
            // A failure to write here says nothing about the repository's contents.
            if let trouble = report.problems.first, report.damagedCount == 0 {
                throw GitError(what: "fetch the history to", place: arriving, why: trouble.reason)
            }
            guard report.isComplete, access("\(arriving)/\(ReservedNames.history)/HEAD", F_OK) == 0 else {
                try remove(Self.arrivingName)
                return problem
            }
        } catch let error as Failure where error.code == .damaged {
            try remove(Self.arrivingName)
            return "\(problem) (\(error.message))"
        }
        try remove(ReservedNames.history)
        guard rename("\(arriving)/\(ReservedNames.history)", path) == 0 else { throw SystemError("move", path: arriving, code: errno) }
        try remove(Self.arrivingName)
        return nil
    }

    private func remove(_ name: String) throws {
        let folder = try Directory.open(folder.path)
        guard try folder.statusIfPresent(of: Array(name.utf8)) != nil else { return }
        _ = try Removal.remove(Array(name.utf8), in: folder)
    }

    /// The copy in the cache is broken: that of the vault, or else a new one.
    private func renew(_ findings: inout Findings) throws {
        guard let newest = views.last else {
            return try begin(anewFor: "the history of the manifests is broken, and no snapshot has one", &findings)
        }
        if let problem = try replace(from: newest) { try goOn(after: problem, &findings) }
    }

    /// The newest history cannot be had: the next one that is whole lacks a few commits, and is better than none.
    private func goOn(after problem: String, _ findings: inout Findings) throws {
        var tried: Set<String?> = [views.last?.snapshot.record.gitCommit]
        let older = views.reversed().filter { tried.insert($0.snapshot.record.gitCommit).inserted }
        for view in older.prefix(Self.olderMax) where try replace(from: view) == nil {
            return findings.problem(ReservedNames.history, "\(problem): that of snapshot \(view.snapshot.shortID) goes on")
        }
        try begin(anewFor: problem, &findings)
    }

    /// A broken repository may be the only copy: it is kept aside for `git fsck` and whoever knows it.
    private func begin(anewFor problem: String, _ findings: inout Findings) throws {
        guard access(path, F_OK) == 0 else {
            return findings.problem(ReservedNames.history, "\(problem): a new history begins")
        }
        let aside = "\(path).broken-\(Timestamp.now().milliseconds)"
        guard rename(path, aside) == 0 else { throw SystemError("move", path: path, code: errno) }
        findings.problem(ReservedNames.history, "\(problem): a new history begins; what was here is kept as \(aside)")
    }

    /// Whether everything that the newest commit needs can be read.
    private var isWhole: Bool {
        do {
            let repository = try GitRepository(bareAt: path, create: false)
            guard let head = try repository.head() else { return true }
            for file in try repository.files(at: head) { _ = try repository.content(of: file.blob) }
            return true
        } catch {
            return false
        }
    }

    /// The content of the next commit: every file, and the parts that could not be read.
    package typealias Files = (files: [(path: String, blob: GitBlob)], gaps: [CaptureGap])

    /// The newest commit, and how it differs from the one before, in words.
    package typealias Committed = (entry: LogEntry?, changes: String)

    /// Commits what `gather` stores in the draft, if it differs from the last commit; returns the commit that holds it now.
    ///
    /// - Parameter gather: is given what the last commit has. It may be called twice.
    package func commit(
        _ findings: inout Findings, _ gather: (GitDraft, [GitEntry], inout Findings) throws -> Files
    ) throws -> Committed {
        do { return try add(&findings, gather) } catch let error as GitError {
            // A full disk or a lock is no reason to give up a history that is whole.
            if isWhole { throw error }
            try renew(&findings)
            return try add(&findings, gather)
        }
    }

    private func add(
        _ findings: inout Findings, _ gather: (GitDraft, [GitEntry], inout Findings) throws -> Files
    ) throws -> Committed {
        let repository = try GitRepository(bareAt: path, create: true)
        let draft = try GitDraft(repository)
        let new = try gather(draft, try repository.head().map(repository.files(at:)) ?? [], &findings)
        let result = try draft.commit(
            new.files, keepsForeign: true, author: Self.author,
            time: Timestamp.now().milliseconds / 1000
        ) { Self.message($0, new.gaps) }
        // The content of the coming snapshot is read once here, while a broken repository can still be fetched again.
        for file in new.files { _ = try repository.content(of: file.blob) }
        return (try repository.log(limit: 1).first, result.map { Self.summary($0.changes) } ?? "no change")
    }

    /// The message: files added, changed and removed, counted in the first line and named in the rest; then what could not be read.
    private static func message(_ all: GitChanges, _ gaps: [CaptureGap]) -> String {
        let changes = objects(all)
        let lines = changes.added.map { "+ \($0)" } + changes.changed.map { "~ \($0)" } + changes.removed.map { "- \($0)" }
        let unread = gaps.isEmpty ? [] : ["", "Not read, and kept as it was:"] + gaps.map { "! \($0)" }
        return (["Manifests: \(summary(all))", ""] + lines + unread).joined(separator: "\n") + "\n"
    }

    private static func summary(_ all: GitChanges) -> String {
        let changes = objects(all)
        let counts = "\(changes.added.count) added, \(changes.changed.count) changed, \(changes.removed.count) removed"
        return changes.count > 0 ? counts : "\(counts); other owners of fields of \(all.count)"
    }

    /// Without what is kept beside the objects, which changes with them.
    private static func objects(_ changes: GitChanges) -> GitChanges {
        func own(_ paths: [String]) -> [String] { paths.filter { !FieldsFile.isOne($0) } }
        return GitChanges(added: own(changes.added), changed: own(changes.changed), removed: own(changes.removed))
    }
}
