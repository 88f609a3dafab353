import Core
import Kubernetes

/// The cluster of one restore: what is planned and done there, waited for on the thread of the operation.
struct ClusterSession {
    let access: ClusterAccess
    private let source: ClusterSource
    let request: ClusterRestoreRequest
    let progress: Progress
    let cancellation: Cancellation

    init(_ request: ClusterRestoreRequest, _ progress: Progress, _ cancellation: Cancellation) throws {
        source = try ClusterErrors.asFailures { try request.cluster.resolved() }
        access = try source.access()
        (self.request, self.progress, self.cancellation) = (request, progress, cancellation)
    }

    /// Which objects would be made, changed and left; nothing is changed.
    func plan(_ set: ManifestSet, _ existing: ExistingObjects) throws -> ApplyPlan {
        try ask { try await apply(with: $0, existing, .zero).plan(set) }
    }

    /// Carries a plan out.
    ///
    /// - Parameter patience: how long whoever answers for objects may take to come up.
    func apply(_ plan: ApplyPlan, _ patience: Duration) throws -> ApplyReport {
        try ask { try await apply(with: $0, request.existing, patience).run(plan) }
    }

    func ask<Value: Sendable>(_ body: @escaping @Sendable (APIClient) async throws -> Value) throws -> Value {
        try ClusterErrors.asFailures {
            try source.ask(notice: progress.notice, cancellation, body)
        }
    }

    private func apply(with client: APIClient, _ existing: ExistingObjects, _ patience: Duration) -> ClusterApply {
        ClusterApply(client, existing: existing, isDryRun: request.isDryRun, patience: patience) { [progress] in progress.add(files: $0) }
    }
}
