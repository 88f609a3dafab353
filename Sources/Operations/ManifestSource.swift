import GitHistory
import Tarball
import Vault

/// The dataset of the manifests: files by path, and the directories they need. Contents are read a batch at a time.
struct ManifestSource: BatchSource {
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
        let time = TreeEntry.Time(seconds: captured.commit?.time ?? 0, nanoseconds: 0)
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

    mutating func next() throws -> [BackupItem] {
        let batch = items.prefix(32)
        items = items.dropFirst(32)
        return try batch.map { .synthetic($0.entry, content: try $0.blob.map(repository.content(of:))) }
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
