import FoundationEssentials
import HTTP
internal import NIOSSL

/// A request to a cluster that failed.
protocol RequestFailure: Retryable {
    /// The kind of failure when it is not passing.
    var failure: ClusterError { get }
}

extension RequestFailure {
    var message: String { failure.message }
}

/// No answer came, or it broke off.
struct TransportFailure: RequestFailure {
    let mayPass: Bool
    let failure: ClusterError
    var retryAfter: Int? { nil }

    init(_ error: any Error, server: String, origin: String) {
        let problem = TransportProblem(error)
        mayPass = problem.mayPass
        let (why, hint) =
            switch problem.kind {
            case .untrusted:
                ("its certificate is not to be trusted: expired, for another name, or not signed by the CA of the kubeconfig", problem.hint)
            case .identity: (problem.why, "The client certificate may be expired or of another cluster")
            case .tls: ("the TLS connection failed: is it a TLS port, and of a Kubernetes API server?", problem.hint)
            case .network: (problem.why, problem.hint)
            }
        failure = ClusterError(.unreachable, "cannot reach \(server) (\(origin)): \(why)", hint: hint)
    }
}

/// The server answered with a status of 300 and above.
struct APIRefusal: RequestFailure {
    let status: Int
    let retryAfter: Int?
    /// The machine's word: AlreadyExists, Conflict, Invalid …
    let reason: String
    /// The server's own words.
    let words: String
    let failure: ClusterError

    init(
        status: Int, body: [UInt8], retryAfter: Int?, request: String, access: ClusterAccess, certificate: ClientCertificate?
    ) {
        let answer = try? JSONReader.value(body[...])
        self.status = status
        let said = answer?["kind"]?.string == "Status" ? answer?["message"]?.text : nil
        let text = said ?? String(decoding: body.prefix(300), as: UTF8.self)
        words = text
        reason = answer?["reason"]?.text ?? ""
        self.retryAfter = retryAfter
        let sentence = "\(request): the server answered \(status)" + (text.isEmpty ? "" : ": \(text)")
        failure =
            switch status {
            case 401: ClusterError(.unauthorized, sentence, hint: Self.hint(access, certificate))
            case 403: ClusterError(.forbidden, sentence, hint: Self.hint(forbidden: text, access))
            case 404: ClusterError(.notFound, sentence)
            case 409: ClusterError(.conflict, sentence)
            case 410: ClusterError(.expired, sentence)
            default: ClusterError(.refused, sentence)
            }
    }

    /// Too many requests, and what proxies and servers say while they start, stop or are overloaded.
    var mayPass: Bool { [429, 500, 502, 503, 504].contains(status) }

    /// A message of a server may be long.
    private static let hintCharactersMax = 2000

    /// The server says "forbidden" of a missing right, and of much that no right would mend.
    private static func hint(forbidden text: String, _ access: ClusterAccess) -> String? {
        if text.contains("exceeded quota") {
            return "The quota of the namespace allows no more: raise it, or remove something, and try again"
        }
        if text.contains("status unknown for quota") { return "The quota was not counted yet: try again in a moment" }
        let start = text.prefix(hintCharactersMax)
        if ["maximum ", "minimum "].contains(where: start.contains) && start.contains(" usage per")
            || start.contains("max limit to request ratio per")
        {
            return "The limit range of the namespace does not allow it: change that, or restore it afterwards"
        }
        if text.contains("because it is being terminated") { return "Try again when the namespace is gone" }
        if text.contains("denied the request") || text.contains("violates PodSecurity") { return nil }
        return "Give the account of \(access.origin) the right to it, or leave it out"
    }

    private static func hint(_ access: ClusterAccess, _ certificate: ClientCertificate?) -> String {
        if let certificate, let first = try? NIOSSLCertificate.fromPEMBytes(certificate.certificate).first {
            let end = Date(timeIntervalSince1970: TimeInterval(first.notValidAfter))
            if end < Date() { return "The client certificate of \(certificate.origin) expired on \(end.formatted(.iso8601))" }
        }
        return "The credentials of \(access.origin) are missing, wrong or expired"
    }
}
