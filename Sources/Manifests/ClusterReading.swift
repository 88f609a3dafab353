package import Core
package import Kubernetes
import Vault

/// Runs what talks to a cluster in tasks, while the thread of the operation takes what they find.
package enum ClusterReading {
    /// Gives the events of a capture to `each`, one after the other, on this thread.
    package static func capture(
        _ source: ClusterSource, _ access: ClusterAccess, _ progress: Progress, cancellation: Cancellation,
        each: (CaptureEvent) throws -> Void
    ) throws -> ClusterCapture.Summary {
        let handover = Handover<CaptureEvent>()
        let summary = Monitor<ClusterCapture.Summary?>(nil)
        let task = Task {
            do {
                let result = try await Tasks.interruptible(cancellation) {
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
}
