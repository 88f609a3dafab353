public import Commands
public import Core
import FoundationEssentials
import Glibc
public import PhotonicCore
public import Vault

/// What proves a restore: the policy's list, run over what was restored.
public struct Validation: Sendable {
    public struct Step: Sendable {
        public enum Check: Sendable {
            /// The self-tests: the device physics, then a suite over the data of a dataset, then its responses against the recorded ones.
            case photonicCore(dataset: String, suite: Suite)
            /// A program that must end with 0. It runs in the restored directory, which it finds in REKINDLE_TARGET as well; where each dataset
            /// went back to its own place there is none, and it runs beside the policy. What namespaces are called now it finds in
            /// REKINDLE_NAMESPACES, as "old=new old=new".
            case command(Command)
            /// An address that must answer as it should.
            case http(HealthCheck)
            /// What runs in the cluster that was restored into.
            case kubernetes(ClusterCheck)
            /// A step whose suite or manifest cannot be read; with a dataset, its self-tests.
            case unusable(name: String, dataset: String?, reason: String)
        }

        public let check: Check

        /// The dataset that the step looks at, where it is one.
        package var dataset: String? {
            switch check {
            case .photonicCore(let dataset, _): dataset
            case .unusable(_, let dataset, _): dataset
            case .command, .http, .kubernetes: nil
            }
        }

        /// nil: as long as it takes. An address is asked until then.
        public let timeout: Duration?
        /// How often it is tried again when it fails.
        public let retries: Int

        public init(_ check: Check, timeout: Duration? = nil, retries: Int = 0) {
            self.check = check
            self.timeout = timeout
            self.retries = retries
        }
    }

    public enum Verdict: String, Sendable, Codable {
        case passed
        case failed
        /// The thing that the step examines was not restored.
        case notRun = "not run"
    }

    /// What one step found.
    public struct Result: Sendable, Encodable {
        /// What was run.
        public let name: String
        /// What it came to.
        public let verdict: Verdict
        /// The single checks, where a step has them.
        public let checks: [CheckResult]
        /// Why it failed, or what it came to.
        public let summary: String
        /// The last lines that a program printed.
        public let output: [String]
        /// How often it was tried.
        public let attempts: Int
        /// Of all attempts.
        public let durationMilliseconds: Int64

        public var failed: Bool { verdict == .failed }

        /// Of a step whose time never came.
        public init(notRun step: Step, _ reason: String) {
            self.init(
                name: step.name, verdict: .notRun, checks: [], summary: reason, output: [], attempts: 0, durationMilliseconds: 0)
        }

        package init(
            name: String, verdict: Verdict, checks: [CheckResult], summary: String, output: [String], attempts: Int,
            durationMilliseconds: Int64
        ) {
            (self.name, self.verdict, self.checks, self.summary) = (name, verdict, checks, summary)
            (self.output, self.attempts, self.durationMilliseconds) = (output, attempts, durationMilliseconds)
        }
    }

    /// The restored data that is validated.
    public struct Subject {
        /// Where a dataset was restored to; nil if it was not. The whole is nil where no files were restored at all.
        package let directory: ((String) -> String?)?
        /// nil where nothing was restored into a cluster.
        package let cluster: ClusterCheck.Place?
        /// The directory that the datasets are in; nil where each went back to its own place.
        package let target: String?
        /// nil where nothing of a snapshot was restored.
        package let snapshot: SnapshotView?
        /// Whether only some of the files were chosen.
        package let isPart: Bool
        /// Whether it is a copy beside the living, as in a drill: no address leads to it.
        package var isCopy = false

        public init(
            target: String? = nil, snapshot: SnapshotView? = nil, cluster: ClusterCheck.Place? = nil, isPart: Bool = false,
            directory: ((String) -> String?)?
        ) {
            self.directory = directory
            self.isPart = isPart
            self.cluster = cluster
            // Programs run in it, where a relative path would mean another place.
            self.target = target.map { URL(fileURLWithPath: $0).standardizedFileURL.path }
            self.snapshot = snapshot
        }

        /// Why a step would look at something else than what was restored; nil where it can look at that. Each step looks at one thing.
        fileprivate func lacks(for check: Step.Check) -> String? {
            switch check {
            case .photonicCore, .command: directory == nil ? "no files were restored" : isPart ? check.needsAll : nil
            case .http: isCopy ? "its address leads to the live application, and not to what a drill has restored" : nil
            case .kubernetes(let check):
                cluster.map { check.absent(from: $0) } ?? "nothing was restored into a cluster"
            case .unusable: nil
            }
        }
    }

    /// What one attempt came to.
    private struct Outcome {
        var verdict: Verdict
        var summary: String
        var checks: [CheckResult] = []
        var output: [String] = []
        /// To try again would only be another one beside it.
        var isFinal = false

        init(passed: Bool, summary: String, checks: [CheckResult] = [], output: [String] = [], isFinal: Bool = false) {
            verdict = passed ? .passed : .failed
            (self.summary, self.checks, self.output, self.isFinal) = (summary, checks, output, isFinal)
        }

        init(notRun reason: String) {
            verdict = .notRun
            summary = reason
        }
    }

    private static let pause = Duration.seconds(1)

    private let steps: [Step]
    private let progress: Progress
    private let cancellation: Cancellation

