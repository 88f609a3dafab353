package import Commands
package import Core
package import FileTree
package import Tarball
package import Vault

/// Some neighbouring paths that one thread handles together.
package struct BackupBatch {
    /// Its place in the tree.
    package let number: Int
    package var items: [BackupItem] = []
}

/// One path that a source came upon, in path order.
package enum BackupItem {
    /// Unchanged entries as the parent's tree has them.
    case carriedOver(text: [UInt8], entries: Int64, files: Int, bytes: Int)
    /// - `known`: what the parent's tree says of the path.
    case file(WalkedFile, TreePath, FileLink?, known: TreeEntry?)
    /// A further name of a file that has come already.
    case link(TreePath, FileLink)
    /// A directory, a link or a node: metadata only.
    case metadata(WalkedFile, TreePath, known: TreeEntry?)
    case socket(TreePath)
    /// A file or directory that is only in memory.
    case synthetic(TreeEntry, content: [UInt8]?)
    case command(Command, TreePath, TreeEntry)
    /// What is read to its end becomes a file.
    case input(OpenFile, TreePath, TreeEntry)
    case failed(TreePath, SystemError)
    /// It was listed, and is not there any more.
    case removed(TreePath)
    case note(String)
}

/// Where the batches of a dataset come from. Used under a lock.
package protocol BatchSource {
    /// The next items in path order; empty at the end.
    mutating func next() throws -> [BackupItem]
    /// Counts of what was carried over, skipped or left out so far.
    var counts: SnapshotRecord.Dataset { get }
    /// The patterns that have matched nothing so far.
    var unusedExcludes: [Glob] { get }
    /// What was asked for by its path and has not come.
    var unmet: [String] { get }
}

extension BatchSource {
    package var unmet: [String] { [] }
    package var unusedExcludes: [Glob] { [] }
}

/// The result of one batch.
package struct BackupResult {
    package enum Piece {
        case text([UInt8])
        /// The first name of a file with several.
        case first(TreeEntry, FileLink)
        /// A further name, whose entry is that of the first.
        case link(TreePath, FileLink)
    }

    package let number: Int
    package var pieces: [Piece] = []
    package var entries: Int64 = 0
    package var counts: SnapshotRecord.Dataset
    package var findings: [Finding] = []
    /// The dataset is not whole and must not be stored: the reason.
    package var failure: Failure?

    package var bytes: Int {
        pieces.reduce(0) { sum, piece in
            switch piece {
            case .text(let text): sum + text.count
            case .first: sum + 512
            case .link(_, let link): sum + 512 + (link.carried?.count ?? 0)
            }
        }
    }

    package mutating func note(_ text: String) { findings.append(Finding(.p4, "", text)) }

    /// What could not be stored of a path, or not as it should be.
    package mutating func problem(_ path: TreePath, _ reason: String) {
        counts.unreadable += 1
        findings.append(Finding(.p2, path.description, reason))
    }

    package mutating func append(_ entry: TreeEntry) {
        entries += 1
        if case .text(var text)? = pieces.last {
            pieces.removeLast()
            MtreeWriter.append(entry, to: &text)
            pieces.append(.text(text))
        } else {
            var text: [UInt8] = []
            MtreeWriter.append(entry, to: &text)
            pieces.append(.text(text))
        }
    }
}

extension TreeEntry {
    /// How long after its last change a file may be written again without a trace. A second write through a mapping to a page that
    /// is dirty still moves no time, and the kernel writes dirty pages back after some 30 s.
    package static let settling: Int64 = 60
    /// The same for what no program maps: file systems count in ticks, the coarsest of them in seconds.
    package static let tick: Int64 = 1

    /// An entry from what `stat` says. The change mark is left out when the file changed so lately that a further change could
    /// leave the same time behind: the next backup reads it again.
    ///
    /// - Parameters:
    ///   - asOf: when its content was begun to be read.
    ///   - settling: the seconds that its change must lie back.
    package init(path: TreePath, kind: Kind, status: FileStatus, asOf: FileTime, settling: Int64 = Self.tick) {
        self.init(
            path: path, kind: kind, mode: status.mode, owner: status.owner, group: status.group, modified: Time(status.modified))
        if status.changed.seconds < asOf.seconds - settling {
            changeMark = ChangeMark(changed: Time(status.changed), inode: status.identity.inode)
        }
    }

    /// Whether another look found the same, by whatever it was known.
    package func isSame(as other: TreeEntry) -> Bool {
        var (left, right) = (self, other)
        (left.changeMark, right.changeMark) = (nil, nil)
        return left == right
    }

    /// Whether the file is still as this entry of the parent's tree describes it.
    package func isUnchanged(_ status: FileStatus) -> Bool {
        guard let mark = changeMark, mark == ChangeMark(changed: Time(status.changed), inode: status.identity.inode), !isUnstable,
            !isGrowing,
            mode == status.mode, owner == status.owner, group == status.group, modified == Time(status.modified)
        else { return false }
        switch (kind, status.kind) {
        case (.file(let contents), .regular): return contents.size == status.size
        case (.directory, .directory), (.symbolicLink, .symbolicLink), (.fifo, .fifo), (.characterDevice, .characterDevice),
            (.blockDevice, .blockDevice):
            return true
        default: return false
        }
    }
}
