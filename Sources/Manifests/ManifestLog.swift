public import Core
import FileTree
public import GitHistory
public import Vault

/// The history of the manifests as the newest snapshot has it.
public struct ManifestLog {
    private let repository: Repository
    private let policy: String?
    private let host: HostChoice
    private let cancellation: Cancellation

    /// - Parameter policy: nil for the newest snapshot that has a history.
    public init(_ repository: Repository, policy: String?, host: HostChoice = .any, cancellation: Cancellation) {
        self.repository = repository
        self.policy = policy
        self.host = host
        self.cancellation = cancellation
    }

    public func run(limit: Int?) throws -> [LogEntry] {
        let snapshots = host.filter(
            try repository.snapshots().snapshots.filter { snapshot in
                snapshot.record.gitCommit != nil && (policy == nil || snapshot.record.policy == policy)
            })
        guard !snapshots.isEmpty else { throw Failure(.usage, "no snapshot here has manifests") }
        // A place of its own: the history in the cache may be in use by a backup.
        let views = try snapshots.map { try repository.view($0, cancellation: cancellation) }
        let history = ManifestHistory(in: try WorkingFolder(nil), views: views)
        if let problem = try history.seed() { throw Failure(.damaged, problem, hint: SnapshotView.hint) }
        return try withExtendedLifetime(history) { try GitRepository(bareAt: history.path, create: false).log(limit: limit) }
    }
}
