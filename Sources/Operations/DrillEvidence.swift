public import Core
public import Kubernetes
public import PhotonicCore
public import Proof
import Vault

/// What a drill did and what came of it, as it is written into the vault. Every number was measured.
public struct DrillEvidence: Sendable, Codable {
    /// A part of the way from the decision to restore to the proof that it worked.
    public struct Phase: Sendable, Codable {
        public let name: String
        public let milliseconds: Int64
    }

    /// An objective of the policy, and what was measured; in milliseconds.
    public struct Objective: Sendable, Codable {
        public let measured: Int64
        /// nil where the policy sets none.
        public let limit: Int64?

        public var isMet: Bool { limit.map { measured <= $0 } ?? true }
    }

    public struct Restored: Sendable, Codable {
        public let files: Int
        public let bytes: Int64
        public let directories: Int
        public let damaged: Int
        public let problems: Int
        /// Datasets that the snapshot has only in part, or not at all.
        public let incomplete: [String]
    }

    /// One step of the policy's `validate`.
    public struct Step: Sendable, Codable {
        public let name: String
        public let verdict: Validation.Verdict
        public let summary: String
        /// What the self-tests were: name and fingerprint of their suite; nil for other steps.
        public let suite: String?
        /// Every check with what was measured, those that failed first; beyond a bound they are counted only.
        public let checks: [CheckResult]
        public let checkCount: Int
        public let failedCount: Int
        public let output: [String]
        public let attempts: Int
        public let milliseconds: Int64

        public var failed: ArraySlice<CheckResult> { checks.prefix { !$0.passed } }
    }

    /// What came into scratch namespaces of a cluster.
    public struct Cluster: Sendable, Codable {
        /// "the context prod of /root/.kube/config"
        public let target: String
        /// Of its server; nil where it is not known.
        public let serverVersion: String?
        /// What each namespace of the snapshot was called meanwhile.
        public let namespaces: [String: String]
        public let created: Int
        public let notes: [String]
        /// nil where nothing was to run, and in evidence from before isolation was probed.
        public let isolation: Isolation?
    }

    /// Whether what ran beside the application could reach it.
    public struct Isolation: Sendable, Codable {
        public let verdict: IsolationProbe.Outcome.Verdict
        /// Whether the operator had said to go on without.
        public let isAccepted: Bool
        /// Whom it asked for: "photon-neuro/web at 10.0.0.7:80".
        public let probed: [String]
        public let detail: String
    }

    public let version: Int
    public let time: Timestamp
    public let host: String
    public let user: String
    public let program: String
    public let vault: String
    public let policy: String?
    public let snapshot: String
    public let snapshotTime: Timestamp
    public let tree: String
    public let gitCommit: String?
    public let phases: [Phase]
    /// From the beginning to the last validation.
    public let recoveryTime: Objective
    /// How old the newest restorable data is; nil where an older snapshot was asked for.
    public let recoveryPoint: Objective?
    /// Where the scratch directory was.
    public let scratch: String
    public let restored: Restored
    /// Whether something of the snapshot could not be read back.
    public let isDamaged: Bool
    /// nil where no cluster was asked for.
    public let cluster: Cluster?
    public let steps: [Step]
    /// Why the drill failed, in sentences; empty when it passed.
    public let failures: [String]

    public var passed: Bool { failures.isEmpty }
}
