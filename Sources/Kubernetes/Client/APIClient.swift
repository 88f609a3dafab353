import Core
import Foundation
import HTTP

/// Talks to one API server: TLS, credentials, retries. Every call is bounded in size and time.
public final class APIClient: Sendable {
    /// Answers that are read whole.
    static let answerBytesMax = 64 << 20
    /// A server that sends a byte a minute is not waited for.
    private static let answerTimeMax = Duration.seconds(600)
    /// Many requests fail together: one is reported in this time.
    private static let noticeInterval = Duration.seconds(10)

    let access: ClusterAccess
    private let http: HTTPConnections
    private let base: String
    private let credentials: CredentialSource
    private let notice: @Sendable (String) -> Void
    private let lastNotice = Guarded<ContinuousClock.Instant?>(nil)

    /// Gives a client to `body`, and closes its connections afterwards.
    ///
    /// - Parameter notice: is given a sentence, now and then, while requests are sent again: who waits wants to know for what.
    public static func with<Result>(
        _ access: ClusterAccess, environment: [String: String], notice: @escaping @Sendable (String) -> Void,
        _ body: (APIClient) async throws -> Result
    ) async throws -> Result {
        let credentials = access.credential
        guard let url = URL(string: access.server), let host = url.host, ["https", "http"].contains(url.scheme) else {
            throw ClusterError(.configuration, "\(access.origin) has a server that is no https:// address: \(access.server)")
        }
        if url.scheme == "http", !credentials.isNone {
            throw ClusterError(
                .configuration, "\(access.origin) would send credentials to \(access.server) in clear text", hint: "Use https://")
        }
        let settings = try settings(access, url, host: host, environment: environment)
        do {
            return try await HTTPConnections.with(settings) { http in
                try await body(APIClient(access, http, base: base(of: access, host: host), notice: notice))
            }
        } catch let error as HTTPMisconfiguration {
            throw ClusterError(.configuration, "\(access.origin): \(error.message)")
        }
    }

    private init(_ access: ClusterAccess, _ http: HTTPConnections, base: String, notice: @escaping @Sendable (String) -> Void) {
        (self.access, self.http, self.base, self.notice) = (access, http, base, notice)
        credentials = CredentialSource(access.credential)
    }

    private static func settings(
        _ access: ClusterAccess, _ url: URL, host: String, environment: [String: String]
    ) throws -> HTTPSettings {
        var settings = HTTPSettings()
        settings.trust = !access.tls.isVerified ? .anybody : access.tls.authorities.map { .authorities($0) } ?? .system
        do throws(Failure) {
            settings.proxy = try ProxyChoice.proxy(for: url, configured: access.proxy, environment: environment)
        } catch { throw ClusterError(.configuration, error.message) }
        if let name = access.tls.serverName { settings.hosts = [name: host] }
        return settings
    }

    /// The certificate is compared with the name of the server, where the kubeconfig gives one, and the connection goes to the host.
    private static func base(of access: ClusterAccess, host: String) -> String {
        access.tls.serverName.map { address(access.server, of: host, as: $0) } ?? access.server
    }

    /// The address with another host: only what stands behind the scheme is one.
    static func address(_ server: String, of host: String, as name: String) -> String {
        guard let scheme = server.firstRange(of: "://") else { return server }
        let rest = server[scheme.upperBound...]
        return String(server[..<scheme.upperBound])
            + rest.replacing(host.contains(":") ? "[\(host)]" : host, with: name, maxReplacements: 1)
    }

    // MARK: Requests

    struct Request: Sendable {
        var method = "GET"
        /// Begins with a slash.
        var path: String
        /// In their order; escaped here.
        var query: [(String, String)] = []
        var accept = "application/json"
        var body: [UInt8]?
        var contentType: String?
        /// How often it is sent at most.
        var attempts = Attempts.countMax
    }

    /// The whole answer; a status of 400 and above is an error.
    func send(_ request: Request) async throws -> [UInt8] {
        try await attempts(request.attempts).run { _ in
            let response = try await self.start(request)
            return try await self.collect(response, upTo: Self.answerBytesMax)
        }
    }

