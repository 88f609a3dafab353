import Core
public import PhotonicCore

extension Validation {
    /// What a step came to.
    public enum Verdict: String, Sendable, Codable {
        case passed
        case failed
        /// It was to look, and could not: what it was to prove is not proven, nor is it wrong.
        case notVerified = "could not verify"
        /// What it looks at was not restored.
        case notRun = "not run"
    }

    /// What one step found.
    public struct Result: Sendable, Encodable {
        /// What was run.
        public let name: String
        /// What it came to.
        public internal(set) var verdict: Verdict
        /// What it looks at; nil where nobody knows.
        public let looksAt: Object?
        /// Whether the policy demands it: one that could not verify is then as one that failed.
        public let isRequired: Bool
        /// The single checks, where a step has them.
        public let checks: [CheckResult]
        /// Why it failed, or what it came to.
        public internal(set) var summary: String
        /// The last lines that a program printed.
        public internal(set) var output: [String]
        /// How often it was tried.
        public let attempts: Int
        /// Of all attempts.
        public let durationMilliseconds: Int64

        public var failed: Bool { verdict == .failed }
        /// Whether nothing is proven because of it.
        public var isAgainst: Bool { verdict == .failed || verdict == .notVerified && isRequired }

        /// Of a step whose time never came.
        public init(notRun step: Step, _ reason: String) { self.init(of: step, Outcome(.notRun, reason), attempts: 0, took: .zero) }

        init(of step: Step, _ outcome: Outcome, attempts: Int, took: Duration) {
            name = step.name
            (looksAt, isRequired) = (step.object, step.isRequired)
            (verdict, checks, summary, output) = (outcome.verdict, outcome.checks, outcome.summary, outcome.output)
            (self.attempts, durationMilliseconds) = (attempts, took.milliseconds)
        }
    }

    /// What one attempt came to.
    struct Outcome {
        var verdict: Verdict
        var summary: String
        var checks: [CheckResult] = []
        var output: [String] = []
        /// To try again would only be another one beside it.
        var isFinal = false

        init(_ verdict: Verdict, _ summary: String, checks: [CheckResult] = [], output: [String] = [], isFinal: Bool = false) {
            (self.verdict, self.summary, self.checks, self.output, self.isFinal) = (verdict, summary, checks, output, isFinal)
        }
    }
}

extension [Validation.Result] {
    /// Whether one is against it, or none could look at what it was to look at.
    package var provesNothing: Bool {
        contains(where: \.isAgainst) || contains { $0.verdict == .notVerified } && !contains { $0.verdict == .passed }
    }

    /// Why nothing is proven by them, in sentences; empty where they prove it, and where there are none.
    package var lack: [String] {
        let against = filter(\.isAgainst).map { result in
            "\(result.name): \(result.verdict == .notVerified ? "could not verify: " : "")\(result.summary)"
        }
        if isEmpty || !against.isEmpty || contains(where: { $0.verdict == .passed }) { return against }
        return [
            allSatisfy { $0.verdict == .notRun } ? "none of the validations could run" : "none of the validations could verify anything"
        ]
    }
}
