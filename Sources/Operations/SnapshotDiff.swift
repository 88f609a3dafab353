import GitHistory
public import Tarball
import Vault

/// How two snapshots differ: both trees in path order, side by side.
public struct SnapshotDiff: Sendable {
    public enum Change: Sendable {
        case added(TreeEntry)
        case removed(TreeEntry)
        /// In what: content, mode, owner, time, attributes, type.
        case changed(old: TreeEntry, new: TreeEntry, aspects: [String])

        public var entry: TreeEntry {
            switch self {
            case .added(let entry), .removed(let entry), .changed(_, let entry, _): entry
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

    public func run(_ body: (Change) throws -> Void) throws {
        var left = try TreeReader(old.reader, old.snapshot)
        var right = try TreeReader(new.reader, new.snapshot)
        var (before, after) = (try left.next()?.entry, try right.next()?.entry)
        while before != nil || after != nil {
            try new.cancellation.check()
            if let entry = before, after.map({ entry.path < $0.path }) ?? true {
                try body(.removed(entry))
                before = try left.next()?.entry
            } else if let entry = after, before.map({ entry.path < $0.path }) ?? true {
                try body(.added(entry))
                after = try right.next()?.entry
            } else if let was = before, let becomes = after {
                let aspects = Self.aspects(was, becomes)
                if !aspects.isEmpty { try body(.changed(old: was, new: becomes, aspects: aspects)) }
                (before, after) = (try left.next()?.entry, try right.next()?.entry)
            }
        }
        if let damage = (left.damage + right.damage).first {
            throw VaultError(.damaged, "the comparison is not complete: \(damage)", hint: SnapshotView.hint)
        }
    }

    /// The lines that differ in a manifest; nil for any other file, and for encrypted secrets, whose lines say nothing.
    public func manifestDifference(_ change: Change) throws -> String? {
        let path = change.entry.path
        let isManifest = path.components.first?.elementsEqual(ManifestHistory.filesName.utf8) ?? false
        guard isManifest, !path.bytes.suffix(4).elementsEqual(".age".utf8) else { return nil }
        let (was, becomes): ([UInt8]?, [UInt8]?)
        switch change {
        case .added(let entry): (was, becomes) = (nil, try new.content(entry, limit: Self.manifestBytesMax))
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