    func json(_ request: Request) async throws -> ManifestValue {
        let bytes = try await send(request)
        do { return try JSONReader.value(bytes[...]) } catch {
            throw ClusterError(.refused, "\(what(request)) answered something else than JSON: \(error)")
        }
    }

    /// Sends again what may pass, and says so.
    func attempts(_ count: Int) -> Attempts {
        Attempts(count: count) { [self] message in
            let now = ContinuousClock.now
            let isNew = lastNotice.withLock { last in
                if let last, now - last < Self.noticeInterval { return false }
                last = now
                return true
            }
            if isNew { notice("\(message); trying again") }
        }
    }

    /// One attempt, without retries: gives the answer's parts to `body` as they arrive.
    func stream(_ request: Request, _ body: ([UInt8]) async throws -> Void) async throws {
        let response = try await start(request)
        let deadline = ContinuousClock.now + Self.answerTimeMax
        var failure: (any Error)?
        do {
            try await response.parts { part in
                guard ContinuousClock.now < deadline else {
                    failure = ClusterError(.refused, "\(what(request)): the answer was not whole within \(Self.answerTimeMax)")
                    throw CancellationError()
                }
                do { try await body(part) } catch {
                    failure = error
                    throw error
                }
            }
        } catch { throw failure ?? explained(error) }
    }

    /// Sends and checks the status.
    private func start(_ request: Request) async throws -> HTTPAnswer {
        var response = try await execute(request)
        if response.status == 401, credentials.isRenewable {
            // The token may have run out in this very moment.
            _ = try? await response.body(upTo: 1 << 20)
            await credentials.forget()
            response = try await execute(request)
        }
        guard response.status < 300 else { throw try await refusal(response, request) }
        return response
    }

    private func execute(_ request: Request) async throws -> HTTPAnswer {
        let proof = try await credentials.proof()
        var message = HTTPRequest(base + request.path + Self.encoded(request.query))
        message.method = request.method
        message.headers = [("Accept", request.accept), ("User-Agent", "rekindle")]
        if let authorization = proof.authorization { message.headers.append(("Authorization", authorization)) }
        if let certificate = proof.certificate {
            message.identity = HTTPIdentity(certificate: certificate.certificate, key: certificate.key)
        }
        if let body = request.body {
            message.headers.append(("Content-Type", request.contentType ?? "application/json"))
            message.body = body
        }
        do { return try await http.send(message) } catch let error as HTTPMisconfiguration {
            throw ClusterError(.configuration, "\(proof.certificate?.origin ?? access.origin): \(error.message)")
        } catch { throw explained(error) }
    }

    private func collect(_ answer: HTTPAnswer, upTo limit: Int) async throws -> [UInt8] {
        do { return try await answer.body(upTo: limit) } catch is HTTPAnswer.TooLarge {
            throw ClusterError(.refused, "\(access.server) answered with more than \(limit >> 20) MiB")
        } catch { throw explained(error) }
    }

    private static func encoded(_ query: [(String, String)]) -> String {
        var allowed = CharacterSet.alphanumerics
        allowed.insert(charactersIn: "-._~")
        let pairs = query.map { name, value in "\(name)=\(value.addingPercentEncoding(withAllowedCharacters: allowed) ?? "")" }
        return pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&")
    }

    func what(_ request: Request) -> String { "\(request.method) \(access.server)\(request.path)" }

    // MARK: Failures

    private func refusal(_ response: HTTPAnswer, _ request: Request) async throws -> any Error {
        let bytes = (try? await response.body(upTo: 1 << 20)) ?? []
        return APIRefusal(
            status: response.status, body: bytes, retryAfter: response.header("Retry-After").flatMap { Int($0) },
            request: what(request), access: access, certificate: await currentCertificate())
    }

    private func currentCertificate() async -> ClientCertificate? { try? await credentials.proof().certificate }

    private func explained(_ error: any Error) -> any Error {
        TransportFailure(error, server: access.server, origin: access.origin)
    }
}
