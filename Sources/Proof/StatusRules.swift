public import Core
import Vault

/// A problem with the protection of a system, and what to do.
public struct StatusFinding: Sendable, Codable, Equatable {
    /// How grave it is.
    public let severity: Severity
    /// What is wrong, without the full stop.
    public let message: String
    /// What to do next.
    public let advice: String
    /// What is known of it besides, line by line.
    public let details: [String]

    /// See the properties.
    init(severity: Severity, message: String, advice: String, details: [String] = []) {
        (self.severity, self.message, self.advice, self.details) = (severity, message, advice, details)
    }
}

/// The facts about the protection of a system at one moment. Times in milliseconds.
public struct StatusFacts: Sendable, Codable, Equatable {
    public struct Drill: Sendable, Codable, Equatable {
        /// Since it began.
        public var ageMilliseconds: Int64
        /// Whether it failed in nothing.
        public var passed: Bool
        /// From the beginning to the last validation.
        public var recoveryTimeMilliseconds: Int64
        /// Why it failed, in sentences.
        public var failures: [String]
        /// Whether something of the snapshot could not be read back.
        public var isDamaged: Bool
        /// What it could not verify, in sentences, also where the policy does not demand it.
        public var notVerified: [String] = []
        /// How it was worse than those before, in sentences.
        public var regressions: [String] = []

        public init(ageMilliseconds: Int64, passed: Bool, recoveryTimeMilliseconds: Int64, failures: [String], isDamaged: Bool = false) {
            self.ageMilliseconds = ageMilliseconds
            self.passed = passed
            self.recoveryTimeMilliseconds = recoveryTimeMilliseconds
            self.failures = failures
            self.isDamaged = isDamaged
        }
    }

    public struct Verification: Sendable, Codable, Equatable {
        /// Since it began.
        public var ageMilliseconds: Int64
        /// Whether everything was decoded, too.
        public var isDeep: Bool
        /// Objects that were not what they should be, and were not found mended since.
        public var damage: Int
        /// Snapshots that this reaches.
        public var affectedSnapshots: Int

        public init(ageMilliseconds: Int64, isDeep: Bool, damage: Int, affectedSnapshots: Int) {
            self.ageMilliseconds = ageMilliseconds
            self.isDeep = isDeep
            self.damage = damage
            self.affectedSnapshots = affectedSnapshots
        }
    }

    /// Of the policy and host.
    public var snapshots = 0
    /// Of these, those that have all that the policy named.
    public var completeSnapshots = 0
    /// How many policies they are of: those that were made without one count as one more.
    public var policies = 1
    /// Records that cannot be read.
    public var damagedRecords = 0
    /// Snapshots of which a verification found that something cannot be read back, and no later one that it can.
    public var damagedSnapshots = 0
    /// Snapshots that are dated in the future.
    public var futureSnapshots = 0
    /// Another problem with the date of the newest snapshot.
    public var clockProblem: String?
    /// Why the newest snapshot may not be what it should, unless a person has accepted it.
    public var doubts: [String] = []
    /// Remotes that do not have the newest history of the manifests.
    public var unpushed: [String] = []
    /// Packs that are named and not there.
    public var missingPacks = 0
    /// Evidence that cannot be read: it may have been the one that found something.
    public var damagedEvidence = 0
    /// Of the newest snapshot whose datasets are all complete; nil where there is none.
    public var lastGoodAgeMilliseconds: Int64?
    /// Whether the newest snapshot is complete; nil where there is none.
    public var isNewestComplete: Bool?
    /// The first problems of the newest snapshot, each with the last lines of the program that failed.
    public var newestProblems: [String] = []
    /// Self-tests that failed on the live data of the newest snapshot; nil where none were run.
    public var failedSelfTests: Int64?
    /// Datasets of the newest snapshot whose self-tests could not run.
    public var untestedDatasets: [String] = []
    /// Claims of the newest snapshot whose data is in no dataset.
    public var unprotectedClaims: [String] = []
    /// Of the stored bytes of packs: how many there are, how many were read within the window, and how many should have been by now.
    public var storedBytes: Int64 = 0
    /// Of these, what was read within the window.
    public var verifiedBytes: Int64 = 0
    /// Of these, what should have been read by now, and was not.
    public var overdueBytes: Int64 = 0
    /// Within so many days everything should have been read.
    public var windowDays = 28
    /// The last one; nil where there was none.
    public var verification: Verification?
    /// The last one; nil where there was none.
    public var drill: Drill?
    /// The policy's objective (RPO); nil where it sets none.
    public var recoveryPointLimitMilliseconds: Int64?
    /// The policy's objective (RTO); nil where it sets none.
    public var recoveryTimeLimitMilliseconds: Int64?
    /// How many steps the policy has that prove a restore; nil where none was given.
    public var validations: Int?

    public init() {}

