public import Core
import Tarball

/// One path that differs between two snapshots.
public struct PathChange: Sendable, Encodable {
    /// What became of it.
    public let change: ChangeKind
    /// As text: of bytes that are no UTF-8 there are other characters in it.
    public let path: String
    /// With its bytes as they are, spelt `\\ooo`; nil where `path` says it.
    public let pathEscaped: String?
    /// In what: content, mode, owner, time, attributes, type, target, links; nil unless it changed.
    public let aspects: [String]?
    /// Of a manifest, the lines that differ, as a unified diff.
    public let difference: String?

    public init(_ change: SnapshotDiff.Change, difference: String? = nil) {
        (path, pathEscaped) = (change.entry.path.text, PathText.ifNeeded(change.entry.path.bytes))
        self.difference = difference
        switch change {
        case .added: (self.change, aspects) = (.added, nil)
        case .removed: (self.change, aspects) = (.removed, nil)
        case .changed(_, _, let aspects): (self.change, self.aspects) = (.changed, aspects)
        case .unknown: (self.change, aspects) = (.unknown, nil)
        }
    }
}
