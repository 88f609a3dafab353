public import Core
public import Kubernetes
public import PhotonicCore
public import Proof
import Vault

/// What a drill did and what came of it, as it is written into the vault. Every number was measured.
public struct DrillEvidence: Sendable, Codable {
    /// A part of the way from the decision to restore to the proof that it worked.
    public struct Phase: Sendable, Codable {
        /// restore, cluster, probe or validate.
        public let name: String
        /// How long it took.
        public let durationMilliseconds: Int64
    }

    /// An objective of the policy, and what was measured.
    public struct Objective: Sendable, Codable {
        /// What it came to.
        public let measuredMilliseconds: Int64
        /// nil where the policy sets none.
        public let limitMilliseconds: Int64?

        public var isMet: Bool { limitMilliseconds.map { measuredMilliseconds <= $0 } ?? true }
    }

    public struct Restored: Sendable, Codable {
        /// That were written.
        public let files: Int
        /// Of those files.
        public let bytes: Int64
        /// That were made.
        public let directories: Int
        /// Paths that the vault could not give.
        public let damaged: Int
        /// Paths that the target did not take.
        public let problems: Int
        /// Datasets that the snapshot has only in part, or not at all.
        public let incomplete: [String]
    }

    /// One step of the policy's `validate`.
    public struct Step: Sendable, Codable {
        /// What was run.
        public let name: String
        /// What it came to.
        public let verdict: Validation.Verdict
        /// What it looked at; nil where nobody knows, and in evidence from before that was said.
        public let looksAt: Validation.Object?
        /// Whether the policy demands it; nil in evidence from before there was another kind.
        public let isRequired: Bool?
        /// Why it failed, or what it came to, in words.
        public let summary: String
        /// What the self-tests were: name and fingerprint of their suite; nil for other steps.
        public let suite: String?
        /// Every check with what was measured, those that failed first; beyond a bound they are counted only.
        public let checks: [CheckResult]
        /// All of them, listed or not.
        public let checkCount: Int
        /// Of these, those that failed.
        public let failedCount: Int
        /// The last lines that a program printed.
        public let output: [String]
        /// How often it was tried.
        public let attempts: Int
        /// Of all attempts.
        public let durationMilliseconds: Int64

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
        /// Objects that were made.
        public let created: Int
        /// What the operator should know besides.
        public let notes: [String]
        /// nil where nothing was to run, and in evidence from before isolation was probed.
        public let isolation: Isolation?
    }

    /// Whether what ran beside the application could reach it.
    public struct Isolation: Sendable, Codable {
        /// What the probe found.
        public let verdict: IsolationProbe.Outcome.Verdict
        /// Whether the operator had said to go on without.
        public let isAccepted: Bool
        /// Whom it asked for: "photon-neuro/web at 10.0.0.7:80".
        public let probed: [String]
        /// How it came to that.
        public let detail: String
    }

    /// Of this document.
    public let version: Int
    /// When the drill began.
    public let time: Timestamp
    /// Where it ran.
    public let host: String
    /// Who ran it.
    public let user: String
    /// Name and version of what ran it.
    public let program: String
    /// The vault's id.
    public let vault: String
    /// Whose validations were run.
    public let policy: String?
    /// The whole id of what was restored.
    public let snapshot: String
    /// When that was made.
    public let snapshotTime: Timestamp
    /// The digest of its tree.
    public let tree: String
    /// Of its manifests, where it has any.
    public let gitCommit: String?
    /// Restore, cluster, probe, validate: each with its time.
    public let phases: [Phase]
    /// From the beginning to the last validation.
    public let recoveryTime: Objective
    /// How old the newest restorable data is; nil where an older snapshot was asked for.
    public let recoveryPoint: Objective?
    /// Where the scratch directory was.
    public let scratch: String
    /// What came back as files.
    public let restored: Restored
    /// Whether something of the snapshot could not be read back.
    public let isDamaged: Bool
    /// nil where no cluster was asked for.
    public let cluster: Cluster?
    /// The validations, in their order.
    public let steps: [Step]
    /// Why the drill failed, in sentences; empty when it passed.
    public let failures: [String]
    /// How it was worse than the last ones that passed, in sentences; nil in evidence from before that was looked at.
    public var regressions: [String]?
    /// What the drill is evidence for, as the policy says: "ISO 27001 A.8.13". nil where it says nothing.
    public var controls: [String]?
    /// Whether the snapshot was drawn by lot.
    public var isRandom: Bool?

    public var passed: Bool { failures.isEmpty }

    /// All checks of all steps.
    public var checkCount: Int { steps.reduce(0) { $0 + $1.checkCount } }

    /// What nobody could verify, in sentences, also where the policy does not demand it.
    public var notVerified: [String] { steps.filter { $0.verdict == .notVerified }.map { "\($0.name): \($0.summary)" } }
}
