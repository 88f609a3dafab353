internal import AsyncHTTPClient
import FoundationEssentials
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// What may be tried again, and after how long at least.
protocol Retryable: Error {
    var mayPass: Bool { get }
    /// Seconds that the server asked for.
    var retryAfter: Int? { get }
    /// The sentence, when it did not pass.
    var failure: ClusterError { get }
}

/// The server answered with a status of 300 and above.
struct APIRefusal: Retryable {
    let status: Int
    let retryAfter: Int?
    /// The machine's word: AlreadyExists, Conflict, Invalid …
    let reason: String
    /// The server's own words.
    let message: String
    let failure: ClusterError

    init(
        status: Int, body: [UInt8], retryAfter: Int?, request: String, access: ClusterAccess, certificate: ClusterAccess.ClientCertificate?
    ) {
        let answer = try? JSONReader.value(body[...])
        self.status = status
        let said = answer?["kind"]?.string == "Status" ? answer?["message"]?.text : nil
        let text = said ?? String(decoding: body.prefix(300), as: UTF8.self)
        message = text
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

    private static func hint(_ access: ClusterAccess, _ certificate: ClusterAccess.ClientCertificate?) -> String {
        if let certificate, let first = try? NIOSSLCertificate.fromPEMBytes(certificate.certificate).first {
            let end = Date(timeIntervalSince1970: TimeInterval(first.notValidAfter))
            if end < Date() { return "The client certificate of \(certificate.origin) expired on \(end.formatted(.iso8601))" }
        }
        return "The credentials of \(access.origin) are missing, wrong or expired"
    }
}

/// Why no answer came, in words of people.
public enum TransportReason {
    public static func text(_ error: any Error) -> String {
        if TransportFailure.isUntrusted(error) {
            return "its certificate is not to be trusted: expired, for another name, or of an unknown authority"
        }
        return TransportFailure.isOfTLS(error) ? "the TLS connection failed: is it a TLS port?" : TransportFailure.explain(error).why
    }
}

/// No answer came, or it broke off.
struct TransportFailure: Retryable {
    let mayPass: Bool
    let failure: ClusterError
    var retryAfter: Int? { nil }

    init(_ error: any Error, server: String, origin: String) {
        let (why, hint, mayPass) = Self.explain(error)
        self.mayPass = mayPass
        failure = ClusterError(.unreachable, "cannot reach \(server) (\(origin)): \(why)", hint: hint)
    }

    fileprivate static func isOfTLS(_ error: any Error) -> Bool {
        error is NIOSSLError || error is BoringSSLError || error is NIOSSLExtraError || "\(error)".contains("SSL routines")
    }

    fileprivate static func isUntrusted(_ error: any Error) -> Bool {
        isOfTLS(error) && ("\(error)".contains("CERTIFICATE_VERIFY_FAILED") || error is NIOSSLExtraError)
    }

    fileprivate static func explain(_ error: any Error) -> (why: String, hint: String?, mayPass: Bool) {
        let text = "\(error)"
        if isOfTLS(error) {
            if isUntrusted(error) {
                return (
                    "its certificate is not to be trusted: expired, for another name, or not signed by the CA of the kubeconfig",
                    "Whoever answers may not be the server: look with `openssl s_client -connect HOST:PORT -showcerts`", false
                )
            }
            if text.contains("ALERT") {
                return (
                    "the server refused our side of the TLS connection: \(text.prefix(300))",
                    "The client certificate may be expired or of another cluster", false
                )
            }
            return ("the TLS connection failed: is it a TLS port, and of a Kubernetes API server?", nil, true)
        }
        if let error = error as? HTTPClientError {
            switch error {
            case .connectTimeout: return ("no connection within 10 s", nil, true)
            case .readTimeout: return ("nothing came for 60 s", nil, true)
            case .deadlineExceeded: return ("no answer within 10 minutes", nil, true)
            case .remoteConnectionClosed: return ("the connection was closed before the answer was whole", nil, true)
            default: return (error.shortDescription, nil, true)
            }
        }
        if let error = error as? NIOConnectionError {
            if error.dnsAError != nil || error.dnsAAAAError != nil, error.connectionErrors.isEmpty {
                return ("there is no host \(error.host)", "Is the name in the kubeconfig right, and does this machine resolve it?", true)
            }
            let codes = error.connectionErrors.compactMap { ($0.error as? IOError)?.errnoCode }
            return (codes.first.map { String(cString: strerror($0)) } ?? "no address answered", nil, true)
        }
        if let error = error as? IOError { return (String(cString: strerror(error.errnoCode)), nil, true) }
        return (text, nil, !(error is CancellationError))
    }
}

/// Tries again what may pass: waits longer each time, by chance so that many clients do not come back at once, and as long as the server
/// asks for.
struct Attempts {
    static let countMax = 7
    /// A server that is silent for a minute each time is not asked seven times.
    private static let timeMax = Duration.seconds(150)
    private static let firstWait = 0.25
    private static let waitMax = 20.0
    /// A server that asks for more is not obeyed.
    private static let askedMax = 60

    var count = Self.countMax
    /// Receives each failure that is tried again.
    var notice: @Sendable (ClusterError) -> Void = { _ in }

    func run<Result>(_ body: (Int) async throws -> Result) async throws -> Result {
        let deadline = ContinuousClock.now + Self.timeMax
        for attempt in 1... {
            do { return try await body(attempt) } catch let error as any Retryable {
                guard error.mayPass, attempt < count, ContinuousClock.now < deadline, !Task.isCancelled else { throw error }
                notice(error.failure)
                try await Self.wait(attempt, error.retryAfter)
            }
        }
        throw CancellationError()
    }

    static func wait(_ attempt: Int, _ asked: Int?) async throws {
        let longest = min(waitMax, firstWait * Double(1 << min(attempt, 10)))
        let seconds = Double.random(in: longest / 2...longest) + Double(min(max(asked ?? 0, 0), askedMax))
        try await Task.sleep(for: .seconds(seconds))
    }
}
