import GitHistory
import Glibc
import Vault

/// Pushes the history of the manifests to the policy's remotes.
struct HistoryPush {
    /// libgit2 waits for a silent server without end.
    private static let timeout = Duration.seconds(300)

    let repository: String
    let environment: [String: String]
    let cancellation: Cancellation

    /// Every remote is tried; what fails is named in the report, and caught up by the next run.
    func run(_ remotes: [String], _ report: inout BackupReport) throws {
        for remote in remotes {
            do { try push(to: remote) } catch let error as GitError {
                report.problem(
                    ManifestHistory.repositoryName, "\(error) The snapshot has the history; the next backup pushes what this remote lacks.")
            }
        }
    }

    private func push(to remote: String) throws {
        let result = Monitor<Result<Void, any Error>?>(nil)
        let credentials = GitCredentials(
            username: environment["REKINDLE_GIT_USERNAME"], password: environment["REKINDLE_GIT_PASSWORD"], home: environment["HOME"])
        let repository = repository
        // A thread of its own, which is left behind if it never ends.
        _ = try Crew.start {
            let outcome = Result<Void, any Error> {
                try GitRepository(bareAt: repository, create: false).push(to: remote, credentials: credentials)
            }
            result.update { $0 = outcome }
        }
        let deadline = ContinuousClock.now + Self.timeout
        while true {
            if let outcome = result.withLock({ $0 }) { return try outcome.get() }
            try cancellation.check()
            guard ContinuousClock.now < deadline else {
                throw GitError(what: "push to", place: GitRepository.withoutPassword(remote), why: "it did not end within \(Self.timeout)")
            }
            usleep(20_000)
        }
    }
}
