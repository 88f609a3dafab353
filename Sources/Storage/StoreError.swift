/// What went wrong with an object, where, and what the operator can do.
public struct StoreError: Error, Sendable, CustomStringConvertible {
    /// What went wrong, as far as somebody decides on it.
    public enum Kind: Sendable, Equatable {
        case notFound, permissionDenied, full, readOnly
        /// It ends before it should, or goes on after.
        case shortRead, tooLarge
        /// The medium does not give its bytes, or what lies there is no object.
        case unreadable
        /// Of this machine's memory or files there are no more.
        case exhausted
        /// The store does not answer, or asks for patience: for so long, where it says.
        case unavailable(retryAfter: Duration?)
        case other
    }

    /// What becomes of the same call when it is made again.
    public enum Fate: Sendable, Equatable {
        /// The store says that there is no such object.
        case absent
        /// It may pass, not before so long.
        case passing(retryAfter: Duration?)
        /// This machine lacks something.
        case exhausted
        /// The same again, until somebody has done something.
        case final
    }

    /// By the kind alone.
    public var fate: Fate {
        switch kind {
        case .notFound: .absent
        case .unavailable(let pause): .passing(retryAfter: pause)
        case .exhausted: .exhausted
        case .permissionDenied, .full, .readOnly, .shortRead, .tooLarge, .unreadable, .other: .final
        }
    }

    /// Whether it says something of the object: that it is not there, not as long as it should be, or on a medium that is broken, be it one
    /// bad sector. Who may not read it, gets no answer or has no memory left knows nothing of it.
    public var isDamage: Bool {
        switch kind {
        case .notFound, .shortRead, .tooLarge, .unreadable: true
        case .permissionDenied, .full, .readOnly, .exhausted, .unavailable, .other: false
        }
    }

    /// What went wrong.
    public let kind: Kind
    /// As a verb: "read".
    public let operation: String
    /// The object or place concerned, for people.
    public let object: String
    /// Why, without a full stop.
    public let reason: String

    /// `cannot <operation> <object>: <reason>.`, and what to do where the kind says it.
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
            case .unavailable: " Run again when the store answers: what was saved is reused."
            case .notFound, .shortRead, .tooLarge, .unreadable, .other: ""
            }
        return "cannot \(operation) \(object): \(reason).\(hint)"
    }
}
