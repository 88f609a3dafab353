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
}
