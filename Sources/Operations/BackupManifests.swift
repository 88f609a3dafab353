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

/// The manifests of a backup: read from where they are, committed to their history, and both handed over as datasets.
struct BackupManifests {
    struct Captured {
        var sources: [DataSource] = []
        /// The commit that holds them.
        var commit: String?
    }

    private let request: BackupRequest
    private let history: ManifestHistory
    private let progress: Progress
    private let cancellation: Cancellation

    init(_ request: BackupRequest, history: ManifestHistory, progress: Progress, cancellation: Cancellation) {
        (self.request, self.history, self.progress, self.cancellation) = (request, history, progress, cancellation)
    }

    /// Objects that cannot be captured are named in the report and left out.
    ///
    /// - Parameter join: joins the history with those of remotes that have gone another way.
    func run(_ report: inout BackupReport, join: ([String], inout Findings) throws -> Void) throws -> Captured {
        var all = Captured()
        for case .manifests(let manifests) in request.datasets.map(\.source) {
            let captured = try capture(manifests, into: &all.sources, &report, join)
            all.commit = captured
        }
        return all
    }

    private func capture(
        _ manifests: ManifestsRequest, into sources: inout [DataSource], _ report: inout BackupReport,
        _ join: ([String], inout Findings) throws -> Void
    ) throws -> String? {
        let capture = ManifestCapture(manifests, history: history, progress: progress, cancellation: cancellation)
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
