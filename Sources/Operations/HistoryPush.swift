import GitHistory
import Glibc
import Vault

/// Pushes the history of the manifests to the policy's remotes.
struct HistoryPush {
    /// libgit2 waits for a silent server without end.
    private static let silence = Duration.seconds(300)

    private struct State {
        var result: Result<String?, any Error>?
        var moved = ContinuousClock.now
    }

    let repository: String
    let environment: [String: String]
    let cancellation: Cancellation

    /// Every remote is tried; what fails is named in the report, and caught up by the next run.
    func run(_ remotes: [String], _ report: inout BackupReport) throws {
        for remote in remotes {
            do { if let warning = try push(to: remote) { report.note("warning: \(warning)") } } catch let error as GitError {
                try cancellation.check()
                let hint = remote.hasPrefix("http") ? "A password comes from REKINDLE_GIT_USERNAME and REKINDLE_GIT_PASSWORD. " : ""
                report.problem(
                    ManifestHistory.repositoryName,
                    "\(error) \(hint)The snapshot has the history; the next backup pushes what this remote lacks.")
            }
        }
    }

    private func push(to remote: String) throws -> String? {
        let state = Monitor(State())
        let (repository, cancellation, access) = (repository, cancellation, access)
        // A thread of its own, which is left behind if it never ends.
        _ = try Crew.start {
            let outcome = Result<String?, any Error> {
                try GitRepository(bareAt: repository, create: false).push(to: remote, access: access) {
                    state.withLock { $0.moved = .now }
                    return !cancellation.isCancelled
                }
            }
            state.update { $0.result = outcome }
        }
        while true {
            let (result, moved) = state.withLock { ($0.result, $0.moved) }
            if let result { return try result.get() }
            try cancellation.check()
            guard ContinuousClock.now < moved + Self.silence else {
                throw GitError(
                    what: "push to", place: GitRepository.withoutPassword(remote), why: "nothing moved for \(Self.silence)")
            }
            usleep(20_000)
        }
    }

    private var access: GitRemoteAccess {
        var access = GitRemoteAccess()
        access.username = environment["REKINDLE_GIT_USERNAME"]
        access.password = environment["REKINDLE_GIT_PASSWORD"]
        access.certificates = ["GIT_SSL_CAINFO", "SSL_CERT_FILE"].compactMap { environment[$0] }.first { !$0.isEmpty }
        access.home = environment["HOME"]
        return access
    }
}
