import Core
import Operations
import Proof
import Vault

/// One figure that matters at a glance.
struct ReportCard {
    let name: String
    let figure: String
    let remark: String
    /// "good", "warn", "bad", or "none" where there is nothing to judge; it stands in words in the remark, too.
    let style: String

    static func all(_ report: ProtectionReport) -> [ReportCard] { [backup(report), read(report), drill(report), storage(report)] }

    private static func backup(_ report: ProtectionReport) -> ReportCard {
        let facts = report.facts
        guard let age = facts.lastGoodAgeMilliseconds else {
            return ReportCard(
                name: "Last good backup", figure: "none",
                remark: facts.snapshots == 0 ? "There is nothing to restore." : "No snapshot is complete.", style: "bad")
        }
        let limit = facts.recoveryPointLimitMilliseconds
        let isMet = age <= limit ?? StatusRules.defaultRecoveryPoint
        let remark = limit == nil && !isMet ? "A night was missed." : objective(limit, isMet)
        return ReportCard(name: "Last good backup", figure: Figures.ago(age), remark: remark, style: isMet ? "good" : "bad")
    }

    private static func read(_ report: ProtectionReport) -> ReportCard {
        let facts = report.facts
        let name = "Read and compared"
        if facts.storedBytes == 0 { return ReportCard(name: name, figure: "nothing", remark: "There is nothing to read.", style: "none") }
        let isSound = facts.verification.map { $0.damage == 0 && $0.affectedSnapshots == 0 } ?? true
        let due = facts.overdueBytes > 0 ? " \(Figures.size(facts.overdueBytes)) overdue." : ""
        let remark = isSound ? "of what is stored, in the last \(facts.windowDays) days.\(due)" : "Damage was found."
        return ReportCard(
            name: name, figure: "\(facts.verifiedPercent) %", remark: remark,
            style: !isSound ? "bad" : !due.isEmpty ? "warn" : facts.verifiedPercent == 0 ? "none" : "good")
    }

    private static func drill(_ report: ProtectionReport) -> ReportCard {
        guard let drill = report.facts.drill else {
            return ReportCard(name: "Last drill", figure: "none yet", remark: "Nobody knows how long a recovery takes.", style: "warn")
        }
        let limit = report.facts.recoveryTimeLimitMilliseconds
        let isMet = limit.map { drill.recoveryTimeMilliseconds <= $0 } ?? true
        let isDue = drill.ageMilliseconds > StatusRules.drillAgeMax
        let took = "It took \(Figures.duration(milliseconds: drill.recoveryTimeMilliseconds))."
        let isUnsure = !drill.notVerified.isEmpty
        let remark =
            drill.passed && isUnsure
            ? "\(took) Not all of it could be verified."
            : drill.passed
                ? "\(took) \(objective(limit, isMet))\(isDue ? " The next is overdue." : "")" : "\(took) What it found stands below."
        return ReportCard(
            name: "Last drill", figure: "\(drill.passed ? "passed" : "failed") \(Figures.ago(drill.ageMilliseconds))", remark: remark,
            style: !drill.passed || !isMet ? "bad" : isDue || isUnsure ? "warn" : "good")
    }

    private static func storage(_ report: ProtectionReport) -> ReportCard {
        let stored = Figures.size(report.facts.storedBytes)
        let snapshots = Figures.plural(report.facts.snapshots, "snapshot")
        guard let days = report.capacity?.daysLeft else {
            return ReportCard(name: "Stored", figure: stored, remark: snapshots, style: report.facts.storedBytes == 0 ? "none" : "good")
        }
        return ReportCard(
            name: "Stored", figure: stored, remark: "\(snapshots); full in \(Figures.days(days)) at this pace",
            style: days < 14 ? "bad" : days < 60 ? "warn" : "good")
    }

    private static func objective(_ limit: Int64?, _ isMet: Bool) -> String {
        guard let limit else { return "The policy sets no objective." }
        return "Objective \(Figures.duration(milliseconds: limit)): \(isMet ? "met" : "missed")."
    }
}

extension ProtectionReport {
    /// The whole in a few words.
    var verdict: (text: String, style: String) {
        switch findings.first?.severity {
        case .p1: ("Not protected", "bad")
        case .p2: ("Act today", "warn")
        case .p3: ("Protected, and something is due", "warn")
        case .p4, nil: ("Protected", "good")
        }
    }
}

extension ProtectionReport.Entry {
    /// Whether anything about it is not as it should be.
    var isBad: Bool { !isGood || failedSelfTests > 0 || !untested.isEmpty }

    /// Why, dataset by dataset.
    var reasons: [String] {
        let unnamed = incomplete.filter { name in !problems.contains { $0.hasPrefix(name) } }.map { "\($0): not complete" }
        return problems + unnamed + doubts + (failedSelfTests > 0 ? ["\(Figures.plural(Int(failedSelfTests), "self-test")) failed"] : [])
            + untested.map { "\($0): its self-tests could not run" }
    }

    /// Whether all is there, and nobody doubts it.
    var isGood: Bool { isComplete && doubts.isEmpty }

    var state: String {
        let parts =
            (isComplete ? [] : ["not complete: \(incomplete.joined(separator: ", "))"]) + doubts.map { "in doubt: \($0)" }
            + (failedSelfTests > 0 ? ["\(Figures.plural(Int(failedSelfTests), "self-test")) failed"] : [])
            + (untested.isEmpty ? [] : ["self-tests could not run: \(untested.joined(separator: ", "))"])
        return parts.isEmpty ? "complete" : parts.joined(separator: "; ")
    }

    static let heads = ["snapshot", "time (UTC)", "state", "files", "size", "new", "took"]

    var cells: [String] {
        [
            String(snapshot.prefix(10)), time.forPeople, state, Figures.count(files), Figures.size(bytes), Figures.size(newBytes),
            Figures.duration(milliseconds: durationMilliseconds),
        ]
    }
}

extension ProtectionReport.Verification {
    static let heads = ["time (UTC)", "what", "result", "packs", "read", "took"]

    var cells: [String] {
        let part = snapshot.map { "snapshot \($0.prefix(10))" } ?? sample.map { "part \($0)" } ?? "all of it"
        let result =
            damage == 0 && affectedSnapshots == 0 ? "sound" : "damage: \(damage), in \(Figures.plural(affectedSnapshots, "snapshot"))"
        return [
            time.forPeople, isDeep ? "\(part), decoded" : part, result, Figures.count(packsRead), Figures.size(bytesRead),
            Figures.duration(milliseconds: durationMilliseconds),
        ]
    }
}
