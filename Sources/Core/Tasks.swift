/// The bridge from the threads of an operation, which may block, to tasks.
package enum Tasks {
    /// Runs a task while this thread waits for what it comes to.
    package static func wait<Value: Sendable>(
        _ cancellation: Cancellation, _ body: @escaping @Sendable () async throws -> Value
    ) throws -> Value {
        let outcome = Monitor<Result<Value, any Error>?>(nil)
        Task {
            let result: Result<Value, any Error>
            do { result = .success(try await interruptible(cancellation, body)) } catch { result = .failure(error) }
            outcome.update { $0 = result }
        }
        return try outcome.wait { $0 }.get()
    }

    /// Ends `body` when the operator wants to stop.
    package static func interruptible<Value: Sendable>(
        _ cancellation: Cancellation, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await body() }
            group.addTask {
                while !cancellation.isCancelled { try await Task.sleep(for: .milliseconds(50)) }
                throw Failure(.interrupted, "interrupted")
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
    }
}
