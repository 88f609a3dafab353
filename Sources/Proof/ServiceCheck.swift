public import Commands
import Core
import Glibc
import HTTP

/// A program that is started in the restored tree and listens on this machine, for the steps after it.
public struct ServiceCheck: Sendable, Equatable {
    /// How it is known that it can be asked.
    public enum Ready: String, Sendable, CaseIterable {
        /// It takes connections.
        case tcp
        /// It answers to a request, whatever it says.
        case http
    }

    public static let standardTimeout = Duration.seconds(60)
    public static let standardGrace = Duration.seconds(10)
    public static let standardPortVariable = "REKINDLE_PORT"

    public let command: Command
    public let ready: Ready
    /// The variable that tells it, and the steps after it, its port.
    public let portVariable: String
    /// How long it may take to end when all is over, before it is killed.
    public let grace: Duration

    public init(_ command: Command, ready: Ready = .tcp, portVariable: String = standardPortVariable, grace: Duration = standardGrace) {
        (self.command, self.ready, self.portVariable, self.grace) = (command, ready, portVariable, grace)
    }
}

/// One that was started.
struct RunningService {
    /// What became of it.
    struct Stop {
        /// The last lines that it printed.
        let output: [String]
        /// Why it had ended by itself; nil where it ran until it was stopped.
        let failure: String?
        var couldRun = true
    }

    let port: UInt16
    private let running: Command.Running
    private let end: Cancellation

    /// How long one answer may take.
    private static let answerTime = Duration.seconds(5)
    /// How long it is waited for between two looks.
    private static let interval = Duration.milliseconds(50)

    init(_ command: Command, port: UInt16, _ conditions: Command.Conditions) throws {
        (self.port, end) = (port, Cancellation(following: conditions.cancellation))
        var conditions = conditions
        conditions.cancellation = end
        running = try command.start(endsGroup: true, under: conditions)
    }

    /// A port of this machine that nobody listens on now.
    static func freePort() throws(Failure) -> UInt16 {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard listener >= 0 else { throw Failure(.failed, "no socket can be opened: \(String(cString: strerror(errno)))") }
        defer { close(listener) }
        var address = loopback(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withAddress(&address) { bind(listener, $0, length) == 0 && getsockname(listener, $0, &length) == 0 }
        guard isBound else { throw Failure(.failed, "no port of this machine is free: \(String(cString: strerror(errno)))") }
        return UInt16(bigEndian: address.sin_port)
    }

    private static func loopback(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }

    private static func withAddress<Value>(_ address: inout sockaddr_in, _ body: (UnsafeMutablePointer<sockaddr>) -> Value) -> Value {
        withUnsafeMutablePointer(to: &address) { $0.withMemoryRebound(to: sockaddr.self, capacity: 1, body) }
    }

    /// Waits until it can be asked; returns why it never could.
    func wait(_ ready: ServiceCheck.Ready, within limit: Duration, _ cancellation: Cancellation) throws -> String? {
        let deadline = ContinuousClock.now + limit
        while true {
            if running.hasEnded { return "ended before it was ready: \(failure ?? "status 0")" }
            if try answers(ready, cancellation) { return nil }
            if ContinuousClock.now > deadline { return "was not ready within \(limit)" }
            try cancellation.pause(Self.interval)
        }
    }

    private func answers(_ ready: ServiceCheck.Ready, _ cancellation: Cancellation) throws -> Bool {
        switch ready {
        case .tcp:
            let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(client) }
            var address = Self.loopback(port)
            return Self.withAddress(&address) { connect(client, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0 }
        case .http:
            return try HealthCheck(path: "/", status: nil, timeout: Self.answerTime).run(port: port, cancellation: cancellation) == nil
        }
    }

    private var failure: String? {
        do { try running.wait() } catch { return (error as? Failure)?.message ?? "\(error)" }
        return nil
    }

    /// Ends it, and whatever it has started.
    func stop() -> Stop {
        let hadEnded = running.hasEnded
        end.cancel()
        let failure = failure
        return Stop(
            output: running.lines, failure: hadEnded ? "ended before it was stopped: \(failure ?? "status 0")" : nil,
            couldRun: running.couldRun)
    }
}
