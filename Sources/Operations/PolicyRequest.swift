import Age
import Archiver
import Commands
import Core
import FileTree
import FoundationEssentials
import Glibc
import Kubernetes
public import Manifests
import PhotonicCore
public import Policy
public import Proof
import Vault

/// A policy as requests to the operations.
public struct PolicyRequest {
    private let policy: Policy
    /// The directory of the policy's file, where its commands run.
    private let directory: String

    public init(_ policy: Policy, file: String) {
        self.policy = policy
        directory = file.lastIndex(of: "/").map { String(file[..<$0]) }.map { $0.isEmpty ? "/" : $0 } ?? "."
    }

    public func backup() throws -> BackupRequest {
        var datasets = try policy.data.map { dataset in
            let source: BackupRequest.Source
            switch dataset.source {
            case .directory(let directory): source = .directory(try self.directory(directory))
            case .command(let arguments, let file, let timeout):
                let shell = try ShellPipe.guarded(arguments, of: dataset.name)
                source = .command(Command(shell, timeout: timeout, workingDirectory: directory), file: file)
            }
            return BackupRequest.Dataset(
                name: dataset.name, source: source, preparation: try preparation(dataset.before, dataset.after, of: dataset.name),
                expect: Self.expectation(dataset.expect), claims: dataset.claims)
        }
        if let manifests = try manifests() { datasets.append(BackupRequest.Dataset(name: "manifests", source: .manifests(manifests))) }
        var request = BackupRequest(policy: policy.name, datasets: datasets)
        request.preparation = try preparation(policy.before, policy.after, of: "the policy")
        request.finally = try hook(policy.finally, of: "the policy")
        request.unprotected = policy.unprotected
        request.selfTests = validation()
        request.environment = ProcessInfo.processInfo.environment
        return request
    }

    private func directory(_ directory: Policy.Directory) throws -> DirectorySource {
        var source = DirectorySource(
            path: absolute(directory.path), exclude: try directory.exclude.globs(), excludeCaches: directory.excludeCaches,
            oneFileSystem: directory.oneFileSystem, change: Self.change(directory.change))
        (source.excludeIfPresent, source.excludeLargerThan) = (directory.excludeIfPresent, directory.excludeLargerThan)
        return source
    }

    private static func change(_ change: Policy.Change) -> ChangeDetection {
        switch change {
        case .times: .times
        case .content(let nights): .content(nights: nights)
        }
    }

    private static func expectation(_ policy: Policy.Expectation) -> Expectation {
        var expectation = Expectation()
        expectation.files = policy.files
        expectation.bytes = policy.bytes
        expectation.shrink = policy.shrink ?? Expectation.shrinkStandard
        return expectation
    }

    private static func source(_ cluster: Policy.Cluster) -> ClusterSource {
        var scope = CaptureScope()
        scope.namespaces = cluster.namespaces
        scope.kinds = cluster.kinds
        scope.include = cluster.include
        scope.exclude = cluster.exclude
        scope.exclusion.objects = cluster.excludeObjects
        scope.exclusion.labels = cluster.excludeLabels
        scope.exclusion.annotations = cluster.excludeAnnotations
        scope.selector = cluster.selector
        scope.includesRelated = cluster.related
        return ClusterSource(
            kubeconfig: cluster.kubeconfig, context: cluster.context, scope: scope, environment: ProcessInfo.processInfo.environment)
    }

    public func manifests() throws -> ManifestsRequest? {
        guard let manifests = policy.manifests else { return nil }
        let secrets: ManifestsRequest.Secrets
        switch manifests.secrets {
        case .plain: secrets = .plain
        case .omit: secrets = .omit
        case .encrypt(let recipients):
            secrets = .encrypt(
                try recipients.map { text in
                    do { return try AgeRecipient(text) } catch { throw Failure(.usage, "the policy's \"recipients\": \(error)") }
                })
        }
        let source: ManifestsRequest.Source =
            switch manifests.source {
            case .directory(let path, let exclude): .directory(path, exclude: try exclude.globs())
            case .cluster(let cluster): .cluster(Self.source(cluster))
            }
        let diverged: ManifestsRequest.Diverged =
            switch manifests.diverged {
            case .refuse: .refuse
            case .branch: .branch
            case .merge: .merge
            }
        return ManifestsRequest(source, secrets: secrets, remotes: manifests.remotes, diverged: diverged)
    }

