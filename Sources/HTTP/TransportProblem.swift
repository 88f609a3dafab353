internal import AsyncHTTPClient
import Glibc
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// Why no answer came, or it broke off.
package struct TransportProblem: Sendable {
    package enum Kind: Sendable {
        /// Whoever answers may be somebody else.
        case untrusted
        /// The server did not accept our certificate.
        case identity
        case tls
        case network
    }

    package let kind: Kind
    /// In words of people.
    package let why: String
    package let hint: String?
    package let mayPass: Bool

    private init(_ kind: Kind, _ why: String, _ hint: String? = nil, mayPass: Bool = true) {
        (self.kind, self.why, self.hint, self.mayPass) = (kind, why, hint, mayPass)
    }

    package init(_ error: any Error) { self = Self.explain(error) }

    private static func isOfTLS(_ error: any Error) -> Bool {
        error is NIOSSLError || error is BoringSSLError || error is NIOSSLExtraError || "\(error)".contains("SSL routines")
    }

    private static func isUntrusted(_ error: any Error) -> Bool {
        isOfTLS(error) && ("\(error)".contains("CERTIFICATE_VERIFY_FAILED") || error is NIOSSLExtraError)
    }

    private static func explain(_ error: any Error) -> TransportProblem {
        let text = "\(error)"
        if isOfTLS(error) {
            if isUntrusted(error) {
                return Self(
                    .untrusted, "its certificate is not to be trusted: expired, for another name, or of an unknown authority",
                    "Whoever answers may not be the server: look with `openssl s_client -connect HOST:PORT -showcerts`", mayPass: false)
            }
            if text.contains("ALERT") {
                return Self(
                    .identity, "the server refused our side of the TLS connection: \(text.prefix(300))",
                    "The client certificate may be expired, or for another server", mayPass: false)
            }
            return Self(.tls, "the TLS connection failed: is it a TLS port?")
        }
        if let error = error as? HTTPClientError {
            switch error {
            case .connectTimeout: return Self(.network, "no connection within 10 s")
            case .readTimeout: return Self(.network, "nothing came for 60 s")
            case .deadlineExceeded: return Self(.network, "no answer within 10 minutes")
            case .remoteConnectionClosed: return Self(.network, "the connection was closed before the answer was whole")
            default: return Self(.network, error.shortDescription)
            }
        }
        if let error = error as? NIOConnectionError {
            if error.dnsAError != nil || error.dnsAAAAError != nil, error.connectionErrors.isEmpty {
                return Self(.network, "there is no host \(error.host)", "Is the name right, and does this machine resolve it?")
            }
            let codes = error.connectionErrors.compactMap { ($0.error as? IOError)?.errnoCode }
            return Self(.network, codes.first.map { String(cString: strerror($0)) } ?? "no address answered")
        }
        if let error = error as? IOError { return Self(.network, String(cString: strerror(error.errnoCode))) }
        return Self(.network, text, mayPass: !(error is CancellationError))
    }
}
