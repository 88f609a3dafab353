internal import AsyncHTTPClient
import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL

/// Talks to one API server: TLS, credentials, retries. Every call is bounded in size and time.
public final class APIClient: Sendable {
    /// Answers that are read whole.
    static let answerBytesMax = 64 << 20
    private static let connectTimeout = TimeAmount.seconds(10)
    /// Without a byte for so long an answer counts as broken off.
    private static let silenceMax = TimeAmount.seconds(60)
    /// A server that sends a byte a minute is not waited for.
    private static let answerTimeMax = Duration.seconds(600)
    /// Many requests fail together: one is reported in this time.
    private static let noticeInterval = Duration.seconds(10)

    let access: ClusterAccess
    private let http: HTTPClient
    private let base: String
    private let credentials: CredentialSource
    private let tls: TLSConfiguration
    private let notice: @Sendable (String) -> Void
    private let lastNotice = Guarded<ContinuousClock.Instant?>(nil)

    /// Gives a client to `body`, and closes its connections afterwards.
    ///
    /// - Parameter notice: is given a sentence, now and then, while requests are sent again: who waits wants to know for what.
    public static func with<Result>(
        _ access: ClusterAccess, environment: [String: String], notice: @escaping @Sendable (String) -> Void,
        _ body: (APIClient) async throws -> Result
    ) async throws -> Result {
        let client = try APIClient(access, environment: environment, notice: notice)
        do {
            let result = try await body(client)
            try await client.http.shutdown()
            return result
        } catch {
            // The error that matters is the first.
            try? await client.http.shutdown()
            throw error
        }
    }

    private init(
        _ access: ClusterAccess, environment: [String: String], notice: @escaping @Sendable (String) -> Void
    ) throws(ClusterError) {
        guard let url = URL(string: access.server), let host = url.host, ["https", "http"].contains(url.scheme) else {
            throw ClusterError(.configuration, "\(access.origin) has a server that is no https:// address: \(access.server)")
        }
        if url.scheme == "http", !access.credential.isNone {
            throw ClusterError(
                .configuration, "\(access.origin) would send credentials to \(access.server) in clear text", hint: "Use https://")
        }
        self.access = access
        self.notice = notice
        tls = try access.tls.configuration(origin: access.origin)
        credentials = CredentialSource(access.credential)
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: .init(connect: Self.connectTimeout, read: Self.silenceMax, write: Self.silenceMax))
        configuration.proxy = try ProxyChoice.proxy(for: url, configured: access.proxy, environment: environment).map(\.setting)
        // Over HTTP/2 the library takes up to 8 MiB of each answer before anybody reads it; here the socket holds the server back.
        configuration.httpVersion = .http1Only
        // An error of its own is better than a second hidden one: see `Attempts`.
        configuration.connectionPool.retryConnectionEstablishment = false
        if let name = access.tls.serverName {
            // The certificate is compared with the name, the connection goes to the host.
            configuration.dnsOverride = [name: host]
            base = Self.address(access.server, of: host, as: name)
        } else {
            base = access.server
        }
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
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
            return try await self.collect(response.body, upTo: Self.answerBytesMax)
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
        Attempts(count: count) { [self] failure in
            let now = ContinuousClock.now
            let isNew = lastNotice.withLock { last in
                if let last, now - last < Self.noticeInterval { return false }
                last = now
                return true
            }
            if isNew { notice("\(failure.message); trying again") }
        }
    }

    /// One attempt, without retries: gives the answer's parts to `body` as they arrive.
    func stream(_ request: Request, _ body: ([UInt8]) async throws -> Void) async throws {
        let response = try await start(request)
        var parts = response.body.makeAsyncIterator()
        let deadline = ContinuousClock.now + Self.answerTimeMax
        while true {
            guard ContinuousClock.now < deadline else {
                throw ClusterError(.refused, "\(what(request)): the answer was not whole within \(Self.answerTimeMax)")
            }
            let part: ByteBuffer?
            do { part = try await parts.next() } catch { throw explained(error) }
            guard let part else { return }
            try await body(Array(part.readableBytesView))
        }
    }

    /// Sends and checks the status.
    private func start(_ request: Request) async throws -> HTTPClientResponse {
        var response = try await execute(request)
        if response.status == .unauthorized, credentials.isRenewable {
            // The token may have run out in this very moment.
            _ = try? await response.body.collect(upTo: 1 << 20)
            await credentials.forget()
            response = try await execute(request)
        }
        guard response.status.code < 300 else { throw try await refusal(response, request) }
        return response
    }

    private func execute(_ request: Request) async throws -> HTTPClientResponse {
        let proof = try await credentials.proof()
        var http = HTTPClientRequest(url: base + request.path + Self.encoded(request.query))
        http.method = HTTPMethod(rawValue: request.method)
        http.headers.add(name: "Accept", value: request.accept)
        http.headers.add(name: "User-Agent", value: "rekindle")
        if let authorization = proof.authorization { http.headers.add(name: "Authorization", value: authorization) }
        if let certificate = proof.certificate { http.tlsConfiguration = try tls.presenting(certificate) }
        if let body = request.body {
            http.headers.add(name: "Content-Type", value: request.contentType ?? "application/json")
            http.body = .bytes(ByteBuffer(bytes: body))
        }
        do { return try await self.http.execute(http, timeout: .minutes(10)) } catch { throw explained(error) }
    }

    private func collect(_ body: HTTPClientResponse.Body, upTo limit: Int) async throws -> [UInt8] {
        do { return Array(try await body.collect(upTo: limit).readableBytesView) } catch is NIOTooManyBytesError {
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

    private func refusal(_ response: HTTPClientResponse, _ request: Request) async throws -> any Error {
        let bytes = (try? await response.body.collect(upTo: 1 << 20)).map { Array($0.readableBytesView) } ?? []
        return APIRefusal(
            status: Int(response.status.code), body: bytes, retryAfter: response.headers.first(name: "Retry-After").flatMap { Int($0) },
            request: what(request), access: access, certificate: await currentCertificate())
    }

    private func currentCertificate() async -> ClusterAccess.ClientCertificate? { try? await credentials.proof().certificate }

    private func explained(_ error: any Error) -> any Error {
        TransportFailure(error, server: access.server, origin: access.origin)
    }
}

extension ProxyChoice.Proxy {
    fileprivate var setting: HTTPClient.Configuration.Proxy {
        if isSOCKS { return .socksServer(host: host, port: port) }
        return .server(host: host, port: port, authorization: user.map { .basic(username: $0, password: password ?? "") })
    }
}

extension ClusterAccess.TLS {
    fileprivate func configuration(origin: String) throws(ClusterError) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        if !isVerified { configuration.certificateVerification = .none }
        guard let authorities else { return configuration }
        do {
            configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(authorities))
        } catch {
            throw ClusterError(.configuration, "\(origin) has a CA certificate that is not PEM: \(error)")
        }
        return configuration
    }
}

extension TLSConfiguration {
    fileprivate func presenting(_ identity: ClusterAccess.ClientCertificate) throws(ClusterError) -> TLSConfiguration {
        var configuration = self
        do {
            configuration.certificateChain = try NIOSSLCertificate.fromPEMBytes(identity.certificate).map { .certificate($0) }
            configuration.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: identity.key, format: .pem))
        } catch {
            throw ClusterError(.configuration, "the client certificate or key of \(identity.origin) is not PEM: \(error)")
        }
        return configuration
    }
}
