package import Core
package import FileTree
import Glibc
import Tarball
package import Vault

/// Walks a directory beside the parent snapshot's tree and tells what is to be read.
///
/// Both come in path order, so the parent needs no lookup table. What is unchanged is carried over here, text and all, if
/// the vault still has every blob of it.
package struct DirectoryScan: BatchSource {
    /// Bounds of a batch.
    private static let itemsMax = 32
    private static let bytesMax: Int64 = 1 << 20

    private let source: DirectorySource
    private let top: TreePath
    private let walk: Walk
    private let parent: ParentTree
    private let exclusions: Exclusions
    /// Whether to believe no times.
    private let readsAll: Bool
    private let device: UInt64
    private static let mountsMax = 100
    private var links: HardLinks
    package private(set) var counts: SnapshotRecord.Dataset
    private var isFinished = false
    private var last: TreePath?

    /// Entries that come over from the parent one after the other.
    private struct Carried {
        var text: [UInt8] = []
        var entries: Int64 = 0
        var files = 0
        var bytes = 0

        mutating func take(into items: inout [BackupItem]) {
            if entries > 0 { items.append(.carriedOver(text: text, entries: entries, files: files, bytes: bytes)) }
            self = Carried()
        }
    }

    /// The walker is not copyable; this is its one owner.
    private final class Walk {
        var walker: Walker
        init(_ walker: consuming Walker) { self.walker = walker }
    }

    /// - Parameters:
    ///   - vault: the directories that are the vault's own.
    ///   - links: empty.
    package init(
        _ dataset: SnapshotRecord.Dataset, source: DirectorySource, parent: ParentTree, vault: Set<FileIdentity>, links: SpillTable
    ) throws {
        guard let top = TreePath(dataset.name) else { throw Failure(.usage, "\(dataset.name) cannot name a dataset") }
        self.links = HardLinks(links)
        self.source = source
        self.top = top
        self.parent = parent
        readsAll = dataset.readsAll ?? false
        let root = try Directory.open(source.path)
        device = try root.file.status().identity.device
        exclusions = try Exclusions(source, dataset: top.bytes, root: root, vault: vault)
        counts = dataset
        // Where it is mounted is worth knowing, and no reason not to back it up.
        do { counts.mounts = [try root.mountPoint(path: source.path)] } catch {}
        walk = Walk(try Walker(root: root, oneFileSystem: source.oneFileSystem))
    }

    package var unusedExcludes: [Glob] { exclusions.unused }

    package var unmet: [String] { exclusions.unmet.map { "\(top)/\(PathText.text($0))" } }

    package mutating func next() throws -> [BackupItem] {
        var items: [BackupItem] = []
        var carried = Carried()
        var bytes: Int64 = 0
        while !isFinished, items.count < Self.itemsMax, bytes < Self.bytesMax, carried.text.count < 64 << 10 {
            var notes: [BackupItem] = []
            guard let event = walk.walker.next(skip: { exclusions.leavesOut($0) }, descend: { descend($0, &notes) }) else {
                isFinished = true
                break
            }
            var item: BackupItem?
            switch event {
            case .failed(let path, let error): item = failed(path, error)
            case .removed(let path): item = .removed(top.appending(path: path) ?? top)
            case .file(let file): item = try examine(file, &carried, &bytes)
            }
            if item != nil || !notes.isEmpty {
                carried.take(into: &items)
                items += [item].compactMap(\.self) + notes
            }
        }
        carried.take(into: &items)
        counts.leftOut = exclusions.leftOut > 0 ? exclusions.leftOut : nil
        return items
    }

    /// A file system's own folder for what `fsck` finds is made with it, and nobody but root may look into it.
    private func failed(_ path: [UInt8], _ error: SystemError) -> BackupItem {
        let place = path.isEmpty ? top : top.appending(path: path) ?? top
        if error.code == EACCES, place.name.elementsEqual("lost+found".utf8) {
            return .note("\(place): the file system's own, which only root may read; left out")
        }
        return .failed(place, error)
    }

    /// The work that a path needs; nil if its entry was carried over.
    private mutating func examine(_ file: WalkedFile, _ carried: inout Carried, _ bytes: inout Int64) throws -> BackupItem? {
        guard let path = file.path.isEmpty ? top : top.appending(path: file.path) else {
            return .failed(top, SystemError("store the path of", path: file.path, code: ENAMETOOLONG))
        }
        // A tree whose paths do not rise cannot be read back.
        if let last, !(last < path) { throw Failure(.failed, "\(path) was met after \(last): the walk is out of order") }
        last = path
        if file.status.kind == .socket { return .socket(path) }
        if TemporaryFiles.isTemporary(file.name), file.status.kind != .directory {
            return .note("\(path): a file that a run of this program is writing, or left when it was killed; not in the backup")
        }
        if let reason = exclusions.reasonToLeaveOut(file) { return .note("\(path): \(reason)") }
        try noteMount(file)
        let link = try links.link(file.status, at: path)
        let known = try parent.entry(at: path)
        if let known, known.answer, !readsAll, known.parsed.entry.isUnchanged(file.status),
            known.parsed.entry.hardLink == link?.target(for: path)
        {
            let entry = known.parsed.entry
            carried.text += known.parsed.text
            carried.entries += 1
            if let contents = entry.contents {
                carried.files += 1
                carried.bytes += entry.hardLink == nil ? Int(contents.size) : 0
            }
            count(entry)
            if let link, link.first == path { try links.carry(link, known.parsed.text) }
            return nil
        }
        switch file.status.kind {
        case .regular:
            if let link, link.first != path { return .link(path, link) }
            bytes += min(file.status.size, Self.bytesMax)
            return .file(file, path, link, known: known?.parsed.entry)
        default: return .metadata(file, path, known: known?.parsed.entry)
        }
    }

    /// A disk that lies in the source: that it is missing another night is seen by this.
    private mutating func noteMount(_ file: WalkedFile) throws(SystemError) {
        guard file.status.kind == .directory, file.status.identity.device != device, !source.oneFileSystem,
            counts.mounts?.count ?? 0 < Self.mountsMax, file.directory.flatMap({ exclusions.kernelFileSystem(of: $0, file.status) }) == nil,
            try file.parent.file.status().identity.device != file.status.identity.device
        else { return }
        counts.mounts = (counts.mounts ?? []) + ["\(source.path)/\(PathText.text(file.path))"]
    }

    private mutating func count(_ entry: TreeEntry) {
        switch entry.kind {
        case .file(let contents):
            counts.files += 1
            counts.unchanged += 1
            if entry.hardLink == nil { counts.bytes += contents.size }
        case .directory: counts.directories += 1
        default: counts.others += 1
        }
    }

    private func descend(_ file: WalkedFile, _ notes: inout [BackupItem]) -> Bool {
        guard let directory = file.directory, let reason = exclusions.reasonToStayOut(of: directory, file.name, file.status) else {
            return true
        }
        if !reason.isEmpty { notes.append(.note("\(source.path)/\(PathText.text(file.path)): \(reason)")) }
        return false
    }
}

extension TreePath {
    /// A path beneath a directory, several components deep.
    package func appending(path: [UInt8]) -> TreePath? { TreePath(bytes + [UInt8(ascii: "/")] + path) }
}