    public init(_ steps: [Step], progress: Progress = Progress(), cancellation: Cancellation) {
        self.steps = steps
        self.progress = progress
        self.cancellation = cancellation
    }

    /// Runs every step, also after one that failed: the operator wants to know all of it.
    public func run(_ subject: Subject) throws -> [Result] { try steps.map { try run($0, subject) } }

    private func run(_ step: Step, _ subject: Subject) throws -> Result {
        let clock = ContinuousClock.now
        progress.begin("validate: \(step.name)", objectsTotal: 0)
        var attempt = 1
        var outcome = try attemptOnce(step, subject)
        while outcome.verdict == .failed, !outcome.isFinal, attempt <= step.retries {
            try Tasks.wait(cancellation) { try await Task.sleep(for: Self.pause) }
            attempt += 1
            outcome = try attemptOnce(step, subject)
        }
        let tries = attempt > 1 ? ", after \(attempt) attempts" : ""
        return Result(
            name: step.name, verdict: outcome.verdict, checks: outcome.checks, summary: outcome.summary + tries, output: outcome.output,
            attempts: attempt, durationMilliseconds: clock.duration(to: .now).milliseconds)
    }

    private func attemptOnce(_ step: Step, _ subject: Subject) throws -> Outcome {
        try cancellation.check()
        if let reason = subject.lacks(for: step.check) { return Outcome(notRun: reason) }
        switch step.check {
        case .photonicCore(let dataset, let suite): return try selfTest(dataset, suite, step.timeout, subject)
        case .unusable(_, _, let reason): return Outcome(passed: false, summary: "it cannot be run: \(reason)", isFinal: true)
        case .kubernetes(let check):
            guard let place = subject.cluster else { return Outcome(notRun: "nothing was restored into a cluster") }
            let found = try check.run(in: place, cancellation: cancellation)
            return Outcome(passed: found.passed, summary: found.summary, output: found.output)
        case .http(let check):
            let failure = try check.run(cancellation: cancellation)
            return Outcome(passed: failure == nil, summary: failure ?? "answered \(check.status)")
        case .command(let command):
            let place = Command(command.arguments, timeout: step.timeout, workingDirectory: subject.target ?? command.workingDirectory)
            var environment = ["REKINDLE_NAMESPACES": subject.cluster?.names ?? ""]
            environment["REKINDLE_TARGET"] = subject.target
            let (lines, failure) = try place.runKeepingOutput(
                under: .init(environment: environment, cancellation: cancellation))
            // The step's name says which.
            let summary = failure.map { $0.hasPrefix("\(step.name) ") ? String($0.dropFirst(step.name.count + 1)) : $0 }
            return Outcome(passed: failure == nil, summary: summary ?? "ended with status 0", output: lines)
        }
    }

    // MARK: Self-tests

    private func selfTest(_ dataset: String, _ suite: Suite, _ timeout: Duration?, _ subject: Subject) throws -> Outcome {
        guard let directory = subject.directory?(dataset) else {
            return Outcome(passed: false, summary: "the dataset \(dataset) was not restored")
        }
        guard let found = try Bounded.run(within: timeout, cancellation, { (SelfTest.deviceChecks(), suite.run(directory: directory)) })
        else {
            return Outcome(
                passed: false, summary: "did not end within \(timeout.map { "\($0)" } ?? "its time")", isFinal: true)
        }
        var checks = found.0 + found.1.checks
        var note = "no responses were recorded with the backup"
        var before = ""
        do {
            if let witness = try subject.snapshot?.witness(of: dataset) {
                if witness.failed > 0 { before = "; when it was backed up, \(witness.failed) failed already" }
                if let compared = witness.checks(against: found.1, of: suite) {
                    checks += compared
                    note = "\(compared.count.counted("response")) as recorded\(witness.isOf(suite) ? "" : " with an earlier suite")"
                } else {
                    note = "the recorded responses are of another version of the model, and say nothing"
                }
            }
        } catch let error as Failure where error.code == .damaged {
            // What proves the data is lost: nobody can say that it passed.
            return Outcome(passed: false, summary: "the recorded responses cannot be read: \(error.message)", checks: checks)
        }
        let failed = checks.count { !$0.passed }
        return Outcome(
            passed: failed == 0,
            summary: failed == 0
                ? "\(checks.count.counted("check")) passed, \(note)" : "\(failed) of \(checks.count.counted("check")) failed\(before)",
            checks: checks)
    }
}

extension Validation.Step.Check {
    /// Why a part of the files is not enough; nil where it is.
    fileprivate var needsAll: String? { if case .photonicCore = self { "only a part was restored" } else { nil } }
}

extension Validation.Step {
    package var name: String {
        switch check {
        case .photonicCore(let dataset, _): Self.selfTests(dataset)
        case .unusable(let name, _, _): name
        case .kubernetes(let check): Self.cluster(check.namespaces)
        case .http(let check): check.url
        case .command(let command): "`\(command.text)`"
        }
    }

    /// Name and fingerprint of the suite of self-tests; nil for other steps.
    package var suite: String? {
        if case .photonicCore(_, let suite) = check { "\(suite.name) \(suite.fingerprint)" } else { nil }
    }

    /// The names of steps, for people.
    public static func selfTests(_ dataset: String) -> String { "photonic-core (\(dataset))" }
    public static func cluster(_ namespaces: [String]) -> String { "kubernetes (\(namespaces.joined(separator: ", ")))" }
}
