import Commands
package import Core
import Tarball
package import Vault

/// Files that are in no directory of this machine: those of a repository, or of a cluster.
package struct FileSet {
    package struct File {
        package let path: TreePath
        package let read: () throws -> [UInt8]

        package init(path: TreePath, read: @escaping () throws -> [UInt8]) {
            self.path = path
            self.read = read
        }
    }

    /// Paths as they are in the dataset.
    package let files: [File]
    /// Parts of the set that could not be had: the dataset is then not whole.
    package let gaps: Int

    package init(files: [File], gaps: Int) {
        self.files = files
        self.gaps = gaps
    }
}

/// The entries of a set of files, and the directories they need. Contents are read a batch at a time.
package struct FileSetSource: BatchSource {
    private static let batchItemsMax = 32
    private static let batchBytesMax = 1 << 20

    private let owner: (user: UInt32, group: UInt32)
    /// In the order of the tree.
    private var files: ArraySlice<FileSet.File>
    /// Directories that the next file may lie in, the innermost last; those of the files given so far have been given, too.
    private var open: [TreePath]
    private var isBegun = false
    package let counts: SnapshotRecord.Dataset

    package init(
        _ dataset: SnapshotRecord.Dataset, top: TreePath, _ set: FileSet, owner: (UInt32, UInt32)
    ) {
        self.owner = owner
        var counts = dataset
        counts.unreadable = Int64(set.gaps)
        self.counts = counts
        files =
            set.files.compactMap { file in top.appending(path: file.path.bytes).map { FileSet.File(path: $0, read: file.read) } }
            .sorted { $0.path < $1.path }[...]
        open = [top]
    }

    /// Contents wait in memory: a batch ends with the first MiB of them.
    package mutating func next() throws -> [BackupItem] {
        var batch: [BackupItem] = []
        var bytes = 0
        if !isBegun, let top = open.first { batch.append(.synthetic(entry(top, mode: 0o755), content: nil)) }
        isBegun = true
        while batch.count < Self.batchItemsMax, bytes < Self.batchBytesMax, let file = files.popFirst() {
            for directory in enter(file.path) { batch.append(.synthetic(entry(directory, mode: 0o755), content: nil)) }
            let content = try file.read()
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

/// The dataset of a command or of an input: a directory with one file, what the program wrote.
package struct OutputSource: BatchSource {
    private var item: BackupItem?
    package let counts: SnapshotRecord.Dataset

    package init(_ dataset: SnapshotRecord.Dataset, _ item: BackupItem) { (counts, self.item) = (dataset, item) }

    package mutating func next() -> [BackupItem] {
        defer { item = nil }
        return item.map { [$0] } ?? []
    }
}