    /// Of what is stored, what was read within the window, in whole percent: 100 only for all of it.
    public var verifiedPercent: Int {
        if storedBytes <= 0 { return 100 }
        return verifiedBytes >= storedBytes ? 100 : min(99, max(0, Int(Double(verifiedBytes) / Double(storedBytes) * 100)))
    }
}

extension Int64 {
    /// Sizes out of files and listings: a sum that is too large is the largest there is.
    public func addingWithLimit(_ other: Int64) -> Int64 {
        let (sum, isTooLarge) = addingReportingOverflow(other)
        return isTooLarge ? .max : sum
    }
}

/// The rules that give a severity: all of them, and nowhere else.
public enum StatusRules {
    private static let day = Timestamp.day
    /// A quarter, and a fortnight's grace.
    public static let drillAgeMax = 106 * day
    /// Without an objective, a night that was missed.
    public static let defaultRecoveryPoint = 26 * day / 24

    /// The gravest first.
    public static func findings(_ facts: StatusFacts) -> [StatusFinding] {
        (snapshotFindings(facts) + damageFindings(facts) + proofFindings(facts) + policyFindings(facts))
            .enumerated().sorted { ($0.element.severity, $0.offset) < ($1.element.severity, $1.offset) }.map(\.element)
    }

    /// Why no snapshot is good.
    private static func lack(_ facts: StatusFacts) -> String {
        if facts.snapshots == 0 { return "there is no snapshot" }
        if facts.completeSnapshots == 0 {
            return facts.snapshots == 1 ? "the only snapshot is not complete" : "none of the \(facts.snapshots) snapshots is complete"
        }
        return facts.damagedSnapshots > 0
            ? "no complete snapshot can be read back whole" : "no snapshot is both complete and beyond doubt"
    }

    private static func snapshotFindings(_ facts: StatusFacts) -> [StatusFinding] {
        guard let age = facts.lastGoodAgeMilliseconds else {
            return [
                StatusFinding(
                    severity: .p1, message: lack(facts), advice: "run `rekindle backup`, and see what it names",
                    details: facts.newestProblems)
            ]
                + doubtFindings(facts)
        }
        var findings = doubtFindings(facts)
        let limit = facts.recoveryPointLimitMilliseconds ?? defaultRecoveryPoint
        if age > limit {
            let isObjective = facts.recoveryPointLimitMilliseconds != nil
            findings.append(
                StatusFinding(
                    severity: .p2, message: "the last good backup is older than \(isObjective ? "the objective (RPO)" : "a night")",
                    advice: "look at why the nightly job did not run or did not end well"))
        }
        if facts.futureSnapshots > 0 {
            findings.append(
                StatusFinding(
                    severity: .p2,
                    message:
                        "the \(facts.futureSnapshots == 1 ? "date of a snapshot lies" : "dates of \(facts.futureSnapshots) snapshots lie") in the future",
                    advice: "set the clock of the machine that backs up; `latest` is what was saved last, `@TIME` goes by the dates"))
        }
        if let problem = facts.clockProblem {
            findings.append(
                StatusFinding(
                    severity: .p3, message: "of the newest snapshot: \(problem)",
                    advice: "set the clock of the machine that backs up"))
        }
        if facts.isNewestComplete == false {
            findings.append(
                StatusFinding(
                    severity: .p2, message: "the newest snapshot is not complete", advice: "`rekindle show latest` names what is missing",
                    details: facts.newestProblems))
        }
        if let failed = facts.failedSelfTests, failed > 0 {
            findings.append(
                StatusFinding(
                    severity: .p2, message: "the live data failed \(failed.counted("self-test")) when it was last backed up",
                    advice: "the data is bad where it is: an older snapshot may have it better (`rekindle bisect`)"))
        }
        if !facts.unprotectedClaims.isEmpty {
            findings.append(
                StatusFinding(
                    severity: .p2, message: UnprotectedClaims.sentence(facts.unprotectedClaims, "the newest snapshot"),
                    advice: UnprotectedClaims.advice))
        }
        if !facts.untestedDatasets.isEmpty {
            findings.append(
                StatusFinding(
                    severity: .p2,
                    message: "the self-tests of \(facts.untestedDatasets.joined(separator: ", ")) could not run at the last backup",
                    advice: "`rekindle backup` names why: its suite, or its time"))
        }
        return findings
    }

    private static func doubtFindings(_ facts: StatusFacts) -> [StatusFinding] {
        guard let doubt = facts.doubts.first else { return [] }
        let more = facts.doubts.count > 1 ? ", and \(facts.doubts.count - 1) more" : ""
        return [
            StatusFinding(
                severity: .p2, message: "the newest snapshot is in doubt: \(doubt)\(more)",
                advice: "look at the source; if that is right, `rekindle accept latest --why TEXT`")
        ]
    }

