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
    private var links: [FileIdentity: LinkGroup] = [:]
    package private(set) var counts: SnapshotRecord.Dataset
    private var isFinished = false
    private var last: TreePath?

    /// Entries that come over from the parent one after the other.
    private struct Carried {
        var text: [UInt8] = []
        var entries: Int64 = 0

        mutating func take(into items: inout [BackupItem]) {
            if entries > 0 { items.append(.carriedOver(text: text, entries: entries)) }
            self = Carried()
        }
    }

    /// The walker is not copyable; this is its one owner.
    private final class Walk {
        var walker: Walker
        init(_ walker: consuming Walker) { self.walker = walker }
    }

    /// - Parameter vault: the directories that are the vault's own.
    package init(
        _ dataset: SnapshotRecord.Dataset, source: DirectorySource, top: TreePath, parent: ParentTree,
        vault: Set<FileIdentity>
    ) throws {
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
        try noteMount(file)
        let group = linkGroup(file, path)
        let known = try parent.entry(at: path)
        if let known, known.answer, !readsAll, known.parsed.entry.isUnchanged(file.status),
            known.parsed.entry.hardLink == group?.linkTarget(for: path)
        {
            let entry = known.parsed.entry
            carried.text += known.parsed.text
            carried.entries += 1
            count(entry)
            if let group, group.first == path { group.entry = entry }
            return nil
        }
        switch file.status.kind {
        case .regular:
            if let group, group.first != path { return .link(file, path, group) }
            bytes += min(file.status.size, Self.bytesMax)
            return .file(file, path, group, known: known?.parsed.entry)
        default: return .metadata(file, path)
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

    /// The group of a file with several names; it is forgotten when all of them have come.
    private mutating func linkGroup(_ file: WalkedFile, _ path: TreePath) -> LinkGroup? {
        guard file.status.kind == .regular, file.status.linkCount > 1 else { return nil }
        // An inode may have been given to another file since.
        let known = links[file.status.identity].flatMap { $0.isStill(file.status) ? $0 : nil }
        let group = known ?? LinkGroup(first: path, status: file.status)
        group.namesLeft -= group.namesLeft > 0 ? 1 : 0
        links[file.status.identity] = group.namesLeft == 0 ? nil : group
        return group
    }

    private func descend(_ file: WalkedFile, _ notes: inout [BackupItem]) -> Bool {
        guard let directory = file.directory, let reason = exclusions.reasonToStayOut(of: directory, file.name, file.status) else {
            return true
        }
        if !reason.isEmpty { notes.append(.note("\(source.path)/\(PathText.text(file.path)): \(reason)")) }
        return false
    }
}

extension LinkGroup {
    /// What the entry of this name says of hard links: nothing at the first.
    package func linkTarget(for path: TreePath) -> TreePath? { path == first ? nil : first }
}

extension TreePath {
    /// A path beneath a directory, several components deep.
    package func appending(path: [UInt8]) -> TreePath? { TreePath(bytes + [UInt8(ascii: "/")] + path) }
}

/// The parent snapshot's tree, read once from front to back as the walk asks for rising paths.
package final class ParentTree {
    private var reader: TreeReadAhead?
    private var ahead: TreeReadAhead.Item?
    /// Why the rest of the tree is of no use, if so.
    private(set) var damage: String?

    /// Of the snapshot that it is the tree of; nil where there is none.
    package let record: SnapshotRecord?

    package init(_ tree: TreeReader?, _ blobs: BlobReader, of record: SnapshotRecord? = nil) throws {
        self.record = record
        reader = try tree.map { try TreeReadAhead($0) { try Self.isStored($0, blobs) } }
    }

    /// Whether the vault has every blob of it still.
    private static func isStored(_ entry: TreeEntry, _ blobs: BlobReader) throws -> Bool {
        switch entry.contents?.location {
        case nil: return true
        case .blob(let id): return blobs.index.contains(id)
        case .recipe(let id):
            guard blobs.index.contains(id) else { return false }
            do { return try blobs.recipe(id).parts.allSatisfy { blobs.index.contains($0.id) } } catch let error as Failure
                where error.code == .damaged
            {
                return false
            }
        }
    }

    /// The parent's entry for the path, and whether the vault has its content. Paths must be asked for in rising order.
    package func entry(at path: TreePath) throws -> TreeReadAhead.Item? {
        while true {
            if ahead == nil {
                guard let next = try reader?.next() else {
                    if let damaged = reader?.damage.first { damage = damaged }
                    reader = nil
                    return nil
                }
                ahead = next
            }
            guard let found = ahead, !(path < found.parsed.entry.path) else { return nil }
            if found.parsed.entry.path == path { return found }
            ahead = nil
        }
    }
}
