/// A snapshot as a person names it: `latest`, `latest-complete`, the beginning of an id, or `@TIME`.
public struct SnapshotChoice: Sendable, Equatable {
    static let latestComplete = "latest-complete"

    /// As a person wrote it.
    public var text: String
    /// `latest` and `@TIME` mean snapshots of this policy only; nil for all.
    public var policy: String?
    /// And of this host.
    public var host: HostChoice

    /// See `SnapshotList.choose`.
    public init(_ text: String, policy: String? = nil, host: HostChoice = .any) {
        self.text = text
        self.policy = policy
        self.host = host
    }
}

/// Whose snapshots `latest` and `@TIME` may mean.
public enum HostChoice: Sendable, Equatable {
    case any
    case only(String)
    /// Those of the host, if there are any, else those of any.
    case preferring(String)

    /// Those that are meant, in their order.
    public func filter(_ snapshots: [Snapshot]) -> [Snapshot] {
        switch self {
        case .any: return snapshots
        case .only(let name): return snapshots.filter { $0.record.host == name }
        case .preferring(let name):
            let own = snapshots.filter { $0.record.host == name }
            return own.isEmpty ? snapshots : own
        }
    }
}
