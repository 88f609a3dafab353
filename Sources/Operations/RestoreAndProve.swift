public import Core
import FileTree
public import Kubernetes
public import Proof
public import Restorer
public import Vault

/// Brings a snapshot back, into directories or into a cluster, and proves it: what a recovery is.
public struct RestoreAndProve {
    public struct Request: Sendable {
        /// nil: no files. With a cluster, they come back while its workloads are held.
        public var files: RestoreRequest?
        /// nil: no cluster.
        public var cluster: ClusterRestoreRequest?
        /// What proves it, over what was restored. A dry run proves nothing.
        public var steps: [Validation.Step]

        public init(files: RestoreRequest?, cluster: ClusterRestoreRequest? = nil, steps: [Validation.Step]) {
            (self.files, self.cluster, self.steps) = (files, cluster, steps)
        }
    }

    public struct Report: Sendable, Encodable {
        private enum CodingKeys: String, CodingKey {
            case files, cluster
            case results = "validation"
        }

        /// nil where no files were restored.
        public var files: RestoreReport?
        /// nil where nothing went into a cluster.
        public var cluster: ClusterRestoreReport?
        /// A step each.
        public var results: [Validation.Result] = []
    }

    /// Shown before anything is changed.
    public struct Announcement {
        let files: (Snapshot, _ target: String) -> Void
        let plan: (ApplyPlan, _ target: String) throws -> Void

        public init(
            files: @escaping (Snapshot, _ target: String) -> Void, plan: @escaping (ApplyPlan, _ target: String) throws -> Void
        ) {
            (self.files, self.plan) = (files, plan)
        }
    }

    private var request: Request
    private let repository: Repository
    private let progress: Progress
    private let cancellation: Cancellation

    public init(_ request: Request, in repository: Repository, progress: Progress, cancellation: Cancellation) {
        (self.request, self.repository, self.progress, self.cancellation) = (request, repository, progress, cancellation)
    }

    public consuming func run(_ announce: Announcement) throws -> Report {
        var report = Report()
        guard request.cluster != nil else {
            let files = try request.files.map { try restore($0, announce) }
            report.files = files
            if let files, !files.isDryRun { report.results = try prove(files) }
            return report
        }
        // The validation looks at the place that was restored into.
        try request.cluster?.resolveCluster()
        guard let request = request.cluster else { return report }
        let cluster = try ClusterRestore(request, in: repository, progress: progress, cancellation: cancellation).run(show: announce.plan) {
            guard let held = self.files(of: $0) else { return false }
            let files = try restore(held, announce)
            report.files = files
            return files.isComplete && files.incomplete.isEmpty
        }
        report.cluster = cluster
        if !cluster.isDryRun { report.results = try prove(cluster, report.files, in: request) }
        return report
    }

    /// The very snapshot: `latest` may be another one by now.
    private func files(of snapshot: Snapshot) -> RestoreRequest? {
        var files = request.files
        files?.snapshot = snapshot.id.hex
        return files
    }

    private func restore(_ files: RestoreRequest, _ announce: Announcement) throws -> RestoreReport {
        try Restore(files, in: repository, progress: progress, cancellation: cancellation).run(announce: announce.files)
    }

    // MARK: The proof

    private func prove(_ files: RestoreReport) throws -> [Validation.Result] {
        try validate(
            Validation.Subject(
                target: target, snapshot: try repository.view(files.snapshot, cancellation: cancellation),
                isPart: request.files?.options.filter.isEverything == false, directory: directory(in: files)))
    }

    private func prove(
        _ cluster: ClusterRestoreReport, _ files: RestoreReport?, in request: ClusterRestoreRequest
    ) throws -> [Validation.Result] {
        guard cluster.wasBegun, cluster.held == 0 else {
            let reason = cluster.held > 0 ? "workloads are held" : "nothing was restored"
            return self.request.steps.map { Validation.Result(notRun: $0, reason) }
        }
        return try validate(
            Validation.Subject(
                target: target, snapshot: try files.map { try repository.view($0.snapshot, cancellation: cancellation) },
                cluster: ClusterCheck.Place(request.cluster, renamed: request.mapping.namespaces),
                directory: files.map(directory(in:))))
    }

    private func validate(_ subject: Validation.Subject) throws -> [Validation.Result] {
        if request.steps.isEmpty { return [] }
        for sentence in ScratchFolder.removeLeftovers(in: WorkingFolder.temporaryRoot) { progress.notice(sentence) }
        let scratch = try ScratchFolder(.work, in: WorkingFolder.temporaryRoot, isPassable: request.steps.haveOtherUsers)
        defer { scratch.remove().map(progress.notice) }
        var subject = subject
        subject.scratch = try scratch.makeFolder("scratch")
        return try Validation(request.steps, progress: progress, cancellation: cancellation).run(subject)
    }

    private var target: String? {
        if case .directory(let path) = request.files?.options.target { path } else { nil }
    }

    /// Where a dataset went; nil for one that the snapshot has not.
    private func directory(in files: RestoreReport) -> (String) -> String? {
        let (target, datasets) = (target, files.snapshot.record.datasets)
        return { name in
            guard let found = datasets.first(where: { $0.name == name && $0.outcome != .failed }) else { return nil }
            return target.map { "\($0)/\(name)" } ?? found.place
        }
    }
}
