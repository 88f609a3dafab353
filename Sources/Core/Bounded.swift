/// What takes as long as the data wants it to, on a thread of its own.
package enum Bounded {
    /// nil when the time is over first. The thread then goes on, and nobody waits for it.
    package static func run<Value: Sendable>(
        within timeout: Duration?, _ cancellation: Cancellation, _ body: @escaping @Sendable () -> Value
    ) throws -> Value? {
        let result = Monitor<Value?>(nil)
        let thread = try Crew.start {
            let value = body()
            result.withLock { $0 = value }
        }
        let deadline = timeout.map { ContinuousClock.now + $0 }
        while true {
            if let value = result.withLock({ $0 }) {
                thread.join()
                return value
            }
            if let deadline, ContinuousClock.now > deadline { return nil }
            try cancellation.pause(.milliseconds(2))
        }
    }
}
