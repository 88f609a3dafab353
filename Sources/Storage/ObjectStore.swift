public import Core

/// Where a vault's objects live: immutable files with names, in folders.
///
/// The contract, which every store and every decorator keeps:
/// - An object appears whole, under its final name, or not at all. It is never overwritten and never changes.
/// - When `Upload.finish` returns, the object survives a loss of power.
/// - A call that fails throws; no failure looks like an empty answer, a missing object or a short read.
/// - Every call may be made from several threads at once, and made again after a failure.
/// - Calls block: to hand a read to a task and wait for it takes 12 to 45 µs more, six to twelve times a read of 4 KiB from memory. Whoever
///   wants several requests under way makes them from as many threads, up to `capabilities.requestsInFlight`.
public protocol ObjectStore: Sendable {
    /// Where this is, for people.
    var location: String { get }

    var capabilities: StoreCapabilities { get }

    /// The directory of this machine that it is in; nil where it is in none, and nothing of this machine can be mistaken for it.
    var directory: String? { get }

    /// Some of the objects of a folder, folders beneath included, in the order of their names: those that come after a name, nil for the
    /// first. A folder that is not there is an error. Use `list`, which joins the pages and trusts none.
    func page(of folder: Folder, after name: ObjectName?) throws(StoreError) -> StorePage

    /// The bytes of `range`. A range that reaches past the end is an error.
    func read(_ name: ObjectName, range: Range<Int>) throws(StoreError) -> [UInt8]

    /// The whole object, if it is not longer than `limit` bytes; a longer one is an error.
    func read(_ name: ObjectName, limit: Int) throws(StoreError) -> [UInt8]

    /// Bytes of the object. One that is not there is `.notFound`.
    func size(_ name: ObjectName) throws(StoreError) -> Int

    /// Begins an object whose name may be known only when all its bytes are.
    func create() throws(StoreError) -> any Upload

    /// Removes objects, for good when it returns. One that is not there is no error. After an error some may be gone.
    func remove(_ names: [ObjectName]) throws(StoreError)

    /// Of the place that it is in; nil where there is no end to it.
    func space() throws(StoreError) -> StoreSpace?

    /// Removes what uploads of runs that were killed have left. It may do nothing, and disturbs nobody who writes.
    func removeAbandoned() throws(StoreError)
}

/// Capabilities of a store beyond the contract.
public struct StoreCapabilities: Sendable, Equatable {
    /// How many calls at once it takes with profit.
    public var requestsInFlight: Int
    /// Whether of two writers of one name exactly one learns that it was the first.
    public var createsOnce: Bool
    /// Whether objects can be kept from being removed for a time.
    public var retains: Bool

    /// See the properties.
    public init(requestsInFlight: Int, createsOnce: Bool, retains: Bool) {
        (self.requestsInFlight, self.createsOnce, self.retains) = (requestsInFlight, createsOnce, retains)
    }
}

/// A part of a listing.
public struct StorePage: Sendable {
    /// In the order of their names.
    public let objects: [StoredObject]
    /// Whether no object comes after these.
    public let isLast: Bool

    /// A page is the last when nothing comes after it, be it empty.
    public init(_ objects: [StoredObject], isLast: Bool) {
        self.objects = objects
        self.isLast = isLast
    }
}

/// In bytes: what is free for this user, and what there is.
public struct StoreSpace: Sendable, Equatable {
    /// Space this user may still write.
    public let freeBytes: Int64
    /// What there is in all.
    public let totalBytes: Int64

    /// In bytes.
    public init(freeBytes: Int64, totalBytes: Int64) {
        self.freeBytes = freeBytes
        self.totalBytes = totalBytes
    }
}

/// An object being written. Used by one thread at a time. One that is dropped without `finish` leaves nothing behind.
public protocol Upload: AnyObject {
    func append(_ bytes: borrowing RawSpan) throws(StoreError)

    /// Makes the object durable under `name`. If that name is taken the object there stays, this one is dropped, and the
    /// answer is false: a name that is a digest stands for the same bytes. May be called again after an error.
    ///
    /// - Parameter digest: of all that was appended, for a store that checks what arrives.
    @discardableResult
    func finish(as name: ObjectName, digest: SHA256Digest) throws(StoreError) -> Bool

    func discard()
}

extension ObjectStore {
    /// Writes a small object in one go.
    @discardableResult
    public func put(_ bytes: [UInt8], as name: ObjectName) throws(StoreError) -> Bool {
        let upload = try create()
        do throws(StoreError) {
            try upload.append(bytes.span.bytes)
            return try upload.finish(as: name, digest: SHA256Digest(of: bytes))
        } catch {
            upload.discard()
            throw error
        }
    }

    /// All objects of a folder, folders beneath included, in the order of their names.
    public func list(_ folder: Folder) throws(StoreError) -> [StoredObject] {
        var all: [StoredObject] = []
        try eachObject(of: folder) { all.append($0) }
        return all
    }

    /// Gives the objects of a folder one by one, with a page of them in memory. A listing that does not ascend, or does not go on, is an
    /// error: what is not listed would be taken for gone.
    public func eachObject(of folder: Folder, _ body: (StoredObject) -> Void) throws(StoreError) {
        var last: ObjectName?
        while true {
            let page = try page(of: folder, after: last)
            for object in page.objects {
                guard last.map({ $0 < object.name }) ?? true else {
                    throw StoreError(.other, "list", "\(location)/\(folder.rawValue)", reason: "the names do not ascend at \(object.name)")
                }
                last = object.name
                body(object)
            }
            if page.isLast { return }
            guard !page.objects.isEmpty else {
                throw StoreError(.other, "list", "\(location)/\(folder.rawValue)", reason: "the listing does not go on")
            }
        }
    }
}

/// The folders of a vault.
public enum Folder: String, Sendable, CaseIterable {
    case packs, indexes, snapshots
    /// Vaults made before there was any do not have it.
    case evidence
}

/// An object as a listing has it.
public struct StoredObject: Sendable, Hashable {
    /// Its name, from the top of the vault.
    public let name: ObjectName
    /// How long it is.
    public let bytes: Int
    /// When it was written, in milliseconds since 1970, as the store knows it: later for one that was copied. nil where it does not.
    public let written: Int64?

    /// In bytes and milliseconds since 1970.
    public init(name: ObjectName, bytes: Int, written: Int64? = nil) {
        self.name = name
        self.bytes = bytes
        self.written = written
    }
}
