import Core
import GitHistory
import Glibc
import Vault

/// What became of pushing the history of the manifests: written into the vault when something failed, and once more when it is well again.
struct PushEvidence: Codable {
    struct Remote: Codable {
        /// Without a password.
        let remote: String
        /// nil where it has the history.
        let problem: String?
        /// Whether the remote has commits that the history has not.
        let hasDiverged: Bool
    }

    private(set) var version = 1
    let time: Timestamp
    let policy: String?
    let remotes: [Remote]

    var failed: [Remote] { remotes.filter { $0.problem != nil } }
}

/// Pushes the history of the manifests to the policy's remotes.
struct HistoryPush {
    /// libgit2 waits for a silent server without end.
    private static let silence = Duration.seconds(300)

    private struct State {
        var result: Result<String?, any Error>?
        var moved = ContinuousClock.now
    }

    let repository: String
    let policy: String?
    let environment: [String: String]
    let cancellation: Cancellation

    /// Every remote is tried; what fails is named in the report.
    func run(_ manifests: ManifestsRequest, _ report: inout BackupReport) throws -> PushEvidence {
        var remotes: [PushEvidence.Remote] = []
        for remote in manifests.remotes {
            let shown = GitRepository.withoutPassword(remote)
            do {
                if let warning = try push(to: remote) { report.note("warning: \(warning)") }
                remotes.append(.init(remote: shown, problem: nil, hasDiverged: false))
            } catch let error as GitError {
                try cancellation.check()
                let problem = try aside(remote, manifests.diverged, error, &report)
                remotes.append(.init(remote: shown, problem: problem, hasDiverged: error.hasDiverged))
                if let problem { report.problem(ManifestHistory.repositoryName, problem) }
            }
        }
        return PushEvidence(time: .now(), policy: policy, remotes: remotes)
    }

    /// Deals with a push that failed; nil where the remote has the history all the same.
    private func aside(
        _ remote: String, _ diverged: ManifestsRequest.Diverged, _ error: GitError, _ report: inout BackupReport
    ) throws -> String? {
        guard error.hasDiverged else {
            let hint = remote.hasPrefix("http") ? "A password comes from REKINDLE_GIT_USERNAME and REKINDLE_GIT_PASSWORD. " : ""
            return "\(error) \(hint)The snapshot has the history; the next backup pushes what this remote lacks."
        }
        let shown = GitRepository.withoutPassword(remote)
        let what = "\(shown) has commits that this history has not"
        switch diverged {
        case .branch:
            do {
                _ = try push(to: remote, as: branch)
                report.note("\(what): it has gone to the branch \(branch) there")
                return nil
            } catch let error as GitError {
                return "\(what), and the branch \(branch) could not take it: \(error) The snapshot has the history."
            }
        case .merge: return "\(what). The snapshot has the history; the next backup joins the two, as the policy says."
        case .refuse:
            return
                "\(what), and no push will change that. The snapshot has the history. Make the remote an empty repository again, or write "
                + "`push: branch` (beside what is there) or `push: merge` (joined with it) under `manifests` in the policy."
        }
    }

    private var branch: String { "rekindle/\(policy ?? "default")" }

    private func push(to remote: String, as branch: String? = nil) throws -> String? {
        let access = access
        return try watched("push to", remote) { repository, goesOn in
            try repository.push(to: remote, as: branch, access: access, progress: goesOn)
        }
    }

    /// Joins the history with that of each remote, where they were found to differ last time. Returns what was done, in sentences.
    func join(_ remotes: [String], after last: PushEvidence?) throws -> [String] {
        let diverged = Set((last?.remotes ?? []).filter(\.hasDiverged).map(\.remote))
        let access = access
        return try remotes.filter { diverged.contains(GitRepository.withoutPassword($0)) }.compactMap { remote in
            let shown = GitRepository.withoutPassword(remote)
            do {
                let joined = try watched("fetch from", remote) { repository, goesOn in
                    try repository.join(
                        remote, author: ManifestHistory.author, time: Timestamp.now().milliseconds / 1000, access: access, progress: goesOn
                    )
                    .map { String($0.hex.prefix(10)) }
                }
                return joined.map { "the history was joined with the other one of \(shown), in the commit \($0)" }
            } catch let error as GitError {
                return "warning: the history could not be joined with that of \(shown): \(error)"
            }
        }
    }

    /// On a thread of its own, which is left behind if it never ends.
    private func watched(
        _ what: String, _ remote: String, _ body: @escaping @Sendable (GitRepository, @escaping @Sendable () -> Bool) throws -> String?
    ) throws -> String? {
        let state = Monitor(State())
        let (path, cancellation) = (repository, cancellation)
        _ = try Crew.start {
            let outcome = Result<String?, any Error> {
                try body(try GitRepository(bareAt: path, create: false)) {
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
                throw GitError(what: what, place: GitRepository.withoutPassword(remote), why: "nothing moved for \(Self.silence)")
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

extension Vault {
    /// What became of the last pushes of a policy; nil where none was ever written down.
    func lastPush(of policy: String?) throws -> PushEvidence? {
        for record in try evidence(of: [.push]).records.reversed() {
            let push = try record.decode(PushEvidence.self)
            if push.policy == policy { return push }
        }
        return nil
    }
}