    public func validation() -> [Validation.Step] {
        policy.validate.map { step in
            let check: Validation.Step.Check
            switch step.check {
            case .photonicCore(let dataset, let suite): check = Self.selfTests(dataset, suite)
            case .command(let arguments, let target):
                check = .command(Command(arguments, workingDirectory: directory), looksAt: Self.object(target))
            case .respond(let respond): check = .respond(self.respond(respond))
            case .files(let files): check = .files(Self.files(files))
            case .service(let service): check = .service(self.service(service))
            case .http(let health): check = .http(Self.health(health, step.timeout))
            case .kubernetes(let namespaces, let job): check = Self.cluster(namespaces, job, step.timeout)
            }
            var validation = Validation.Step(check, timeout: step.timeout, retries: step.retries)
            (validation.isRequired, validation.user, validation.writes) = (step.isRequired, step.user, step.writes)
            return validation
        }
    }

    private func respond(_ respond: Policy.Respond) -> RespondCheck {
        RespondCheck(
            dataset: respond.dataset, Command(respond.command, workingDirectory: directory),
            OutsideResponses(
                named: respond.name, tolerance: respond.tolerance, tolerances: respond.tolerances,
                drift: (respond.drift, respond.drifts)))
    }

    private static func files(_ files: Policy.Files) -> FilesCheck {
        var check = FilesCheck(dataset: files.dataset)
        (check.files, check.bytes, check.newest) = (files.files, files.bytes, files.newest)
        (check.exist, check.canaries) = (files.exist, files.canary)
        return check
    }

    private static func object(_ target: Policy.Validation.Target) -> Validation.Object {
        switch target {
        case .files: .files
        case .cluster: .cluster
        case .service: .service
        case .live: .live
        }
    }

    private func service(_ service: Policy.Service) -> ServiceCheck {
        let ready: ServiceCheck.Ready =
            switch service.ready {
            case .tcp: .tcp
            case .http: .http
            }
        return ServiceCheck(
            Command(service.command, workingDirectory: directory), ready: ready, portVariable: service.port, grace: service.grace)
    }

    private static func health(_ health: Policy.Health, _ timeout: Duration) -> HealthCheck {
        health.isOfService
            ? HealthCheck(path: health.url, status: health.status, json: health.json, latency: health.latency, timeout: timeout)
            : HealthCheck(url: health.url, status: health.status, json: health.json, latency: health.latency, timeout: timeout)
    }

    /// A suite with a mistake in it fails what it was to prove; it stops no backup and no restore.
    private static func selfTests(_ dataset: String, _ suite: String?) -> Validation.Step.Check {
        do { return .photonicCore(dataset: dataset, suite: try suite.map(Suite.read) ?? .dataSet) } catch {
            return .unusable(name: Validation.Step.selfTests(dataset), dataset: dataset, reason: "\(error)")
        }
    }

    private static let jobBytesMax = 16 << 20

    private static func cluster(_ namespaces: [String], _ job: String?, _ timeout: Duration) -> Validation.Step.Check {
        do {
            let manifest = try job.map { try JobRun.manifest(try OpenFile.contents(of: $0, limit: jobBytesMax), file: $0) }
            return .kubernetes(ClusterCheck(namespaces: namespaces, job: manifest, timeout: timeout))
        } catch {
            return .unusable(name: Validation.Step.cluster(namespaces), dataset: nil, reason: "\(error)")
        }
    }

    private func preparation(_ before: Policy.Hook?, _ after: Policy.Hook?, of owner: String) throws -> Preparation {
        Preparation(before: try hook(before, of: owner), after: try hook(after, of: owner))
    }

    private func hook(_ hook: Policy.Hook?, of owner: String) throws -> Command? {
        try hook.map {
            Command(try ShellPipe.guarded($0.command, of: "a hook of \(owner)"), timeout: $0.timeout, workingDirectory: directory)
        }
    }

    /// The path that the record names: one that means the same from everywhere. One that is not there is left as it is.
    private func absolute(_ path: String) -> String { Directory.resolved(path) ?? path }
}
