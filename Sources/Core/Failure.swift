/// Why an operation on a vault failed: a code that decides the exit status, and sentences for the operator.
public struct VaultError: Error, Sendable, CustomStringConvertible {
    public enum Code: Sendable {
        /// There is no vault at that place.
        case noVault
        /// The request cannot be meant: no such snapshot, a vault of a newer format.
        case usage
        /// The vault holds something other than what was written.
        case damaged
        /// Stopped by a signal.
        case interrupted
        case failed
    }

    public let code: Code
    /// What, where and why, in a sentence without the full stop.
    public let message: String
    /// What to do next.
    public let hint: String?

    public init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    public var description: String {
        // What a message quotes may end its sentence already.
        let stop = [".", "?"].contains { message.hasSuffix($0) } ? "" : "."
        return hint.map { "\(message)\(stop) \($0)" } ?? message
    }
}
