import Core
import Storage

@testable import Vault

/// A store that goes wrong on purpose: a decorator over one that works.
final class FaultyStore: ObjectStore {
    enum Fault: String, CaseIterable {
        /// The operation fails and does nothing.
        case fail
        /// The operation does its work by half, or wholly without saying so, and fails.
        case tear
        /// The operation and all that follow fail, as if the program or the disk had gone.
        case crash
    }

    struct Plan: Sendable {
        /// The operation that goes wrong, counted from 0; every call of a store or an upload is one.
        var at = Int.max
        var fault = Fault.fail
        /// Objects that listings leave out.
        var hides: @Sendable (ObjectName) -> Bool = { _ in false }
        /// Objects that cannot be read, as on a disk with bad sectors.
        var unreadable: @Sendable (ObjectName) -> Bool = { _ in false }
        /// The read of whose answer a bit is flipped, counted from 0.
        var flipsRead = Int.max
    }

    struct Counts: Sendable {
        var operations = 0
        var reads = 0
        var creates = 0
    }

    private let base: any ObjectStore
    private let plan: Plan
    private let state = Monitor(Counts())

    init(_ base: any ObjectStore, _ plan: Plan = Plan()) {
        self.base = base
        self.plan = plan
    }

    var location: String { base.location }
    var counts: Counts { state.withLock { $0 } }

    func list(_ folder: Folder) throws(StoreError) -> [StoredObject] {
        if begin() != nil { throw failure("list") }
        return try base.list(folder).filter { !plan.hides($0.name) }
    }

    func read(_ name: ObjectName, range: Range<Int>) throws(StoreError) -> [UInt8] {
        try reading(name) { () throws(StoreError) in try base.read(name, range: range) }
    }

    func read(_ name: ObjectName, limit: Int) throws(StoreError) -> [UInt8] {
        try reading(name) { () throws(StoreError) in try base.read(name, limit: limit) }
    }

    func size(_ name: ObjectName) throws(StoreError) -> Int {
        if begin() != nil { throw failure("examine") }
        return try base.size(name)
    }

    func create() throws(StoreError) -> any Upload {
        state.withLock { $0.creates += 1 }
        if begin() != nil { throw failure("create") }
        return FaultyUpload(store: self, base: try base.create())
    }

    private func reading(_ name: ObjectName, _ body: () throws(StoreError) -> [UInt8]) throws(StoreError) -> [UInt8] {
        let number = state.withLock { counts in
            defer { counts.reads += 1 }
            return counts.reads
        }
        if begin() != nil || plan.unreadable(name) { throw failure("read") }
        var bytes = try body()
        if number == plan.flipsRead, !bytes.isEmpty { bytes[bytes.count / 2] ^= 0x10 }
        return bytes
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

    func finish(as name: ObjectName) throws(StoreError) -> Bool {
        guard let fault = store.begin() else { return try base.finish(as: name) }
        // Done, but nobody is told: what a lost connection or a failed sync of the directory looks like.
        if fault == .tear { try base.finish(as: name) }
        throw store.failure("finish")
    }

    func discard() { base.discard() }
}
