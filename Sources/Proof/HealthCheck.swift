package import Core
import Foundation
import HTTP
import Vault

/// Asks an address until it answers as it should, or the time is over.
public struct HealthCheck: Sendable, Equatable {
    private let url: String?
    /// Of the service that was started before; with it there is no address.
    private let path: String?
    /// What it must answer with; nil: anything.
    public let status: Int?
    /// Fields of the JSON that it answers with, by the path of their keys, "checks.mesh", and what they must say.
    public let json: [String: String]
    /// An answer that takes longer is none.
    public let latency: Duration?
    public let timeout: Duration

    public init(url: String, status: Int, json: [String: String] = [:], latency: Duration? = nil, timeout: Duration) {
        (self.url, path) = (url, nil)
        (self.status, self.json, self.latency, self.timeout) = (status, json, latency, timeout)
    }

    /// - Parameter path: beginning with a `/`, of a service on this machine.
    public init(path: String, status: Int?, json: [String: String] = [:], latency: Duration? = nil, timeout: Duration) {
        (url, self.path) = (nil, path)
        (self.status, self.json, self.latency, self.timeout) = (status, json, latency, timeout)
    }

    package var isOfService: Bool { url == nil }
    package var name: String { url ?? "service \(path ?? "")" }

    /// What it answered with, for people.
    package var answer: String { status.map { "answered \($0)" } ?? "answered" }

    private static let interval = Duration.milliseconds(500)
    /// One request gets so long, whatever is left.
    private static let shortest = Duration.milliseconds(500)
    private static let longest = Duration.seconds(10)
    private static let answerBytesMax = 1 << 20

    /// Returns why it failed; nil when it answered.
    ///
    /// - Parameter port: of the service, where it asks one.
    package func run(port: UInt16? = nil, cancellation: Cancellation) throws -> String? {
        guard let address = url ?? port.map({ "http://127.0.0.1:\($0)\(path ?? "")" }) else { return "no service is running" }
        return try Tasks.wait(cancellation) {
            var settings = HTTPSettings()
            settings.silenceMax = nil
            return try await HTTPConnections.with(settings) { try await ask(address, $0) }
        }
    }

    private func ask(_ address: String, _ client: HTTPConnections) async throws -> String? {
        let deadline = ContinuousClock.now + timeout
        while true {
            let failure: String
            do {
                let left = max(Self.shortest, min(Self.longest, deadline - .now))
                guard let problem = try await problem(address, client, within: max(left, latency.map { $0 * 2 } ?? left)) else {
                    return nil
                }
                failure = problem
            } catch {
                failure = "did not answer: \(TransportProblem(error).why)"
            }
            guard ContinuousClock.now < deadline, !Task.isCancelled else { return "\(failure) (asked for \(timeout))" }
            try await Task.sleep(for: Self.interval)
        }
    }

    /// The library waits without end for a body that does not come.
    private func problem(_ address: String, _ client: HTTPConnections, within limit: Duration) async throws -> String? {
        try await withThrowingTaskGroup(of: String?.self) { group in
            group.addTask { try await problem(address, client) }
            group.addTask {
                try await Task.sleep(for: limit)
                return "did not answer whole within \(limit.milliseconds) ms"
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }

    /// The problem with one answer, or nil.
    private func problem(_ address: String, _ client: HTTPConnections) async throws -> String? {
        let asked = ContinuousClock.now
        let answer = try await client.send(HTTPRequest(address))
        // Any answer is enough, however long it goes on.
        if status == nil { return nil }
        let body = try await answer.body(upTo: Self.answerBytesMax)
        let taken = ContinuousClock.now - asked
        if let status, answer.status != status { return "answered \(answer.status), not \(status)" }
        if let latency, taken > latency { return "took \(taken.milliseconds) ms to answer, more than \(latency.milliseconds) ms" }
        if json.isEmpty { return nil }
        guard let document = try? JSONSerialization.jsonObject(with: Data(body), options: .fragmentsAllowed) else {
            return "answered something else than JSON"
        }
        for (path, expected) in json.sorted(by: { $0.key < $1.key }) {
            let value = Self.text(at: path, of: document)
            if value != expected { return "says \(path) is \(value ?? "not there"), not \(expected)" }
        }
        return nil
    }

    /// A scalar as JSON writes it, without quotes; nil for what is not there.
    private static func text(at path: String, of document: Any) -> String? {
        var value: Any? = document
        for key in path.split(separator: ".") { value = (value as? [String: Any])?[String(key)] }
        switch value {
        case let text as String: return text
        case let number as NSNumber:
            // A flag of JSON is a number for Foundation.
            return String(cString: number.objCType) == "c" ? (number.boolValue ? "true" : "false") : number.stringValue
        default: return nil
        }
    }
}
