import Core

/// A store that is asked no more at once than so many times: the others wait.
public final class LimitedStore: ObjectStore {
    private let base: any ObjectStore
    private let limit: Int
    private let free: Monitor<Int>

    /// - Parameter requests: calls at once, at least one.
    public init(_ base: any ObjectStore, requests: Int) {
        self.base = base
        limit = max(1, requests)
        free = Monitor(limit)
    }

    public var location: String { base.location }
    public var directory: String? { base.directory }

    public var capabilities: StoreCapabilities {
        var capabilities = base.capabilities
        capabilities.requestsInFlight = min(capabilities.requestsInFlight, limit)
        return capabilities
    }

    public func page(of folder: Folder, after name: ObjectName?) throws(StoreError) -> StorePage {
        try within { () throws(StoreError) in try base.page(of: folder, after: name) }
    }

    public func read(_ name: ObjectName, range: Range<Int>) throws(StoreError) -> [UInt8] {
        try within { () throws(StoreError) in try base.read(name, range: range) }
    }

    public func read(_ name: ObjectName, limit: Int) throws(StoreError) -> [UInt8] {
        try within { () throws(StoreError) in try base.read(name, limit: limit) }
    }

    public func size(_ name: ObjectName) throws(StoreError) -> Int { try within { () throws(StoreError) in try base.size(name) } }

    public func create() throws(StoreError) -> any Upload {
        LimitedUpload(base: try within { () throws(StoreError) in try base.create() }, store: self)
    }

    public func remove(_ names: [ObjectName]) throws(StoreError) { try within { () throws(StoreError) in try base.remove(names) } }

    public func space() throws(StoreError) -> StoreSpace? { try within { () throws(StoreError) in try base.space() } }

    public func removeAbandoned() throws(StoreError) { try within { () throws(StoreError) in try base.removeAbandoned() } }

    fileprivate func within<Result>(_ body: () throws(StoreError) -> Result) throws(StoreError) -> Result {
        free.wait { free -> Void? in
            guard free > 0 else { return nil }
            free -= 1
            return ()
        }
        defer { free.update { $0 += 1 } }
        return try body()
    }
}

private final class LimitedUpload: Upload {
    private let base: any Upload
    private let store: LimitedStore

    init(base: any Upload, store: LimitedStore) {
        self.base = base
        self.store = store
    }

    func append(_ bytes: borrowing RawSpan) throws(StoreError) { try base.append(bytes) }

    func finish(as name: ObjectName, digest: SHA256Digest) throws(StoreError) -> Bool {
        try store.within { () throws(StoreError) in try base.finish(as: name, digest: digest) }
    }

    func discard() { base.discard() }
}
