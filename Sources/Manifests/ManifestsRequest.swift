public import Age
public import Core
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
    package var origin: String {
        switch source {
        case .directory(let path, _): path
        case .cluster(let cluster): "cluster" + (cluster.context.map { " \($0)" } ?? "")
        }
    }
}
