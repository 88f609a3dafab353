public import Vault

/// Checks a vault: opens it, chooses what to check, reads, reports.
public struct Verify {
    public struct Request: Sendable {
        public var vault: String
        /// Nil: all of them.
        public var snapshot: String?
        /// `latest` and `@TIME` mean snapshots of this policy only; nil for all.
        public var policy: String?
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
        let snapshot = try request.snapshot.map { try vault.snapshots().choose($0, policy: request.policy) }
        let options = VerifyOptions(isDeep: request.isDeep, sample: request.sample, snapshot: snapshot)
        let cache = CacheFolder(path: request.cachePath, vaultID: vault.header.id)
        do {
            return try Verification(vault, options, cache: cache, progress: progress, cancellation: cancellation).run()
        } catch {
            try vault.requirePresence()
            throw error
        }
    }
}
