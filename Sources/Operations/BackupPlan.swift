import Age
import Archiver
import Commands
import Core
import FileTree
import GitHistory
import Kubernetes
import Manifests
import Tarball
import Vault

/// Makes of a request's datasets what is stored: manifests become two, and all stand in the order of the tree.
struct DataSources {
    private let request: BackupRequest
    private let history: ManifestHistory
    /// Of the policy, in the cache.
    private let folder: String
    private let progress: Progress
    private let cancellation: Cancellation
    private let nights: Nights

    init(
        _ request: BackupRequest, nights: Nights, history: ManifestHistory, folder: String, progress: Progress, cancellation: Cancellation
    ) {
        self.nights = nights
        self.progress = progress
        self.request = request
        self.history = history
        self.folder = folder
        self.cancellation = cancellation
    }

    /// Reads and commits the manifests; a dataset that cannot be captured is named in the report and left out.
    ///
    /// - Parameter join: joins the history with those of remotes that have gone another way.
    func resolve(
        _ report: inout BackupReport, join: ([String], inout Findings) throws -> Void
    ) throws -> (sources: [DataSource], commit: String?) {
        var sources: [DataSource] = []
        var commit: String?
        for dataset in request.datasets {
            switch dataset.source {
            case .directory(let directory):
                sources.append(source(dataset, from: directory.path, .directory(directory)))
            case .command(let command, let file):
                sources.append(source(dataset, from: "`\(command.text)`", .command(command, file: file)))
            case .manifests(let manifests):
                commit = try capture(manifests, into: &sources, &report, join)
            }
        }
        return (sources.sorted { Array($0.name.utf8).lexicographicallyPrecedes(Array($1.name.utf8)) }, commit)
    }

    private func source(_ dataset: BackupRequest.Dataset, from origin: String, _ content: DataSource.Content) -> DataSource {
        var source = DataSource(dataset.name, from: origin, content)
        (source.before, source.after, source.expect) = (dataset.before, dataset.after, dataset.expect)
        source.readsAll = readsAll(source)
        return source
    }

    /// Whether this is a night for reading everything, whatever the times say.
    private func readsAll(_ source: DataSource) -> Bool {
        guard case .directory(let directory) = source.content, case .content(let every) = directory.change else { return false }
        let last = nights.dataset(source.name, from: source.origin).prefix(every - 1)
        return !last.contains { $0.readsAll == true && $0.outcome != .failed }
    }

    /// The manifests as plain files and their history, both as datasets; returns the commit that holds them.
    private func capture(
        _ manifests: ManifestsRequest, into sources: inout [DataSource], _ report: inout BackupReport,
        _ join: ([String], inout Findings) throws -> Void
    ) throws -> String? {
        let capture = ManifestCapture(manifests, history: history, folder: folder, progress: progress, cancellation: cancellation)
        var captured: CapturedManifests?
        do {
            // First, since today's manifests may be unreadable: what was committed before is worth as much as ever.
            if !request.isDryRun { try history.fetch(&report.findings) }
            if request.isDryRun {
                try capture.count(&report.findings)
                return nil
            }
            if manifests.diverged == .merge, history.hasCommits { try join(manifests.remotes, &report.findings) }
            captured = try capture.run(&report.findings)
        } catch {
            guard error is ManifestError || error is GitError || error is ClusterError || error is AgeError || error is SystemError else {
                throw error
            }
            // What cannot be read has lost nothing: the next restore of `latest` finds what the last one would have.
            if error is ClusterError || error is ManifestError { captured = try? capture.kept() }
            let kept = captured == nil ? "" : " — all objects are kept as they were in the last snapshot"
            report.problem(ReservedNames.manifests, "\(error)\(kept)")
            if captured == nil { report.datasets.append(.failed(ReservedNames.manifests, from: manifests.origin)) }
        }
        if let captured {
            report.manifestChanges = captured.changes
            try add(captured, from: manifests, to: &sources, &report)
        }
        if history.hasCommits {
            let content = DataSource.Content.directory(DirectorySource(path: history.path))
            sources.append(DataSource(ReservedNames.history, from: "git history of \(manifests.origin)", content))
        }
        return captured?.commit?.id.hex
    }

    private func add(
        _ captured: CapturedManifests, from manifests: ManifestsRequest, to sources: inout [DataSource], _ report: inout BackupReport
    ) throws {
        let claims = request.datasets.flatMap(\.claims) + request.unprotected
        report.unprotectedClaims = ClaimCoverage(claims).missing(among: captured.files.map(\.path.description))
        if !report.unprotectedClaims.isEmpty {
            let sentence = UnprotectedClaims.sentence(report.unprotectedClaims, "this backup")
            report.findings.warn("\(sentence). They come back empty: \(UnprotectedClaims.advice)")
        }
        var source = DataSource(ReservedNames.manifests, from: manifests.origin, .files(try captured.fileSet(of: history.path)))
        // Of what is only kept as it was, nothing is expected.
        if captured.changes != nil { source.expect = Expectation() }
        sources.append(source)
    }
}
