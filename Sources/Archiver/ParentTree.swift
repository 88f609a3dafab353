package import Core
import Tarball
package import Vault

/// The parent snapshot's tree, read once from front to back as the walk asks for rising paths.
package final class ParentTree: Sendable {
    private struct State {
        var reader: TreeReadAhead?
        var ahead: TreeReadAhead.Item?
        var damage: String?
    }

    private let state: Monitor<State>
    /// Of the snapshot that it is the tree of; nil where there is none.
    package let record: SnapshotRecord?

    package init(_ tree: sending TreeReader?, _ blobs: BlobReader, of record: SnapshotRecord? = nil) throws {
        self.record = record
        state = Monitor(State(reader: try tree.map { try TreeReadAhead($0) { try Self.isStored($0, blobs) } }))
    }

    /// Why the rest of the tree is of no use, if so.
    package var damage: String? { state.withLock { $0.damage } }

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
        try state.withLock { state in
            while true {
                if state.ahead == nil {
                    guard let next = try state.reader?.next() else {
                        if let damaged = state.reader?.damage.first { state.damage = damaged }
                        state.reader = nil
                        return nil
                    }
                    state.ahead = next
                }
                guard let found = state.ahead, !(path < found.parsed.entry.path) else { return nil }
                if found.parsed.entry.path == path { return found }
                state.ahead = nil
            }
        }
    }
}
