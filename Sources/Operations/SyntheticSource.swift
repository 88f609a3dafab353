import Tarball
import Vault

/// A dataset that is only in memory: files by path, and the directories they need.
struct SyntheticSource: BatchSource {
    private var items: ArraySlice<BackupItem>
    let counts: SnapshotRecord.Dataset

    /// - Parameter files: contents by path beneath the dataset.
    init(
        _ dataset: SnapshotRecord.Dataset, top: TreePath, files: [(path: TreePath, content: [UInt8])], owner: (UInt32, UInt32),
        time: TreeEntry.Time
    ) {
        counts = dataset
        var content: [TreePath: [UInt8]?] = [top: nil]
        for file in files {
            guard let path = top.appending(path: file.path.bytes) else { continue }
            content[path] = file.content
            var parent = path.parent
            while let directory = parent, content[directory] == nil {
                content[directory] = .some(nil)
                parent = directory.parent
            }
        }
        items =
            content.sorted { $0.key < $1.key }.map { path, bytes in
                let entry = TreeEntry(
                    path: path, kind: .directory, mode: bytes == nil ? 0o755 : 0o644, owner: owner.0, group: owner.1, modified: time)
                return .synthetic(entry, content: bytes)
            }[...]
    }

    mutating func next() -> [BackupItem] {
        let batch = Array(items.prefix(32))
        items = items.dropFirst(32)
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
