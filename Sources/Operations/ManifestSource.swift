import Core
import GitHistory
import Tarball
import Vault

/// The dataset of the manifests: files by path, and the directories they need. Contents are read a batch at a time.
struct ManifestSource: BatchSource {
    private static let batchItemsMax = 32
    private static let batchBytesMax = 1 << 20

    private let repository: GitRepository
    private let owner: (user: UInt32, group: UInt32)
    /// In the order of the tree.
    private var files: ArraySlice<(path: TreePath, blob: GitBlob)>
    /// Directories that the next file may lie in, the innermost last; those of the files given so far have been given, too.
    private var open: [TreePath]
    private var isBegun = false
    let counts: SnapshotRecord.Dataset

    init(
        _ dataset: SnapshotRecord.Dataset, top: TreePath, _ captured: CapturedManifests, repository: String, owner: (UInt32, UInt32)
    ) throws {
        self.repository = try GitRepository(bareAt: repository, create: false)
        self.owner = owner
        var counts = dataset
        counts.unreadable = Int64(captured.gaps)
        self.counts = counts
        files =
            captured.files.compactMap { file in top.appending(path: file.path.bytes).map { (path: $0, blob: file.blob) } }
            .sorted { $0.path < $1.path }[...]
        open = [top]
    }

    /// Contents wait in memory: a batch ends with the first MiB of them.
    mutating func next() throws -> [BackupItem] {
        var batch: [BackupItem] = []
        var bytes = 0
        if !isBegun, let top = open.first { batch.append(.synthetic(entry(top, mode: 0o755), content: nil)) }
        isBegun = true
        while batch.count < Self.batchItemsMax, bytes < Self.batchBytesMax, let file = files.popFirst() {
            for directory in enter(file.path) { batch.append(.synthetic(entry(directory, mode: 0o755), content: nil)) }
            let content = try repository.content(of: file.blob)
            bytes += content.count
            batch.append(.synthetic(entry(file.path, mode: 0o644), content: content))
        }
        return batch
    }

    /// The directories around a path that have not been given yet, the outermost first.
    private mutating func enter(_ path: TreePath) -> [TreePath] {
        var new: [TreePath] = []
        var directory = path.parent
        while let parent = directory, !open.contains(parent) {
            new.append(parent)
            directory = parent.parent
        }
        // The rest beside the path will not come again.
        while let last = open.last, let shared = directory, last != shared { open.removeLast() }
        new.reverse()
        open += new
        return new
    }

    /// An object of a cluster has no time of its own; that of the commit would make all of them differ whenever one does.
    private func entry(_ path: TreePath, mode: UInt16) -> TreeEntry {
        TreeEntry(
            path: path, kind: .directory, mode: mode, owner: owner.user, group: owner.group,
            modified: TreeEntry.Time(seconds: 0, nanoseconds: 0))
    }
}

/// The dataset of a command: a directory with one file, the program's output.
struct CommandSource: BatchSource {
    private var item: BackupItem?
    let counts: SnapshotRecord.Dataset

    init(_ dataset: SnapshotRecord.Dataset, command: Command, path: TreePath, root: TreeEntry) {
        counts = dataset
        item = .command(command, path, root)
    }

    mutating func next() -> [BackupItem] {
        defer { item = nil }
        return item.map { [$0] } ?? []
    }
}
