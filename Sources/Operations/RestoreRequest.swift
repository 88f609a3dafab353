public import Restorer
public import Vault

/// What to bring back, and where to.
public struct RestoreRequest: Sendable {
    public var snapshot: String
    /// `latest` and `@TIME` mean snapshots of this policy only; nil for all.
    public var policy: String?
    /// And of this host.
    public var host = HostChoice.any
    public var options: RestoreOptions

    public init(snapshot: String, target: RestoreOptions.Target) {
        self.snapshot = snapshot
        options = RestoreOptions(target: target)
    }
}