    private static func damageFindings(_ facts: StatusFacts) -> [StatusFinding] {
        var findings: [StatusFinding] = []
        if let verification = facts.verification, verification.damage > 0 || verification.affectedSnapshots > 0 {
            let isReached = verification.affectedSnapshots > 0
            findings.append(
                StatusFinding(
                    severity: isReached ? .p1 : .p2,
                    message: isReached
                        ? "the last verification found damage that reaches \(verification.affectedSnapshots) snapshots"
                        : "the last verification found damage that reaches no snapshot",
                    advice: "`rekindle verify --deep` names it; the next backup stores again what it can still read"))
        }
        if facts.missingPacks > 0 {
            findings.append(
                StatusFinding(
                    severity: .p1, message: "\(facts.missingPacks.counted("pack is", "packs are")) missing from the vault",
                    advice: "`rekindle verify` names what they held; is a disk not mounted?"))
        }
        if facts.damagedEvidence > 0 {
            findings.append(
                StatusFinding(
                    severity: .p2, message: "\(facts.damagedEvidence.counted("document")) of evidence cannot be read",
                    advice: "`rekindle verify` names them: what they said must be proven again"))
        }
        if facts.damagedRecords > 0 {
            findings.append(
                StatusFinding(
                    severity: .p2,
                    message: "\(facts.damagedRecords.counted("record of a snapshot", "records of snapshots")) cannot be read",
                    advice: "`rekindle verify` names them"))
        }
        return findings
    }

    private static func proofFindings(_ facts: StatusFacts) -> [StatusFinding] {
        var findings: [StatusFinding] = facts.unpushed.map {
            StatusFinding(
                severity: .p3, message: "the remote \($0) does not have the newest history of the manifests",
                advice: "the vault has it; the last backup said why, and what to do")
        }
        if facts.snapshots > 0, facts.overdueBytes > 0 {
            findings.append(
                StatusFinding(
                    severity: .p3,
                    message: "only \(facts.verifiedPercent) % of what is stored was read in the last \(facts.windowDays) days",
                    advice: "`rekindle verify --sample N/7`, a part each night, reads all of it in a week"))
        }
        if let drill = facts.drill {
            if !drill.passed {
                findings.append(
                    StatusFinding(
                        severity: drill.isDamaged ? .p1 : .p2,
                        message: "the last drill failed: \(drill.failures.first ?? "no reason given")",
                        advice: "mend that, and run `rekindle drill` again"))
            } else if let limit = facts.recoveryTimeLimitMilliseconds, drill.recoveryTimeMilliseconds > limit {
                findings.append(
                    StatusFinding(
                        severity: .p2, message: "the last drill took longer than the objective (RTO)",
                        advice: "faster storage, or a later objective"))
            }
            if drill.passed, let unsure = drill.notVerified.first {
                findings.append(
                    StatusFinding(
                        severity: .p3, message: "the last drill could not verify all of it: \(unsure)",
                        advice: "mend what it lacks, and run `rekindle drill` again", details: Array(drill.notVerified.dropFirst())))
            }
            if drill.passed, let worse = drill.regressions.first {
                findings.append(
                    StatusFinding(
                        severity: .p3, message: "the last drill passed, and was worse than those before: \(worse)",
                        advice: "look at what has changed: the data, the policy's validations, the storage"))
            }
            if drill.ageMilliseconds > drillAgeMax {
                findings.append(
                    StatusFinding(severity: .p3, message: "the last drill is more than a quarter ago", advice: "run `rekindle drill`"))
            }
        } else if facts.snapshots > 0 {
            findings.append(
                StatusFinding(severity: .p3, message: "no drill has shown yet that this comes back", advice: "run `rekindle drill`"))
        }
        return findings
    }

    private static func policyFindings(_ facts: StatusFacts) -> [StatusFinding] {
        guard let validations = facts.validations else {
            if facts.policies > 1 {
                return [
                    StatusFinding(
                        severity: .p3,
                        message: "the snapshots of \(facts.policies) policies are looked at as one: one that has stopped is not seen",
                        advice: "name one with --policy")
                ]
            }
            return [
                StatusFinding(
                    severity: .p4, message: "no policy was given: objectives and validations are not judged",
                    advice: "name it with --policy")
            ]
        }
        var findings: [StatusFinding] = []
        if validations == 0 {
            findings.append(
                StatusFinding(
                    severity: .p3, message: "the policy validates nothing: bytes are all that a drill proves",
                    advice: "add `validate:` to the policy"))
        }
        if facts.recoveryPointLimitMilliseconds == nil || facts.recoveryTimeLimitMilliseconds == nil {
            findings.append(
                StatusFinding(severity: .p4, message: "the policy sets no objectives", advice: "add `objectives: {rpo: 26h, rto: 1h}`"))
        }
        return findings
    }
}
