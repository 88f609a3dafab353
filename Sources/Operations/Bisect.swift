public import Core
import PhotonicCore
public import Proof
import Restorer
import Tarball
public import Vault

/// Finds the first snapshot whose validation fails, by halving.
public struct Bisect {
    public struct Request: Sendable {
        public var policy: String?
        /// And of this host.
        public var host = HostChoice.any
        /// A snapshot that is known to be good, and a later one that is bad.
        public var good: String
        public var bad: String
        public var steps: [Validation.Step]
        /// What tells good from bad: how the data responded when it was backed up, in place of validations.
        public var byResponses = false
        /// Of these, one alone.
        public var response: String?
        /// Where snapshots are restored to, one after the other.
        public var scratch: String

        public init(good: String, bad: String, steps: [Validation.Step], scratch: String) {
            self.good = good
            self.bad = bad
            self.steps = steps
            self.scratch = scratch
        }
    }

    /// One snapshot that was looked at.
    public struct Trial: Sendable, Encodable {
        /// What was restored and validated.
        public let snapshot: Snapshot
        /// Whether all validations passed.
        public let passed: Bool
        /// Why it did not pass.
        public let reasons: [String]
        /// The checks that failed, and the last lines of programs that did.
        public let details: [String]
    }

    public struct Report: Sendable, Encodable {
        /// In the order in which they were tried.
        public let trials: [Trial]
        /// The newest that passed.
        public let lastGood: Snapshot
        /// The oldest that did not.
        public let firstBad: Snapshot
        /// Why the first bad one did not pass.
        public let reasons: [String]
        /// How the data responds otherwise than in the good snapshot, each with the night in which that began; empty where validations told.
        public let responses: [ResponseSearch.Found]
    }

    private let request: Request
    private let repository: Repository
    private let progress: Progress
    private let cancellation: Cancellation

    public init(_ request: Request, in repository: Repository, progress: Progress, cancellation: Cancellation) {
        self.request = request
        self.repository = repository
        self.progress = progress
        self.cancellation = cancellation
    }

    /// - Parameter tried: receives each snapshot when it has been looked at.
    public func run(tried: (Trial) -> Void = { _ in }) throws -> Report {
        let list = try repository.snapshots()
        let candidates = try chosen(list)
        if request.byResponses { return try search(candidates) }
        var trials: [Trial] = []
        func look(at index: Int) throws -> Trial {
            let trial = try self.trial(of: candidates[index])
            trials.append(trial)
            tried(trial)
            return trial
        }
        // Both ends are looked at: what is said of them may be wrong, and then so would be the answer.
        let first = try look(at: 0)
        guard first.passed else { throw wrong("good", first, "does not pass: \(first.reasons.first ?? "")") }
        var bad = try look(at: candidates.count - 1)
        // What no validation sees may show in what was recorded.
        guard !bad.passed else { return try search(candidates, trials) }
        var (low, high) = (0, candidates.count - 1)
        while high - low > 1 {
            let middle = low + (high - low) / 2
            let trial = try look(at: middle)
            if trial.passed {
                low = middle
            } else {
                high = middle
                bad = trial
            }
        }
        return Report(trials: trials, lastGood: candidates[low], firstBad: candidates[high], reasons: bad.reasons, responses: [])
    }

    /// The snapshots from the good one to the bad one, of the same policy.
    private func chosen(_ list: SnapshotList) throws -> [Snapshot] {
        let good = try repository.choose(SnapshotChoice(request.good, policy: request.policy, host: request.host), in: list)
        let bad = try repository.choose(SnapshotChoice(request.bad, policy: request.policy, host: request.host), in: list)
        guard good.record.policy == bad.record.policy else {
            throw Failure(.usage, "snapshots \(good.shortID) and \(bad.shortID) are of different policies")
        }
        // Two hosts with one policy have two histories.
        let own = list.snapshots.filter {
            $0.record.policy == good.record.policy && (good.record.host != bad.record.host || $0.record.host == good.record.host)
        }
        guard let from = own.firstIndex(where: { $0.id == good.id }), let to = own.firstIndex(where: { $0.id == bad.id }), from < to else {
            throw Failure(.usage, "the good snapshot \(good.shortID) is not older than the bad one, \(bad.shortID)")
        }
        return Array(own[from...to])
    }

    private func trial(of snapshot: Snapshot) throws -> Trial {
        var drill = Drill.Request(snapshot: snapshot.id.hex, steps: request.steps, scratch: request.scratch)
        drill.policy = request.policy
        let report = try Drill(drill, in: repository, progress: progress, cancellation: cancellation).rehearse()
        // A snapshot that cannot be restored says nothing about its data.
        guard report.restore.isComplete, report.leftBehind == nil else {
            throw Failure(
                .failed,
                "the snapshot \(snapshot.shortID) could not be looked at: \(report.evidence.failures.first ?? "it was not restored whole")")
        }
        if let unsure = report.results.first(where: { $0.verdict == .notVerified && $0.isRequired }) {
            throw Failure(
                .failed, "the snapshot \(snapshot.shortID) could not be looked at: \(unsure.name) could not verify it: \(unsure.summary)")
        }
        guard report.results.contains(where: { $0.verdict == .passed || $0.verdict == .failed }) else {
            throw Failure(.usage, "none of the policy's validations can run over files alone, so nothing can be told good from bad")
        }
        let failed = report.results.filter(\.failed)
        return Trial(
            snapshot: snapshot, passed: failed.isEmpty, reasons: failed.map { "\($0.name): \($0.summary)" },
            details: failed.flatMap { result in
                result.checks.filter { !$0.passed }.prefix(Self.checksMax).map { "\($0.name): \($0.sentence)" }
                    + result.output.suffix(Self.linesMax)
            })
    }

    private static let checksMax = 5
    private static let linesMax = 5

    private func search(_ candidates: [Snapshot], _ trials: [Trial] = []) throws -> Report {
        let found = try ResponseSearch(repository: repository, response: request.response, cancellation: cancellation).run(candidates)
        guard let first = found.first else {
            let bad = candidates[candidates.count - 1]
            throw Failure(
                .usage,
                trials.isEmpty
                    ? "nothing responds otherwise in the snapshot \(bad.shortID) than in the good one"
                    : "the snapshot \(bad.shortID), given as bad, passes, and nothing in it responds otherwise than in the good one",
                hint: "Give a bad one with --bad; `rekindle drill SNAPSHOT` tells.")
        }
        return Report(
            trials: trials, lastGood: first.lastGood, firstBad: first.firstBad,
            reasons: found.filter { $0.firstBad.id == first.firstBad.id }.map { "\($0.change.name): \($0.change.note)" }, responses: found)
    }

    private func wrong(_ word: String, _ trial: Trial, _ why: String) -> Failure {
        Failure(
            .usage, "the snapshot \(trial.snapshot.shortID), given as \(word), \(why)",
            hint: "Give one that is \(word) with --\(word); `rekindle drill SNAPSHOT` tells.")
    }
}
