internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL

/// Whom to talk to, how far to trust, and how long to wait.
package struct HTTPSettings: Sendable {
    package enum Trust: Sendable {
        /// The authorities of this machine.
        case system
        /// These alone, as PEM.
        case authorities([UInt8])
        /// Whoever answers.
        case anybody
    }

    package var trust = Trust.system
    package var proxy: ProxyChoice.Proxy?
    /// The host that connections go to where another name stands in addresses: the certificate is compared with the name.
    package var hosts: [String: String] = [:]
    package var connectTimeout = Duration.seconds(10)
    /// Without a byte for so long an answer counts as broken off; nil: never.
    package var silenceMax: Duration? = .seconds(60)

    package init() {}
}

/// The client's own certificate and its key, as PEM.
package struct HTTPIdentity: Sendable {
    package let certificate: [UInt8]
    package let key: [UInt8]

    package init(certificate: [UInt8], key: [UInt8]) {
        self.certificate = certificate
        self.key = key
    }
}

/// The configuration cannot be used: nothing was sent.
package struct HTTPMisconfiguration: Error {
    /// A sentence without the full stop.
    package let message: String
}

package struct HTTPRequest: Sendable {
    package var method = "GET"
    package var url: String
    package var headers: [(name: String, value: String)] = []
    package var body: [UInt8]?
    package var identity: HTTPIdentity?
    /// For all of the answer.
    package var timeout = Duration.seconds(600)

    package init(_ url: String) { self.url = url }
}

/// Connections to servers: kept open between requests, closed with the scope that they were made for. No redirect is followed, nothing is sent
/// twice: see `Attempts`.
package final class HTTPConnections: Sendable {
    private let client: HTTPClient
    private let tls: TLSConfiguration

    /// Gives connections to `body`, and closes them afterwards.
    package static func with<Result>(_ settings: HTTPSettings, _ body: (HTTPConnections) async throws -> Result) async throws -> Result {
        let connections = try HTTPConnections(settings)
        do {
            let result = try await body(connections)
            try await connections.client.shutdown()
            return result
        } catch {
            // The error that matters is the first.
            try? await connections.client.shutdown()
            throw error
        }
    }

    private init(_ settings: HTTPSettings) throws(HTTPMisconfiguration) {
        tls = try Self.tls(settings.trust)
        var timeouts = HTTPClient.Configuration.Timeout(connect: TimeAmount(settings.connectTimeout))
        (timeouts.read, timeouts.write) = (settings.silenceMax.map { TimeAmount($0) }, settings.silenceMax.map { TimeAmount($0) })
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls, redirectConfiguration: .disallow, timeout: timeouts)
        configuration.proxy = settings.proxy.map { proxy in
            proxy.isSOCKS
                ? .socksServer(host: proxy.host, port: proxy.port)
                : .server(
                    host: proxy.host, port: proxy.port,
                    authorization: proxy.user.map { .basic(username: $0, password: proxy.password ?? "") })
        }
        // Over HTTP/2 the library takes up to 8 MiB of each answer before anybody reads it; here the socket holds the server back.
        configuration.httpVersion = .http1Only
        // An error of its own is better than a second hidden one.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.dnsOverride = settings.hosts
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    private static func tls(_ trust: HTTPSettings.Trust) throws(HTTPMisconfiguration) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        switch trust {
        case .system: break
        case .anybody: configuration.certificateVerification = .none
        case .authorities(let text):
            do { configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(text)) } catch {
                throw HTTPMisconfiguration(message: "a CA certificate is not PEM: \(error)")
            }
        }
        return configuration
    }

    /// Sends a request, and gives the answer when its head is there, whatever its status. `TransportProblem` explains what fails on the way.
    package func send(_ request: HTTPRequest) async throws -> HTTPAnswer {
        var message = HTTPClientRequest(url: request.url)
        message.method = HTTPMethod(rawValue: request.method)
        for header in request.headers { message.headers.add(name: header.name, value: header.value) }
        if let identity = request.identity { message.tlsConfiguration = try presenting(identity) }
        if let body = request.body { message.body = .bytes(ByteBuffer(bytes: body)) }
        return HTTPAnswer(try await client.execute(message, timeout: TimeAmount(request.timeout)))
    }

    private func presenting(_ identity: HTTPIdentity) throws(HTTPMisconfiguration) -> TLSConfiguration {
        var configuration = tls
        do {
            configuration.certificateChain = try NIOSSLCertificate.fromPEMBytes(identity.certificate).map { .certificate($0) }
            configuration.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: identity.key, format: .pem))
        } catch { throw HTTPMisconfiguration(message: "the client certificate or its key is not PEM: \(error)") }
        return configuration
    }
}

/// An answer whose body is still coming.
package struct HTTPAnswer: Sendable {
    /// A body of more bytes than were asked for.
    package struct TooLarge: Error {}

    private let response: HTTPClientResponse

    fileprivate init(_ response: HTTPClientResponse) { self.response = response }

    package var status: Int { Int(response.status.code) }

    package func header(_ name: String) -> String? { response.headers.first(name: name) }

    /// The whole body.
    package func body(upTo limit: Int) async throws -> [UInt8] {
        do { return Array(try await response.body.collect(upTo: limit).readableBytesView) } catch is NIOTooManyBytesError {
            throw TooLarge()
        }
    }

    /// Gives the body's parts as they arrive; who takes none holds the server back.
    package func parts(_ take: ([UInt8]) async throws -> Void) async throws {
        for try await part in response.body { try await take(Array(part.readableBytesView)) }
    }
}
