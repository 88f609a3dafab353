import Commands
import Core
import PhotonicCore
import Vault

extension Validation {
    /// What a program of the operator's says of restored data, against what it said when that was backed up.
    struct RespondStep {
        let check: RespondCheck
        /// Of the dataset.
        let directory: String
        let timeout: Duration?

        /// Asks over what was restored.
        func run(_ conditions: Command.Conditions, with snapshot: SnapshotView?) throws -> Outcome {
            let given = try check.ask(in: directory, timeout: timeout, conditions)
            if let failure = given.failure {
                return .init(given.couldLook ? .failed : .notVerified, failure, output: given.lines)
            }
            let recorded: [CheckResult]?
            do {
                recorded = try snapshot?.witness(of: check.dataset).flatMap { $0.checks(against: given.responses, of: check.responses) }
            } catch let error as Failure where error.code == .damaged {
                return .init(.failed, "the recorded responses cannot be read: \(error.message)")
            }
            guard let checks = recorded else {
                return .init(
                    .notVerified, "it gave no responses when the snapshot was made: there is nothing to compare with", output: given.lines,
                    isFinal: true)
            }
            let failed = checks.count { !$0.passed }
            return .init(
                failed == 0 ? .passed : .failed,
                failed == 0
                    ? "\(checks.count.counted("response")) as recorded"
                    : "\(failed) of \(checks.count.counted("response")) are not as recorded",
                checks: checks, output: given.lines)
        }
    }
}
