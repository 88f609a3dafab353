package import Core
import GitHistory
import Glibc
import Vault

/// What became of pushing the history of the manifests: written into the vault when something failed, and once more when it is well again.
package struct PushEvidence: Codable {
    package struct Remote: Codable {
        /// Without a password.
        package let remote: String
        /// nil where it has the history.
        package let problem: String?
        /// Whether the remote has commits that the history has not.
        package let hasDiverged: Bool
    }

    private(set) var version = 1
    package let time: Timestamp
    package let policy: String?
    package let remotes: [Remote]

    package var failed: [Remote] { remotes.filter { $0.problem != nil } }
}

/// Pushes the history of the manifests to the policy's remotes.
package struct HistoryPush {
    /// libgit2 waits for a silent server without end.
    private static let silence = Duration.seconds(300)
    /// All remotes together: the night ends, however slow they are.
    private static let total = Duration.seconds(1800)

    private struct State {
        var result: Result<String?, any Error>?
        var moved = ContinuousClock.now
    }

    private let history: ManifestHistory
    private let policy: String?
    private let environment: [String: String]
    private let cancellation: Cancellation
    private let deadline = ContinuousClock.now + Self.total

    package init(_ history: ManifestHistory, policy: String?, environment: [String: String], cancellation: Cancellation) {
        (self.history, self.policy, self.environment, self.cancellation) = (history, policy, environment, cancellation)
    }

    /// Every remote is tried; what fails is named in the report.
    package func run(_ manifests: ManifestsRequest, _ findings: inout Findings) throws -> PushEvidence {
        var remotes: [PushEvidence.Remote] = []
        for remote in manifests.remotes {
            let shown = GitRepository.withoutPassword(remote)
            do {
                if let warning = try push(to: remote) { findings.warn("\(warning)") }
                remotes.append(.init(remote: shown, problem: nil, hasDiverged: false))
            } catch let error as GitError {
                try cancellation.check()
                let problem = try aside(remote, manifests.diverged, error, &findings)
                remotes.append(.init(remote: shown, problem: problem, hasDiverged: error.hasDiverged))
                if let problem { findings.problem(ReservedNames.history, problem) }
            }
        }
        return PushEvidence(time: .now(), policy: policy, remotes: remotes)
    }

    /// Deals with a push that failed; nil where the remote has the history all the same.
    private func aside(
        _ remote: String, _ diverged: ManifestsRequest.Diverged, _ error: GitError, _ findings: inout Findings
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
                findings.note("\(what): it has gone to the branch \(branch) there")
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

    /// Joins the history with that of each remote, where they were found to differ last time. What was done is noted.
    package func join(_ remotes: [String], after last: PushEvidence?, _ findings: inout Findings) throws {
        let diverged = Set((last?.remotes ?? []).filter(\.hasDiverged).map(\.remote))
        let access = access
        for remote in remotes where diverged.contains(GitRepository.withoutPassword(remote)) {
            let shown = GitRepository.withoutPassword(remote)
            do {
                let joined = try watched("fetch from", remote) { repository, goesOn in
                    try repository.join(
                        remote, author: ManifestHistory.author, time: Timestamp.now().milliseconds / 1000, access: access, progress: goesOn
                    )
                    .map { String($0.hex.prefix(10)) }
                }
                if let joined { findings.note("the history was joined with the other one of \(shown), in the commit \(joined)") }
            } catch let error as GitError {
                findings.warn("the history could not be joined with that of \(shown): \(error)")
            }
        }
    }

    /// On a thread of its own, which is left behind if it never ends.
    private func watched(
        _ what: String, _ remote: String, _ body: @escaping @Sendable (GitRepository, @escaping @Sendable () -> Bool) throws -> String?
    ) throws -> String? {
        let state = Monitor(State())
        let (path, cancellation) = (history.path, cancellation)
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
            let now = ContinuousClock.now
            if now > moved + Self.silence || now > deadline {
                let why = now > deadline ? "the pushes of one backup take more than \(Self.total)" : "nothing moved for \(Self.silence)"
                throw GitError(what: what, place: GitRepository.withoutPassword(remote), why: why)
            }
            try cancellation.pause(.milliseconds(20))
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
    package func lastPush(of policy: String?) throws -> PushEvidence? {
        var last: PushEvidence?
        _ = try eachEvidence(of: [.push]) { record in
            let push = try record.decode(PushEvidence.self)
            if push.policy == policy { last = push }
        }
        return last
    }
}
