import Core
public import Operations
import PhotonicCore
import Proof

/// A drill as results of tests: each check is one, and each step without checks.
public enum DrillJUnit {
    public static func text(_ drill: DrillEvidence) -> String {
        var properties = [
            ("snapshot", drill.snapshot), ("policy", drill.policy ?? ""), ("vault", drill.vault),
            ("recovery time in ms", "\(drill.recoveryTime.measuredMilliseconds)"),
        ]
        properties += (drill.controls ?? []).map { ("control", $0) }
        let isWhole = drill.restored.damaged + drill.restored.problems == 0
        let restored = JUnit.Case("every byte came back", of: "restore", isWhole ? .passed : .failed("paths are missing"))
        let named = Set(drill.steps.map { "\($0.name): " })
        // What belongs to no step: an objective that was missed, a dataset that is there in part.
        let others = drill.failures.filter { failure in !named.contains { failure.hasPrefix($0) } }
        return JUnit(
            "rekindle drill", [restored] + drill.steps.flatMap(cases) + others.map { JUnit.Case($0, of: "drill", .failed($0)) },
            properties: properties.map { (name: $0.0, value: $0.1) }
        ).text
    }

    private static func cases(_ step: DrillEvidence.Step) -> [JUnit.Case] {
        let checks = step.checks.map { check in
            JUnit.Case(check.name, of: step.name, check.passed ? .passed : .failed(check.sentence))
        }
        let outcome: JUnit.Case.Outcome =
            switch step.verdict {
            case .passed: .passed
            case .failed: .failed(step.summary)
            case .notVerified: step.isRequired == false ? .skipped(step.summary) : .error(step.summary)
            case .notRun: .skipped(step.summary)
            }
        return checks + [JUnit.Case(step.summary, of: step.name, outcome, output: step.output)]
    }
}
