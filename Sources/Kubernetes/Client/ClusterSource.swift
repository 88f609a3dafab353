package import Core

/// A running cluster, and the part of it that is captured.
public struct ClusterSource: Sendable {
    /// nil for the file that kubectl would use.
    public var kubeconfig: String?
    /// nil for the current one.
    public var context: String?
    public var scope: CaptureScope
    public var environment: [String: String]

    public init(kubeconfig: String? = nil, context: String? = nil, scope: CaptureScope = CaptureScope(), environment: [String: String]) {
        self.kubeconfig = kubeconfig
        self.context = context
        self.scope = scope
        self.environment = environment
    }

    /// The cluster as it was found once: a kubeconfig may have another current context a moment later.
    private var found: ClusterAccess?

    /// The same, for good.
    package func resolved() throws(ClusterError) -> ClusterSource {
        var source = self
        source.found = try access()
        return source
    }

    package func access() throws(ClusterError) -> ClusterAccess {
        if let found { return found }
        return try ClusterAccess.find(kubeconfig: kubeconfig, context: context, environment: environment)
    }

    /// Asks the cluster while this thread waits for the answer.
    ///
    /// - Parameter notice: is given a sentence, now and then, while requests are sent again.
    package func ask<Value: Sendable>(
        notice: @escaping @Sendable (String) -> Void = { _ in }, _ cancellation: Cancellation,
        _ body: @escaping @Sendable (APIClient) async throws -> Value
    ) throws -> Value {
        let access = try access()
        return try Tasks.wait(cancellation) {
            try await APIClient.with(access, environment: environment, notice: notice) { try await body($0) }
        }
    }
}
