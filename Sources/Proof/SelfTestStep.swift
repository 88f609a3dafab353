import Core
import PhotonicCore
import Vault

extension Validation {
    /// The self-tests of the code, those of a suite over restored data, and its responses against the recorded ones.
    struct SelfTestStep {
        let dataset: String
        let suite: Suite
        let timeout: Duration?

        func run(_ subject: Subject, _ cancellation: Cancellation) throws -> Outcome {
            guard let directory = subject.directory?(dataset) else {
                return .init(.failed, "the dataset \(dataset) was not restored")
            }
            let tests = { @Sendable [suite] in (SelfTest.deviceChecks(), suite.run(directory: directory)) }
            guard let found = try Bounded.run(within: timeout, cancellation, tests) else {
                return .init(.notVerified, "did not end within \(timeout.map { "\($0)" } ?? "its time")", isFinal: true)
            }
            var checks = found.0 + found.1.checks
            var note = "no responses were recorded with the backup"
            var before = ""
            var isComparable = true
            do {
                if let witness = try subject.snapshot?.witness(of: dataset) {
                    if witness.failed > 0 { before = "; when it was backed up, \(witness.failed) failed already" }
                    if let compared = witness.checks(against: found.1, of: suite) {
                        checks += compared
                        let unasked = witness.ofSuite - compared.count
                        note = "\(compared.count.counted("response")) as recorded"
                        if unasked > 0 { note += ", \(unasked) more that the suite no longer asks for" }
                    } else {
                        isComparable = false
                        note = "the recorded responses are of another version of the model, and say nothing"
                    }
                }
            } catch let error as Failure where error.code == .damaged {
                // What proves the data is lost: nobody can say that it passed.
                return .init(.failed, "the recorded responses cannot be read: \(error.message)", checks: checks)
            }
            let failed = checks.count { !$0.passed }
            if failed > 0 { return .init(.failed, "\(failed) of \(checks.count.counted("check")) failed\(before)", checks: checks) }
            return .init(isComparable ? .passed : .notVerified, "\(checks.count.counted("check")) passed, \(note)", checks: checks)
        }
    }
}
