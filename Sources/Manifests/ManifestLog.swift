public import Core
import FileTree
public import GitHistory
import Storage
public import Vault

/// The history of the manifests as the newest snapshot has it.
public struct ManifestLog {
    private let vault: String
    private let policy: String?
    private let host: HostChoice
    private let cachePath: String?
    private let cancellation: Cancellation

    /// - Parameter policy: nil for the newest snapshot that has a history.
    public init(vault: String, policy: String?, host: HostChoice = .any, cachePath: String?, cancellation: Cancellation) {
        self.vault = vault
        self.policy = policy
        self.host = host
        self.cachePath = cachePath
        self.cancellation = cancellation
    }

    public func run(limit: Int?) throws -> [LogEntry] {
        let vault = try Vault.open(at: vault)
        let snapshots = host.filter(
            try vault.snapshots().snapshots.filter { snapshot in
                snapshot.record.gitCommit != nil && (policy == nil || snapshot.record.policy == policy)
            })
        guard !snapshots.isEmpty else { throw Failure(.usage, "no snapshot here has manifests") }
        // A place of its own: the history in the cache may be in use by a backup.
        let folder = try WorkingFolder(nil)
        let index = try vault.index(cache: CacheFolder(path: cachePath, vaultID: vault.header.id))
        let history = ManifestHistory(
            vault: vault, reader: BlobReader(store: vault.store, index: index, cancellation: cancellation), folder: folder.path,
            snapshots: snapshots, cancellation: cancellation)
        if let problem = try history.seed() { throw Failure(.damaged, problem, hint: SnapshotView.hint) }
        return try GitRepository(bareAt: history.path, create: false).log(limit: limit)
    }
}
