/// Why an operation failed: a code that decides how the program ends, and sentences for the operator.
///
/// Errors that a caller decides on by more than that (`SystemError`, `StoreError`, `ClusterError`, `GitError`, `AgeError`) are types of
/// their own, and become one of these where the operation ends.
public struct Failure: Error, Sendable, CustomStringConvertible {
    /// The kind of failure, which decides the exit status.
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

    /// What kind of failure it is.
    public let code: Code
    /// What, where and why, in a sentence without the full stop.
    public let message: String
    /// What to do next.
    public let hint: String?
    /// The error that led to it, where there is one.
    public let cause: (any Error)?
    /// The last lines that a program printed, where one of the policy's failed.
    public let output: [String]

    /// A sentence without the full stop, and what to do about it as another.
    public init(_ code: Code, _ message: String, hint: String? = nil, cause: (any Error)? = nil, output: [String] = []) {
        self.cause = cause
        self.output = output
        self.code = code
        self.message = message
        self.hint = hint
    }

    public var description: String {
        // A quoted message may end with a full stop already.
        let stop = [".", "?"].contains { message.hasSuffix($0) } ? "" : "."
        return hint.map { "\(message)\(stop) \($0)" } ?? message
    }
}
