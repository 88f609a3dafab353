import Core
import GitHistory
public import Tarball
public import Vault

/// How two snapshots differ: both trees in path order, side by side.
public struct SnapshotDiff: Sendable {
    public enum Change: Sendable {
        case added(TreeEntry)
        case removed(TreeEntry)
        /// In what: content, mode, owner, time, attributes, type.
        case changed(old: TreeEntry, new: TreeEntry, aspects: [String])
        /// One of the two snapshots could not read it: whether it was added or removed is not known.
        case unknown(TreeEntry)

        public var entry: TreeEntry {
            switch self {
            case .added(let entry), .removed(let entry), .changed(_, let entry, _), .unknown(let entry): entry
            }
        }
    }

    /// Manifests larger than this are named, not shown.
    private static let manifestBytesMax = 4 << 20

    private let old: SnapshotView
    private let new: SnapshotView

    public init(old: SnapshotView, new: SnapshotView) {
        self.old = old
        self.new = new
    }

    /// Whether both snapshots read all that they name: else what one of them lacks may be there.
    public var isComplete: Bool { old.snapshot.record.isComplete && new.snapshot.record.isComplete }

    public func run(_ body: (Change) throws -> Void) throws {
        let (unreadBefore, unreadAfter) = (try Unread(old), try Unread(new))
        var left = try TreeReader(old.reader, old.snapshot)
        var right = try TreeReader(new.reader, new.snapshot)
        var (before, after) = (try left.next()?.entry, try right.next()?.entry)
        while before != nil || after != nil {
            try new.cancellation.check()
            if let entry = before, after.map({ entry.path < $0.path }) ?? true {
                try body(unreadAfter.covers(entry.path) ? .unknown(entry) : .removed(entry))
                before = try left.next()?.entry
            } else if let entry = after, before.map({ entry.path < $0.path }) ?? true {
                try body(unreadBefore.covers(entry.path) ? .unknown(entry) : .added(entry))
                after = try right.next()?.entry
            } else if let was = before, let becomes = after {
                let aspects = Self.aspects(was, becomes)
                if !aspects.isEmpty { try body(.changed(old: was, new: becomes, aspects: aspects)) }
                (before, after) = (try left.next()?.entry, try right.next()?.entry)
            }
        }
        if let damage = (left.damage + right.damage).first {
            throw Failure(.damaged, "the comparison is not complete: \(damage)", hint: SnapshotView.hint)
        }
    }

    /// The lines that differ in a manifest; nil for any other file, and for encrypted secrets, whose lines say nothing.
    public func manifestDifference(_ change: Change) throws -> String? {
        let path = change.entry.path
        let isManifest = path.components.first?.elementsEqual(ReservedNames.manifests.utf8) ?? false
        let isSealed = [".age", ".sealed"].contains { path.bytes.suffix($0.utf8.count).elementsEqual($0.utf8) }
        guard isManifest, !isSealed else { return nil }
        let (was, becomes): ([UInt8]?, [UInt8]?)
        switch change {
        case .added(let entry): (was, becomes) = (nil, try new.content(entry, limit: Self.manifestBytesMax))
        case .unknown: return nil
        case .removed(let entry): (was, becomes) = (try old.content(entry, limit: Self.manifestBytesMax), nil)
        case .changed(let first, let second, let aspects):
            guard aspects.contains("content") else { return nil }
            was = try old.content(first, limit: Self.manifestBytesMax)
            becomes = try new.content(second, limit: Self.manifestBytesMax)
        }
        if was == nil, becomes == nil { return nil }
        return try TextDiff.unified(old: was, new: becomes, path: path.description)
    }

    private static func aspects(_ old: TreeEntry, _ new: TreeEntry) -> [String] {
        var aspects: [String] = []
        switch (old.kind, new.kind) {
        case (.file(let first), .file(let second)):
            if first.digest != second.digest { aspects.append("content") }
        case (.symbolicLink(let first), .symbolicLink(let second)):
            if first != second { aspects.append("target") }
        default:
            if old.kind != new.kind { aspects.append("type") }
        }
        if old.mode != new.mode { aspects.append("mode") }
        if old.owner != new.owner || old.group != new.group { aspects.append("owner") }
        if old.attributes != new.attributes { aspects.append("attributes") }
        if old.hardLink != new.hardLink { aspects.append("links") }
        if aspects.isEmpty, old.modified != new.modified {
            // A directory's time changes with what is in it, which is shown already.
            if case .directory = new.kind { return [] }
            aspects.append("time")
        }
        return aspects
    }
}

/// The parts of a snapshot that its backup could not read.
private struct Unread {
    /// Datasets of which nobody knows what is missing.
    private var whole: Set<String> = []
    private var paths: Set<String> = []
    /// Those of them of which the snapshot has something beneath: only they themselves lack something.
    private var open: Set<String> = []
    /// Beginnings of paths that are too long for a record.
    private var beginnings: [String] = []

    init(_ view: SnapshotView) throws {
        let record = view.snapshot.record
        // Of very many problems the first are named.
        let isNamedWhole = record.problems.count == record.problemCount
        for dataset in record.datasets where dataset.outcome == .failed || dataset.outcome == .partial && !isNamedWhole {
            whole.insert(dataset.name)
        }
        paths = Set(record.problems.map(\.path))
        beginnings = paths.filter { $0.count >= SnapshotRecord.problemCharactersMax }.sorted()
        if paths.isEmpty { return }
        var tree = try TreeReader(view.reader, view.snapshot)
        while let entry = try tree.next()?.entry {
            try view.cancellation.check()
            if let parent = entry.path.parent, paths.contains(parent.description) { open.insert(parent.description) }
        }
    }

    func covers(_ path: TreePath) -> Bool {
        if whole.isEmpty, paths.isEmpty { return false }
        if let top = path.components.first, whole.contains(String(decoding: top, as: UTF8.self)) { return true }
        let text = path.description
        if beginnings.contains(where: text.hasPrefix) || paths.contains(text) { return true }
        var place = path.parent
        while let current = place {
            let text = current.description
            if paths.contains(text) { return !open.contains(text) }
            place = current.parent
        }
        return false
    }
}
