/// Why a cluster cannot be used, in one sentence; with what to do, where somebody can do something.
public struct ClusterError: Error, Equatable, CustomStringConvertible {
    public enum Code: Sendable {
        /// The kubeconfig or what it names is wrong: nothing was asked of the server.
        case configuration
        /// No answer, or not from the server that was meant: name, network, TLS.
        case unreachable
        /// The server does not know who we are: expired or missing credentials.
        case unauthorized
        /// The server knows, and does not allow it.
        case forbidden
        /// Not there.
        case notFound
        /// The server answered that it cannot do it, or something that is no answer.
        case refused
        /// The server no longer keeps the version a list began with (410): the list must start again.
        case expired
        /// Somebody else's change stands in the way.
        case conflict
    }

    public let code: Code
    public let message: String
    public let hint: String?

    public init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    public var description: String { hint.map { "\(message). \($0)" } ?? message }
}
