public import Core
import Proof
public import Vault

/// Checks a vault: opens it, chooses what to check, reads, reports.
public struct Verify {
    public struct Request: Sendable {
        public var vault: String
        /// Nil: all of them.
        public var snapshot: String?
        /// `latest` and `@TIME` mean snapshots of this policy only; nil for all.
        public var policy: String?
        /// And of this host.
        public var host = HostChoice.any
        public var isDeep = false
        public var sample: VerifyOptions.Sample?
        public var cachePath: String?

        public init(vault: String) { self.vault = vault }
    }

    private let request: Request
    private let progress: Progress
    private let cancellation: Cancellation

    public init(_ request: Request, progress: Progress, cancellation: Cancellation) {
        self.request = request
        self.progress = progress
        self.cancellation = cancellation
    }

    public func run() throws -> VerifyReport {
        let vault = try Vault.open(at: request.vault)
        let snapshot = try request.snapshot.map {
            try vault.snapshots().choose(SnapshotChoice($0, policy: request.policy, host: request.host))
        }
        let options = VerifyOptions(isDeep: request.isDeep, sample: request.sample, snapshot: snapshot)
        let cache = CacheFolder(path: request.cachePath, vaultID: vault.header.id)
        let (started, clock) = (Timestamp.now(), ContinuousClock.now)
        do {
            var report = try Verification(vault, options, cache: cache, progress: progress, cancellation: cancellation).run()
            let evidence = VerifyEvidence(
                report, options, vault, time: started, milliseconds: clock.duration(to: .now).milliseconds)
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
            report.notes.append("that this was read could not be recorded in the vault: \(error)")
        }
    }
}
