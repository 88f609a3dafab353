import Core
public import Storage

/// A store that goes wrong on purpose: a decorator over one that works.
public final class FaultyStore: ObjectStore {
    public enum Fault: String, CaseIterable, Sendable {
        /// The operation fails and does nothing.
        case fail
        /// The operation does its work by half, or wholly without saying so, and fails.
        case tear
        /// The operation and all that follow fail, as if the program or the disk had gone.
        case crash
    }

    public struct Plan: Sendable {
        /// The operation that goes wrong, counted from 0; every call of a store or an upload is one.
        public var at = Int.max
        public var fault = Fault.fail
        /// Objects that listings leave out.
        public var hides: @Sendable (ObjectName) -> Bool = { _ in false }
        /// Objects that cannot be read, as on a disk with bad sectors.
        public var unreadable: @Sendable (ObjectName) -> Bool = { _ in false }
        /// Objects whose reads the store puts off: it says nothing of them.
        public var busy: @Sendable (ObjectName) -> Bool = { _ in false }
        /// The read of whose answer a bit is flipped, counted from 0.
        public var flipsRead = Int.max
        /// Of every so many calls but `append`, the last is refused for a while, and does nothing; 0 for none.
        public var refusesEvery = 0

        public init(
            at: Int = Int.max, fault: Fault = .fail, hides: @escaping @Sendable (ObjectName) -> Bool = { _ in false },
            unreadable: @escaping @Sendable (ObjectName) -> Bool = { _ in false }, flipsRead: Int = Int.max
        ) {
            (self.at, self.fault, self.hides, self.unreadable, self.flipsRead) = (at, fault, hides, unreadable, flipsRead)
        }
    }

    public struct Counts: Sendable {
        public var operations = 0
        public var reads = 0
        public var creates = 0
        public var refused = 0
    }

    private let base: any ObjectStore
    private let plan: Plan
    private let state = Monitor(Counts())

    public init(_ base: any ObjectStore, _ plan: Plan = Plan()) {
        self.base = base
        self.plan = plan
    }

    public var location: String { base.location }
    public var counts: Counts { state.withLock { $0 } }

    public var capabilities: StoreCapabilities { base.capabilities }
    public var directory: String? { base.directory }

    public func page(of folder: Folder, after name: ObjectName?) throws(StoreError) -> StorePage {
        try refuse("list")
        if begin() != nil { throw failure("list") }
        let page = try base.page(of: folder, after: name)
        return StorePage(page.objects.filter { !plan.hides($0.name) }, isLast: page.isLast)
    }

    public func remove(_ names: [ObjectName]) throws(StoreError) {
        try refuse("remove")
        guard let fault = begin() else { return try base.remove(names) }
        if fault == .tear { try base.remove(Array(names.prefix(names.count / 2))) }
        throw failure("remove")
    }

    public func space() throws(StoreError) -> StoreSpace? { try base.space() }

    public func removeAbandoned() throws(StoreError) { try base.removeAbandoned() }

    public func read(_ name: ObjectName, range: Range<Int>) throws(StoreError) -> [UInt8] {
        try reading(name) { () throws(StoreError) in try base.read(name, range: range) }
    }

    public func read(_ name: ObjectName, limit: Int) throws(StoreError) -> [UInt8] {
        try reading(name) { () throws(StoreError) in try base.read(name, limit: limit) }
    }

    public func size(_ name: ObjectName) throws(StoreError) -> Int {
        try refuse("examine")
        if begin() != nil { throw failure("examine") }
        return try base.size(name)
    }

    public func create() throws(StoreError) -> any Upload {
        state.withLock { $0.creates += 1 }
        try refuse("create")
        if begin() != nil { throw failure("create") }
        return FaultyUpload(store: self, base: try base.create())
    }

    private func reading(_ name: ObjectName, _ body: () throws(StoreError) -> [UInt8]) throws(StoreError) -> [UInt8] {
        let number = state.withLock { counts in
            defer { counts.reads += 1 }
            return counts.reads
        }
        try refuse("read")
        if begin() != nil { throw failure("read") }
        if plan.busy(name) { throw StoreError(.unavailable(retryAfter: nil), "read", name.text, reason: "made to wait") }
        if plan.unreadable(name) { throw StoreError(.unreadable, "read", name.text, reason: "made to be unreadable") }
        var bytes = try body()
        if number == plan.flipsRead, !bytes.isEmpty { bytes[bytes.count / 2] ^= 0x10 }
        return bytes
    }

    /// As a server does that has too much to do.
    fileprivate func refuse(_ operation: String) throws(StoreError) {
        guard plan.refusesEvery > 0 else { return }
        let isRefused = state.withLock { counts in
            counts.refused += 1
            return counts.refused % plan.refusesEvery == 0
        }
        if isRefused { throw StoreError(.unavailable(retryAfter: nil), operation, location, reason: "made to wait") }
    }

    /// Counts an operation, and tells how it must go wrong, if it must.
    fileprivate func begin() -> Fault? {
        let number = state.withLock { counts in
            defer { counts.operations += 1 }
            return counts.operations
        }
        if number == plan.at { return plan.fault }
        return number > plan.at && plan.fault == .crash ? .crash : nil
    }

    fileprivate func failure(_ operation: String) -> StoreError { StoreError(.other, operation, location, reason: "made to fail") }
}

private final class FaultyUpload: Upload {
    private let store: FaultyStore
    private let base: any Upload

    init(store: FaultyStore, base: any Upload) {
        self.store = store
        self.base = base
    }

    func append(_ bytes: borrowing RawSpan) throws(StoreError) {
        guard let fault = store.begin() else { return try base.append(bytes) }
        if fault == .tear { try base.append(bytes.extracting(first: bytes.byteCount / 2)) }
        throw store.failure("append")
    }

    func finish(as name: ObjectName, digest: SHA256Digest) throws(StoreError) -> Bool {
        try store.refuse("finish")
        guard let fault = store.begin() else { return try base.finish(as: name, digest: digest) }
        // Done, but nobody is told: what a lost connection or a failed sync of the directory looks like.
        if fault == .tear { try base.finish(as: name, digest: digest) }
        throw store.failure("finish")
    }

    func discard() { base.discard() }
}
