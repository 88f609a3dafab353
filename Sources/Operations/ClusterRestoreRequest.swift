public import Age
public import Core
public import Kubernetes
public import Restorer
public import Vault

/// What to bring back into a cluster, and how.
public struct ClusterRestoreRequest: Sendable {
    public var snapshot: String
    public var policy: String?
    /// And of this host.
    public var host = HostChoice.any
    public var cluster: ClusterSource
    /// Only objects of these namespaces, as the snapshot has them, and what they use outside of namespaces; empty: all.
    public var namespaces: [String] = []
    /// Only these kinds: "deployment", "deployment.apps"; empty: all.
    public var kinds: [String] = []
    /// Not these.
    public var exclusion = ObjectExclusion()
    public var mapping = ManifestSet.Mapping()
    public var existing = ExistingObjects.skip
    public var isDryRun = false
    /// What opens encrypted secrets.
    public var identities: [AgeIdentity] = []
    /// Leaves secrets out, for whoever has lost the key.
    public var isWithoutSecrets = false
    /// Brings workloads back with nothing running, so that their data can be restored first.
    public var holds = false
    /// For a drill: nothing else of the snapshot is brought back than its own namespaces.
    var drill: DrillPlace?
    /// How long to wait for workloads and claims; nil: not at all.
    public var readyTimeout: Duration?

    public init(snapshot: String, cluster: ClusterSource) {
        self.snapshot = snapshot
        self.cluster = cluster
    }
}

extension ClusterRestoreRequest {
    /// The namespaces that a drill makes.
    struct DrillPlace: Sendable {
        let number: String
        let namespaces: Set<String>
        /// Those of the application beside which they stand.
        let live: [String]
        /// When they may be removed by whoever meets them.
        let expires: Timestamp
        /// Goes on without a proof that what runs there reaches nobody.
        let acceptsNoIsolation: Bool
    }

    /// Finds the cluster, once and for all: a moment later the kubeconfig may have another current context.
    public mutating func resolveCluster() throws {
        let source = cluster
        cluster = try ClusterErrors.asFailures { try source.resolved() }
    }
}

/// How it went.
public struct ClusterRestoreReport: Sendable, Encodable {
    /// What was restored.
    public var snapshot: Snapshot
    /// Which cluster: "the context prod of /root/.kube/config".
    public var target: String
    /// What its server calls itself; asked for by drills.
    public var serverVersion: String?
    /// Whether nothing was changed.
    public var isDryRun: Bool
    /// What was to be done, object by object.
    public var plan = ApplyPlan()
    /// What was done.
    public var result = ApplyReport()
    /// Workloads that are there with nothing running, since nobody restored their data in this run.
    public var held = 0
    /// Why the data was not restored, or not all of it, while workloads were held.
    public var heldReason: String?
    /// Why the restore ended before all of it was tried, when something of it was there already.
    public var cutShort: String?
    /// Why nobody knows whether it is ready.
    public var waitFailure: String?
    /// Of a drill: whether what runs there could reach the application beside it.
    public var isolation: DrillEvidence.Isolation?
    /// How long that took to find out, which no recovery would.
    public var probeMilliseconds: Int64 = 0
    /// Why a drill ran nothing in the cluster.
    public var stopped: String?
    /// Manifests of the snapshot that could not be read, each with the reason.
    public var unreadable: [RestoreReport.Problem] = []
    /// Objects that were not ready in time.
    public var waiting: [Readiness.Waiting] = []
    /// Claims that were made, or would be, and hold nothing: "namespace/name".
    public var emptyClaims: [String] = []
    /// What the operator should know besides.
    public var findings = Findings()
    /// Datasets that the snapshot itself has only in part.
    public var incomplete: [SnapshotRecord.Dataset] { snapshot.record.datasets.filter { $0.outcome != .complete } }
    /// Damaged records that are newer than the snapshot.
    public var passedOver: [SnapshotList.Damage] = []
    /// From the reading of the snapshot to the last workload that was waited for.
    public var durationMilliseconds: Int64 = 0

    public var isComplete: Bool {
        let isWhole = plan.count(.impossible) == 0 && (isDryRun || plan.count(.later) == 0)
        return isWhole && wasBegun && result.failures.isEmpty && unreadable.isEmpty && heldReason == nil && cutShort == nil
    }

    /// Whether anything was done at all: where something stands in the way of all, nothing is.
    public var wasBegun: Bool { plan.count(.conflict) == 0 }

    /// Whether anything of the snapshot is there.
    public var hasAny: Bool { wasBegun && result.created + result.updated + result.unchanged + result.skipped > 0 }

    /// As lines for people.
    public var notes: [String] { findings.notes }

    /// With those of the plan and of what was done.
    public var allFindings: Findings {
        var all = findings
        all.add(plan.findings)
        all.add(result.findings)
        return all
    }

    /// Objects that should be there and are not.
    var missing: Set<ObjectKey> { Set(result.failures.map(\.object)).union(plan.keys(.later)) }
}
