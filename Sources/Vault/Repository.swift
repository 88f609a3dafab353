public import Core
import Storage

/// An opened vault, handed to every operation: its store, its header, and what is read of it again and again.
///
/// Records of snapshots never change, so each is read once, however often the list is asked for; the index is opened again only when the
/// vault has indexes that it does not know. May be used from several threads.
public final class Repository: Sendable {
    /// The vault itself.
    public let vault: Vault
    /// The folder of this vault in the cache.
    public let cache: CacheFolder

    private let records = Monitor<[String: Snapshot]>([:])
    private let index = Monitor<(names: [String], index: BlobIndex)?>(nil)

    /// - Parameter cachePath: nil for no cache.
    public init(_ vault: Vault, cachePath: String?) {
        self.vault = vault
        cache = CacheFolder(path: cachePath, vaultID: vault.header.id)
    }

    /// Opens the vault in the directory `path`. One that is not there is `.noVault`.
    public static func open(at path: String, cachePath: String?) throws -> Repository {
        Repository(try Vault.open(at: path), cachePath: cachePath)
    }

    /// Where the vault is, for people.
    public var location: String { vault.store.location }

    /// All snapshots, as the vault has them now.
    public func snapshots() throws -> SnapshotList { try records.withLock { try SnapshotList(store: vault.store, known: &$0) } }

    /// The snapshot that is meant.
    public func choose(_ choice: SnapshotChoice) throws -> Snapshot { try choose(choice, in: try snapshots()) }

    /// The snapshot of a list that is meant.
    public func choose(_ choice: SnapshotChoice, in list: SnapshotList) throws -> Snapshot {
        // Evidence is read only where it is asked for.
        let accepted = choice.text == SnapshotChoice.latestComplete ? try vault.acceptances(of: list.snapshots) : []
        return try list.choose(choice, accepted: accepted)
    }

    /// What reads the contents of snapshots.
    public func reader(cancellation: Cancellation) throws -> BlobReader {
        BlobReader(store: vault.store, index: try currentIndex(), cancellation: cancellation)
    }

    /// A snapshot, to look into.
    public func view(_ choice: SnapshotChoice, cancellation: Cancellation = Cancellation()) throws -> SnapshotView {
        let list = try snapshots()
        let chosen = try choose(choice, in: list)
        return SnapshotView(
            vault: vault, snapshot: chosen, reader: try reader(cancellation: cancellation), cancellation: cancellation,
            passedOver: list.passedOver(by: choice.text, for: chosen))
    }

    /// A snapshot that was chosen before.
    public func view(_ snapshot: Snapshot, cancellation: Cancellation = Cancellation()) throws -> SnapshotView {
        SnapshotView(vault: vault, snapshot: snapshot, reader: try reader(cancellation: cancellation), cancellation: cancellation)
    }

    /// All snapshots of a host, to look into, and the records that cannot be read.
    public func views(
        of host: HostChoice = .any, cancellation: Cancellation
    ) throws -> (views: [SnapshotView], damage: [SnapshotList.Damage]) {
        let list = try snapshots()
        let reader = try reader(cancellation: cancellation)
        let views = host.filter(list.snapshots).map { SnapshotView(vault: vault, snapshot: $0, reader: reader, cancellation: cancellation) }
        return (views, list.damage)
    }

    private func currentIndex() throws -> BlobIndex {
        let names = try vault.store.list(.indexes).map(\.name.text)
        return try index.withLock { known in
            if let known, known.names == names { return known.index }
            let opened = try vault.index(cache: cache)
            known = (names, opened)
            return opened
        }
    }
}
