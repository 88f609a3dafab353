public import Core
import FileTree
import Proof
public import Vault

/// Checks a vault: opens it, chooses what to check, reads, reports.
public struct Verify {
    public struct Request: Sendable {
        /// Nil: all of them.
        public var snapshot: String?
        /// `latest` and `@TIME` mean snapshots of this policy only; nil for all.
        public var policy: String?
        /// And of this host.
        public var host = HostChoice.any
        public var isDeep = false
        public var sample: VerifyOptions.Sample?

        public init() {}
    }

    private let request: Request
    private let repository: Repository
    private let progress: Progress
    private let cancellation: Cancellation

    public init(_ request: Request, in repository: Repository, progress: Progress, cancellation: Cancellation) {
        self.request = request
        self.repository = repository
        self.progress = progress
        self.cancellation = cancellation
    }

    public func run() throws -> VerifyReport {
        OpenFile.raiseLimit()
        let vault = repository.vault
        let snapshot = try request.snapshot.map {
            try repository.choose(SnapshotChoice($0, policy: request.policy, host: request.host))
        }
        let options = VerifyOptions(isDeep: request.isDeep, sample: request.sample, snapshot: snapshot)
        let (started, clock) = (Timestamp.now(), ContinuousClock.now)
        do {
            var report = try Verification(vault, options, cache: repository.cache, progress: progress, cancellation: cancellation).run()
            report.durationMilliseconds = clock.duration(to: .now).milliseconds
            let evidence = VerifyEvidence(report, options, vault, time: started)
            record(evidence, in: vault, &report)
            return report
        } catch {
            try vault.requirePresence()
            throw error
        }
    }

    /// That this was read is worth knowing later; where it cannot be written, what was found counts all the same.
    private func record(_ evidence: VerifyEvidence, in vault: Vault, _ report: inout VerifyReport) {
        do { _ = try vault.record(evidence, kind: .verify, time: evidence.time) } catch {
            report.findings.warn("that this was read could not be recorded in the vault: \(error)")
        }
    }
}
