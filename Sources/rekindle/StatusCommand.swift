import ArgumentParser
import Core
import Operations
import Policy
import Proof
import Reports
import Tarball
import Vault

struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Say how well a system is protected: last good backup, what was read, what was proven.",
        usage: "rekindle status [--policy <file>] [<options>]",
        discussion: """
            Findings come with a severity: P1 no restorable snapshot or data loss, P2 a \
            part does not work, P3 minor or with a way round it, P4 worth knowing. The \
            exit status is 0 when there is nothing graver than P3, else 5.

              rekindle status --policy policies/photon-neuro.yaml
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var window: WindowOption

    func run() throws {
        let session = try common.begin()
        let report = try Status(try window.request(session), in: try session.repository()).run()
        if common.json {
            try JSONOutput.print(report, report.outcome)
        } else if !common.isQuiet(report.outcome) {
            printText(report)
        }
        Output.flush()
        for damaged in report.damagedEvidence { Log.warning("\(damaged.name): \(damaged.reason)") }
        try ExitStatus.conclude(report.outcome)
    }

    private func printText(_ report: Status.Report) {
        let facts = report.facts
        func line(_ name: String, _ value: String) { Output.line(name + String(repeating: " ", count: max(1, 18 - name.count)) + value) }
        line("policy", report.policy ?? "none given: all snapshots together")
        line("vault", report.location)
        line("host", report.host ?? (facts.snapshots == 0 ? "no snapshots yet" : "several"))
        line("snapshots", "\(Figures.count(facts.snapshots)), \(Figures.count(facts.completeSnapshots)) of them complete")
        let good = report.lastGood.map { "\($0.shortID), \(Figures.ago(facts.lastGoodAgeMilliseconds ?? 0))" } ?? "none"
        line("last good backup", good + objective(facts.lastGoodAgeMilliseconds, facts.recoveryPointLimitMilliseconds))
        if let failed = facts.failedSelfTests {
            let untested = facts.untestedDatasets.joined(separator: ", ")
            let rest = untested.isEmpty ? "" : "; those of \(untested) COULD NOT RUN"
            line("self-tests", (failed == 0 ? "none failed on the live data" : "\(failed) FAILED on the live data") + rest)
        }
        let share = facts.verifiedPercent
        line("read", "\(share) % of \(Figures.size(facts.storedBytes)) in the last \(facts.windowDays) days")
        if let last = facts.verification {
            line(
                "last verification",
                "\(Figures.ago(last.ageMilliseconds)), \(last.damage == 0 && last.affectedSnapshots == 0 ? "sound" : "DAMAGE found")")
        }
        if let drill = facts.drill {
            let time =
                "\(drill.passed ? "passed" : "FAILED") \(Figures.ago(drill.ageMilliseconds)), in \(Figures.duration(milliseconds: drill.recoveryTimeMilliseconds))"
            // One that failed has met nothing, however soon it ended.
            line("last drill", drill.passed ? time + objective(drill.recoveryTimeMilliseconds, facts.recoveryTimeLimitMilliseconds) : time)
        } else {
            line("last drill", "none yet")
        }
        if report.findings.isEmpty { Output.line("nothing to complain of") }
        for finding in report.findings {
            Output.line("\(finding.severity.rawValue)  \(Format.printable(finding.message)): \(finding.advice)")
            for line in finding.details { Output.line("    \(Format.printable(line))") }
        }
    }

    private func objective(_ measured: Int64?, _ limit: Int64?) -> String {
        guard let measured, let limit else { return "" }
        return " (objective \(Figures.duration(milliseconds: limit)): \(measured <= limit ? "met" : "MISSED"))"
    }
}
