/// A failure of a request that knows whether the same may succeed later.
package protocol Retryable: Error {
    var mayPass: Bool { get }
    /// Seconds that the server asked for.
    var retryAfter: Int? { get }
    /// A sentence without the full stop.
    var message: String { get }
}

/// Tries again what may pass: waits longer each time, by chance so that many clients do not come back at once, and as long as the server
/// asks for.
package struct Attempts {
    package static let countMax = 7
    /// A server that is silent for a minute each time is not asked seven times.
    private static let timeMax = Duration.seconds(150)
    private static let firstWait = 0.25
    private static let waitMax = 20.0
    /// A server that asks for more is not obeyed.
    private static let askedMax = 60

    package var count: Int
    /// Receives the sentence of each failure that is tried again.
    package var notice: @Sendable (String) -> Void

    package init(count: Int = Self.countMax, notice: @escaping @Sendable (String) -> Void = { _ in }) {
        self.count = count
        self.notice = notice
    }

    package func run<Result>(_ body: (Int) async throws -> Result) async throws -> Result {
        let deadline = ContinuousClock.now + Self.timeMax
        for attempt in 1... {
            do { return try await body(attempt) } catch let error as any Retryable {
                guard error.mayPass, attempt < count, ContinuousClock.now < deadline, !Task.isCancelled else { throw error }
                notice(error.message)
                try await Self.wait(attempt, error.retryAfter)
            }
        }
        throw CancellationError()
    }

    package static func wait(_ attempt: Int, _ asked: Int?) async throws {
        let longest = min(waitMax, firstWait * Double(1 << min(attempt, 10)))
        let seconds = Double.random(in: longest / 2...longest) + Double(min(max(asked ?? 0, 0), askedMax))
        try await Task.sleep(for: .seconds(seconds))
    }
}
