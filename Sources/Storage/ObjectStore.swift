/// Where a vault's objects live: immutable files with names, in folders.
///
/// The contract, which every store and every decorator keeps:
/// - An object appears whole, under its final name, or not at all. It is never overwritten and never changes.
/// - When `Upload.finish` returns, the object survives a loss of power.
/// - A call that fails throws; no failure looks like an empty answer, a missing object or a short read.
/// - Every call may be made from several threads at once, and made again after a failure.
public protocol ObjectStore: Sendable {
    /// Where this is, for people.
    var location: String { get }

    /// All objects of a folder, folders beneath included, sorted by name. A folder that is not there is an error.
    func list(_ folder: Folder) throws(StoreError) -> [StoredObject]

    /// The bytes of `range`. A range that reaches past the end is an error.
    func read(_ name: ObjectName, range: Range<Int>) throws(StoreError) -> [UInt8]

    /// The whole object, if it is not longer than `limit` bytes; a longer one is an error.
    func read(_ name: ObjectName, limit: Int) throws(StoreError) -> [UInt8]

    /// Bytes of the object. One that is not there is `.notFound`.
    func size(_ name: ObjectName) throws(StoreError) -> Int

    /// Begins an object whose name may be known only when all its bytes are.
    func create() throws(StoreError) -> any Upload
}

/// An object being written. Used by one thread at a time. One that is dropped without `finish` leaves nothing behind.
public protocol Upload: AnyObject {
    func append(_ bytes: borrowing RawSpan) throws(StoreError)

    /// Makes the object durable under `name`. If that name is taken the object there stays, this one is dropped, and the
    /// answer is false: a name that is a digest stands for the same bytes.
    @discardableResult
    func finish(as name: ObjectName) throws(StoreError) -> Bool

    func discard()
}

extension ObjectStore {
    /// Writes a small object in one go.
    @discardableResult
    public func put(_ bytes: [UInt8], as name: ObjectName) throws(StoreError) -> Bool {
        let upload = try create()
        do throws(StoreError) {
            try upload.append(bytes.span.bytes)
            return try upload.finish(as: name)
        } catch {
            upload.discard()
            throw error
        }
    }
}

/// The folders of a vault.
public enum Folder: String, Sendable, CaseIterable {
    case packs, indexes, snapshots
    /// Vaults made before there was any do not have it.
    case evidence
}

/// The name of an object: one component at the top, or a folder of the vault and a path in it.
public struct ObjectName: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let text: String

    public init(_ text: String) {
        precondition(
            !text.isEmpty && !text.hasPrefix("/") && !text.split(separator: "/").contains { $0 == "." || $0 == ".." },
            "not an object's name: \(text)")
        self.text = text
    }

    /// The last component.
    public var base: Substring { text.split(separator: "/").last ?? "" }

    public var description: String { text }

    public static func < (left: ObjectName, right: ObjectName) -> Bool { left.text < right.text }
}

public struct StoredObject: Sendable, Hashable {
    public let name: ObjectName
    public let bytes: Int
    /// When it was written, in milliseconds since 1970, as the store knows it: later for one that was copied. nil where it does not.
    public let written: Int64?

    public init(name: ObjectName, bytes: Int, written: Int64? = nil) {
        self.name = name
        self.bytes = bytes
        self.written = written
    }
}

/// What went wrong with an object, where, and what the operator can do.
public struct StoreError: Error, Sendable, CustomStringConvertible {
    public enum Kind: Sendable {
        case notFound, permissionDenied, full, readOnly, shortRead, tooLarge
        /// Of this machine's memory or files there are no more.
        case exhausted
        case other
    }

    /// Whether an object that cannot be read for this reason is as good as damaged, be it one bad sector. Who may not read it, or has
    /// no memory left, knows nothing of the object.
    public var isDamage: Bool { kind != .permissionDenied && kind != .exhausted }

    public let kind: Kind
    public let operation: String
    public let object: String
    public let reason: String

    public init(_ kind: Kind, _ operation: String, _ object: String, reason: String) {
        self.kind = kind
        self.operation = operation
        self.object = object
        self.reason = reason
    }

    public var description: String {
        let hint =
            switch kind {
            case .full: " Free some space and run again: what was saved is reused."
            case .permissionDenied: " Run as a user who may use the vault."
            case .readOnly: " The vault lies on a read-only file system."
            case .exhausted: " Close other programs, or raise their limits, and run again."
            case .notFound, .shortRead, .tooLarge, .other: ""
            }
        return "cannot \(operation) \(object): \(reason).\(hint)"
    }
}
