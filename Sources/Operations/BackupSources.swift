import Age
import Core
import FileTree
import GitHistory
import Kubernetes
import Tarball
import Vault

/// Makes of a request's datasets what is stored: manifests become two, and all stand in the order of the tree.
struct BackupSources {
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
        _ report: inout BackupReport, join: ([String]) throws -> [String]
    ) throws -> (sources: [BackupSource], commit: String?) {
        var sources: [BackupSource] = []
        var commit: String?
        for dataset in request.datasets {
            switch dataset.source {
            case .directory(let directory):
                sources.append(
                    BackupSource(
                        name: dataset.name, origin: directory.path, content: .directory(directory), before: dataset.before,
                        after: dataset.after, expect: dataset.expect, readsAll: readsAll(dataset.name, directory)))
            case .command(let command, let file):
                sources.append(
                    BackupSource(
                        name: dataset.name, origin: "`\(command.text)`", content: .command(command, file: file), before: dataset.before,
                        after: dataset.after, expect: dataset.expect))
            case .manifests(let manifests):
                commit = try capture(manifests, into: &sources, &report, join)
            }
        }
        return (sources.sorted { Array($0.name.utf8).lexicographicallyPrecedes(Array($1.name.utf8)) }, commit)
    }

    /// Whether this is a night for reading everything, whatever the times say.
    private func readsAll(_ name: String, _ source: BackupRequest.DirectorySource) -> Bool {
        guard case .content(let every) = source.change else { return false }
        let last = nights.dataset(name, from: source.path).prefix(every - 1)
        return !last.contains { $0.readsAll == true && $0.outcome != .failed }
    }

    /// The manifests as plain files and their history, both as datasets; returns the commit that holds them.
    private func capture(
        _ manifests: ManifestsRequest, into sources: inout [BackupSource], _ report: inout BackupReport,
        _ join: ([String]) throws -> [String]
    ) throws -> String? {
        let capture = ManifestCapture(manifests, history: history, folder: folder, progress: progress, cancellation: cancellation)
        var commit: LogEntry?
        do {
            // First, since today's manifests may be unreadable: what was committed before is worth as much as ever.
            if !request.isDryRun { try history.fetch(&report) }
            if request.isDryRun {
                try capture.count(&report)
                return nil
            }
            if manifests.diverged == .merge, history.hasCommits { for note in try join(manifests.remotes) { report.note(note) } }
            let captured = try capture.run(&report)
            commit = captured.commit
            report.unprotectedClaims = ClaimCoverage(request).missing(among: captured.files.map(\.path.description))
            sources.append(
                BackupSource(
                    name: ManifestHistory.filesName, origin: manifests.origin, content: .manifests(captured, repository: history.path),
                    expect: Expectation()))
        } catch {
            guard error is ManifestError || error is GitError || error is ClusterError || error is AgeError || error is SystemError else {
                throw error
            }
            if error is ClusterError || error is ManifestError, let kept = try? capture.kept() {
                // What cannot be read has lost nothing: the next restore of `latest` finds what the last one would have.
                report.problem(ManifestHistory.filesName, "\(error) — all objects are kept as they were in the last snapshot")
                commit = kept.commit
                report.unprotectedClaims = ClaimCoverage(request).missing(among: kept.files.map(\.path.description))
                sources.append(
                    BackupSource(
                        name: ManifestHistory.filesName, origin: manifests.origin, content: .manifests(kept, repository: history.path)))
            } else {
                report.fail(SnapshotRecord.Dataset(name: ManifestHistory.filesName, source: manifests.origin), "\(error)")
            }
        }
        if !report.unprotectedClaims.isEmpty {
            let sentence = UnprotectedClaims.sentence(report.unprotectedClaims, "this backup")
            report.note("warning: \(sentence). They come back empty: \(UnprotectedClaims.advice)")
        }
        if history.hasCommits {
            let source = BackupRequest.DirectorySource(path: history.path)
            sources.append(
                BackupSource(
                    name: ManifestHistory.repositoryName, origin: "git history of \(manifests.origin)", content: .directory(source)))
        }
        return commit?.id.hex
    }
}
