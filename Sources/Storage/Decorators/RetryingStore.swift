public import Core

/// A store that makes a call again when its failure may pass: after a pause of random length, which grows, or as long as the store asks for.
///
/// Source: "full jitter" of M. Brooker, "Exponential Backoff And Jitter", 2015.
public struct RetryingStore: ObjectStore {
    /// How often a call is made, and how long the pauses are.
    public struct Patience: Sendable {
        /// Calls in all.
        public var attempts = 8
        /// The pause after the n-th failure lies between nothing and this times two to the n.
        public var pause = Duration.milliseconds(200)
        /// No pause of its own is longer; the store may ask for more.
        public var pauseMax = Duration.seconds(20)

        /// Eight calls, pauses of up to 20 seconds.
        public init() {}
    }

    private let base: any ObjectStore
    private let patience: Patience
    private let cancellation: Cancellation

    /// - Parameter cancellation: ends a pause; the last failure is then what is thrown.
    public init(_ base: any ObjectStore, patience: Patience = Patience(), cancellation: Cancellation) {
        (self.base, self.patience, self.cancellation) = (base, patience, cancellation)
    }

    public var location: String { base.location }
    public var capabilities: StoreCapabilities { base.capabilities }
    public var directory: String? { base.directory }

    public func page(of folder: Folder, after name: ObjectName?) throws(StoreError) -> StorePage {
        try again { () throws(StoreError) in try base.page(of: folder, after: name) }
    }

    public func read(_ name: ObjectName, range: Range<Int>) throws(StoreError) -> [UInt8] {
        try again { () throws(StoreError) in try base.read(name, range: range) }
    }

    public func read(_ name: ObjectName, limit: Int) throws(StoreError) -> [UInt8] {
        try again { () throws(StoreError) in try base.read(name, limit: limit) }
    }

    public func size(_ name: ObjectName) throws(StoreError) -> Int { try again { () throws(StoreError) in try base.size(name) } }

    public func create() throws(StoreError) -> any Upload {
        RetryingUpload(base: try again { () throws(StoreError) in try base.create() }, store: self)
    }

    public func remove(_ names: [ObjectName]) throws(StoreError) { try again { () throws(StoreError) in try base.remove(names) } }

    public func space() throws(StoreError) -> StoreSpace? { try again { () throws(StoreError) in try base.space() } }

    public func removeAbandoned() throws(StoreError) { try again { () throws(StoreError) in try base.removeAbandoned() } }

    fileprivate func again<Result>(_ body: () throws(StoreError) -> Result) throws(StoreError) -> Result {
        var failures = 0
        while true {
            do throws(StoreError) { return try body() } catch {
                failures += 1
                guard case .passing(let wish) = error.fate, failures < patience.attempts else { throw error }
                do throws(Failure) { try cancellation.pause(max(jitter(failures), wish ?? .zero)) } catch { throw interrupted(error) }
            }
        }
    }

    private func jitter(_ failures: Int) -> Duration {
        let most = min(patience.pause * (1 << min(failures, 20)), patience.pauseMax)
        return .milliseconds(Int64.random(in: 0...max(0, most.milliseconds)))
    }

    private func interrupted(_ failure: Failure) -> StoreError {
        StoreError(.unavailable(retryAfter: nil), "use", location, reason: failure.message)
    }
}

private final class RetryingUpload: Upload {
    private let base: any Upload
    private let store: RetryingStore

    init(base: any Upload, store: RetryingStore) {
        self.base = base
        self.store = store
    }

    /// Not again: nobody knows how much of it has arrived.
    func append(_ bytes: borrowing RawSpan) throws(StoreError) { try base.append(bytes) }

    func finish(as name: ObjectName, digest: SHA256Digest) throws(StoreError) -> Bool {
        try store.again { () throws(StoreError) in try base.finish(as: name, digest: digest) }
    }

    func discard() { base.discard() }
}
