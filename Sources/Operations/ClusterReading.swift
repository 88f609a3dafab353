import Core
import Kubernetes
import Vault

/// Runs what talks to a cluster in tasks, while the thread of the operation takes what they find.
enum ClusterReading {
    /// Gives the events of a capture to `each`, one after the other, on this thread.
    static func capture(
        _ source: ClusterSource, _ access: ClusterAccess, _ progress: Progress, cancellation: Cancellation,
        each: (CaptureEvent) throws -> Void
    ) throws -> ClusterCapture.Summary {
        let handover = Handover<CaptureEvent>()
        let summary = Monitor<ClusterCapture.Summary?>(nil)
        let task = Task {
            do {
                let result = try await interruptible(cancellation) {
                    try await APIClient.with(access, environment: source.environment, notice: progress.notice) { client in
                        try await ClusterCapture.run(client, scope: source.scope) { try await handover.send($0) }
                    }
                }
                summary.withLock { $0 = result }
                handover.end(.success(()))
            } catch {
                handover.end(.failure(error))
            }
        }
        do {
            while let event = try handover.next() { try each(event) }
        } catch {
            task.cancel()
            handover.close()
            throw error
        }
        guard let summary = summary.withLock({ $0 }) else { throw Failure(.interrupted, "interrupted") }
        return summary
    }

    /// Runs tasks while this thread waits for what they come to.
    static func wait<Value: Sendable>(_ cancellation: Cancellation, _ body: @escaping @Sendable () async throws -> Value) throws -> Value {
        let outcome = Monitor<Result<Value, any Error>?>(nil)
        Task {
            let result: Result<Value, any Error>
            do { result = .success(try await interruptible(cancellation, body)) } catch { result = .failure(error) }
            outcome.update { $0 = result }
        }
        return try outcome.wait { $0 }.get()
    }

    /// Ends `body` when the operator wants to stop.
    static func interruptible<Value: Sendable>(
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
