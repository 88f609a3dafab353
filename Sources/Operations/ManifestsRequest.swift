public import Age
public import Kubernetes

/// The Kubernetes objects to capture, and what becomes of them.
public struct ManifestsRequest: Sendable {
    public enum Source: Sendable {
        /// Files beneath a directory.
        case directory(String, exclude: [Glob] = [])
        case cluster(ClusterSource)
    }

    /// What becomes of objects of kind Secret.
    public enum Secrets: Sendable {
        case encrypt([AgeRecipient])
        case omit
        case plain
    }

    public var source: Source
    public var secrets: Secrets
    /// Git repositories that the history is pushed to.
    public var remotes: [String]
    /// What becomes of a remote whose branch has gone another way.
    public var diverged = Diverged.refuse

    public enum Diverged: Sendable, Equatable {
        /// It is named at each backup, until a person has decided.
        case refuse
        /// The history goes to a branch of its own beside it.
        case branch
        /// Both are joined by a commit that has the files of the other as well.
        case merge
    }

    public init(_ source: Source, secrets: Secrets = .plain, remotes: [String] = [], diverged: Diverged = .refuse) {
        self.source = source
        self.secrets = secrets
        self.remotes = remotes
        self.diverged = diverged
    }

    /// For the snapshot's record.
    var origin: String {
        switch source {
        case .directory(let path, _): path
        case .cluster(let cluster): "cluster" + (cluster.context.map { " \($0)" } ?? "")
        }
    }
}

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
    func resolved() throws(ClusterError) -> ClusterSource {
        var source = self
        source.found = try access()
        return source
    }

    func access() throws(ClusterError) -> ClusterAccess {
        if let found { return found }
        return try ClusterAccess.find(kubeconfig: kubeconfig, context: context, environment: environment)
    }
}
