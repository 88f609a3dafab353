public import Core
import Kubernetes
import Proof
public import Restorer
public import Vault

// What each operation came to: the one table, from which a command has its exit status.

extension BackupReport {
    public var outcome: Outcome { Outcome([(.incomplete, !isComplete || !doubts.isEmpty), (.notValid, !isValid)]) }
}

extension RestoreReport {
    /// A part that is missing is named, and the rest is there; where nothing is, the restore failed.
    public var outcome: Outcome {
        Outcome([
            (.damaged, damagedCount > 0 || !passedOver.isEmpty), (.failed, hasFailed || !collisions.isEmpty),
            (.incomplete, !isComplete || !incomplete.isEmpty),
        ])
    }
}

extension ClusterRestoreReport {
    public var outcome: Outcome {
        Outcome([
            (.damaged, !passedOver.isEmpty), (.failed, !isComplete && (!hasAny || heldReason != nil)),
            (.notValid, !waiting.isEmpty || waitFailure != nil),
            (.incomplete, !isComplete || result.skipped > 0 && !isDryRun || !incomplete.isEmpty),
        ])
    }
}

extension RestoreAndProve.Report {
    public var outcome: Outcome {
        let restored = [files?.outcome, cluster?.outcome].compactMap(\.self).max() ?? .success
        return max(restored, results.provesNothing ? .notValid : .success)
    }
}

extension VerifyReport {
    public var outcome: Outcome { isSound ? .success : .damaged }
}

extension Drill.Report {
    public var outcome: Outcome {
        Outcome([(.damaged, restore.damagedCount > 0), (.failed, evidenceProblem != nil), (.notValid, !evidence.passed)])
    }
}

extension Drift.Report {
    public var outcome: Outcome {
        Outcome([(.notValid, isGone || !changes.isEmpty), (.incomplete, !gaps.isEmpty || sealed > 0)])
    }
}

extension Status.Report {
    public var outcome: Outcome { findings.contains { $0.severity <= .p2 } ? .notValid : .success }
}
