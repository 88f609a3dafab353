import PhotonicCore
import Proof

/// Which of the policy's validations are made over live data as well, while it is backed up.
extension BackupRequest {
    /// Of several suites for one dataset, the first.
    private func suite(of dataset: String) -> (suite: Suite, timeout: Duration?)? {
        for step in selfTests {
            if case .photonicCore(dataset, let suite) = step.check { return (suite, step.timeout) }
        }
        return nil
    }

    func hasSuite(of dataset: String) -> Bool { suite(of: dataset) != nil }

    /// Why the first suite of a dataset cannot be used; nil where it can, and where there is none.
    func unusableSuite(of dataset: String) -> String? {
        for step in selfTests {
            switch step.check {
            case .photonicCore(dataset, _): return nil
            case .unusable(_, dataset, let reason): return reason
            default: continue
            }
        }
        return nil
    }

    /// nil where nothing is asked about a dataset.
    ///
    /// - Parameter hasFiles: whether a suite has something to look at.
    func question(about dataset: String, hasFiles: Bool) -> LiveSelfTest.Question? {
        var question = LiveSelfTest.Question()
        let suite = hasFiles ? suite(of: dataset) : nil
        if let suite { (question.suite, question.timeout) = suite }
        for step in selfTests {
            if case .respond(let check) = step.check, check.dataset == dataset { question.outside.append((check, step.timeout, step.user)) }
        }
        return suite == nil && question.outside.isEmpty ? nil : question
    }
}
