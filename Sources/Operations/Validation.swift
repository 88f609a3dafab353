public import PhotonicCore
public import Vault

/// What proves a restore: the policy's list, run over what was restored.
public struct Validation: Sendable {
    public enum Step: Sendable, Equatable {
        /// The self-tests: the device physics, then the data of a dataset.
        case photonicCore(dataset: String)
        /// A program that must end with 0. It finds the restored directory in REKINDLE_TARGET.
        case command(Command)
        /// An address that must answer with a status.
        case http(HealthCheck)
    }

    /// What one step found.
    public struct Result: Sendable {
        public let name: String
        public let passed: Bool
        /// The single checks, where a step has them.
        public let checks: [CheckResult]
        /// Why it failed, or what it came to.
        public let summary: String
        public let durationMilliseconds: Int64
    }

    private let steps: [Step]
    private let cancellation: Cancellation

    public init(_ steps: [Step], cancellation: Cancellation) {
        self.steps = steps
        self.cancellation = cancellation
    }

    /// Runs every step, also after one that failed: the operator wants to know all of it.
    ///
    /// - Parameter directory: where a dataset was restored to; nil if it was not.
    public func run(target: String, directory: (String) -> String?) throws -> [Result] {
        try steps.map { step in
            try cancellation.check()
            let clock = ContinuousClock.now
            let (name, passed, checks, summary) = try run(step, target, directory)
            return Result(
                name: name, passed: passed, checks: checks, summary: summary, durationMilliseconds: clock.duration(to: .now).milliseconds)
        }
    }

    private func run(
        _ step: Step, _ target: String, _ directory: (String) -> String?
    ) throws -> (name: String, passed: Bool, checks: [CheckResult], summary: String) {
        switch step {
        case .photonicCore(let dataset):
            let name = "photonic-core (\(dataset))"
            guard let path = directory(dataset) else { return (name, false, [], "the dataset \(dataset) was not restored") }
            let checks = SelfTest.deviceChecks() + SelfTest.dataChecks(directory: path)
            let failed = checks.count { !$0.passed }
            return (name, failed == 0, checks, failed == 0 ? "\(checks.count) checks passed" : "\(failed) of \(checks.count) checks failed")
        case .http(let check):
            let failure = try check.run(cancellation: cancellation)
            return (check.url, failure == nil, [], failure ?? "answered \(check.status)")
        case .command(let command):
            do {
                try command.run(environment: ["REKINDLE_TARGET": target], cancellation: cancellation)
                return ("`\(command.text)`", true, [], "ended with status 0")
            } catch let error as VaultError where error.code == .failed {
                return ("`\(command.text)`", false, [], error.message)
            }
        }
    }
}
