import GitHistory
import Tarball
import Vault

/// The dataset of the manifests: files by path, and the directories they need. Contents are read a batch at a time.
struct ManifestSource: BatchSource {
    private static let batchItemsMax = 32
    private static let batchBytesMax = 1 << 20

    private let repository: GitRepository
    private var items: ArraySlice<(entry: TreeEntry, blob: GitBlob?)>
    let counts: SnapshotRecord.Dataset

    init(
        _ dataset: SnapshotRecord.Dataset, top: TreePath, _ captured: CapturedManifests, repository: String, owner: (UInt32, UInt32)
    ) throws {
        self.repository = try GitRepository(bareAt: repository, create: false)
        var counts = dataset
        counts.unreadable = Int64(captured.gaps)
        self.counts = counts
        // An object of a cluster has no time of its own; that of the commit would make all of them differ whenever one does.
        let time = TreeEntry.Time(seconds: 0, nanoseconds: 0)
        var content: [TreePath: GitBlob?] = [top: nil]
        for file in captured.files {
            guard let path = top.appending(path: file.path.bytes) else { continue }
            content[path] = file.blob
            var parent = path.parent
            while let directory = parent, content[directory] == nil {
                content[directory] = .some(nil)
                parent = directory.parent
            }
        }
        items =
            content.sorted { $0.key < $1.key }.map { path, blob in
                let entry = TreeEntry(
                    path: path, kind: .directory, mode: blob == nil ? 0o755 : 0o644, owner: owner.0, group: owner.1, modified: time)
                return (entry, blob)
            }[...]
    }

    /// Contents wait in memory: a batch ends with the first MiB of them.
    mutating func next() throws -> [BackupItem] {
        var batch: [BackupItem] = []
        var bytes = 0
        while batch.count < Self.batchItemsMax, bytes < Self.batchBytesMax, let item = items.popFirst() {
            let content = try item.blob.map(repository.content(of:))
            bytes += content?.count ?? 0
            batch.append(.synthetic(item.entry, content: content))
        }
        return batch
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
