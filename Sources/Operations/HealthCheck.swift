import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Vault

/// Asks an address until it answers as it should, or the time is over.
public struct HealthCheck: Sendable, Equatable {
    public let url: String
    public let status: Int
    public let timeout: Duration

    public init(url: String, status: Int, timeout: Duration) {
        self.url = url
        self.status = status
        self.timeout = timeout
    }

    private static let interval = Duration.milliseconds(500)

    /// Returns why it failed; nil when it answered.
    func run(cancellation: Cancellation) throws -> String? {
        try ClusterReading.wait(cancellation) {
            let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: .init(redirectConfiguration: .disallow))
            do {
                let failure = try await ask(client)
                try await client.shutdown()
                return failure
            } catch {
                // The error that matters is the first.
                try? await client.shutdown()
                throw error
            }
        }
    }

    private func ask(_ client: HTTPClient) async throws -> String? {
        let deadline = ContinuousClock.now + timeout
        while true {
            let failure: String
            do {
                let answer = try await client.execute(HTTPClientRequest(url: url), timeout: .seconds(10))
                if Int(answer.status.code) == status { return nil }
                failure = "answered \(answer.status.code), not \(status)"
            } catch {
                failure = "did not answer: \(error)"
            }
            guard ContinuousClock.now < deadline, !Task.isCancelled else { return "\(failure), within \(timeout)" }
            try await Task.sleep(for: Self.interval)
        }
    }
}
