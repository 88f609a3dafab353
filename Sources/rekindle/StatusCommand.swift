import ArgumentParser
import Operations
import Policy
import Tarball
import Vault

struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Say how well a system is protected: last good backup, what was read, what was proven.",
        discussion: """
            Findings come with a severity: P1 no restorable snapshot or data loss, P2 a part does not work, P3 minor or with a way round it,
            P4 worth knowing. The exit status is 0 when there is nothing graver than P3, else 5.

              rekindle status --policy policies/photon-neuro.yaml
            """)

    @OptionGroup var common: CommonOptions
    @Option(help: ArgumentHelp("Within so many weeks every stored byte should have been read.", valueName: "weeks")) var weeks = 4

    private struct Document: Encodable {
        let policy: String?
        let newest: String?
        let lastGood: String?
        let facts: StatusFacts
        let findings: [StatusFinding]
        let damagedEvidence: [String]
    }

    func validate() throws {
        guard (1...520).contains(weeks) else { throw ValidationError("--weeks is a number from 1 to 520.") }
    }

    func run() throws {
        let session = try common.begin()
        var request = Status.Request(vault: try session.vault())
        request.policy = session.policy?.name
        request.recoveryPoint = session.policy?.objectives.rpo
        request.recoveryTime = session.policy?.objectives.rto
        request.validations = session.policy?.validate.count ?? 0
        request.windowDays = 7 * weeks
        request.cachePath = session.cachePath
        let report = try Status(request).run()
        if common.json {
            try Output.json(
                Document(
                    policy: session.policy?.name, newest: report.newest?.id.hex, lastGood: report.lastGood?.id.hex, facts: report.facts,
                    findings: report.findings, damagedEvidence: report.damagedEvidence.map(\.name)))
        } else {
            printText(report)
        }
        Output.flush()
        for damaged in report.damagedEvidence { Log.warning("\(damaged.name): \(damaged.reason)") }
        switch report.findings.first?.severity {
        case .p1, .p2: throw ExitStatus.Ending(status: .notValid)
        case .p3, .p4, nil: break
        }
    }

    private func printText(_ report: Status.Report) {
        let facts = report.facts
        func line(_ name: String, _ value: String) { Output.line(name + String(repeating: " ", count: max(1, 18 - name.count)) + value) }
        line("snapshots", "\(Format.count(facts.snapshots)), \(Format.count(facts.completeSnapshots)) of them complete")
        let good = report.lastGood.map { "\($0.shortID), \(ago(facts.lastGoodAge ?? 0))" } ?? "none"
        line("last good backup", good + objective(facts.lastGoodAge, facts.recoveryPointLimit))
        if let failed = facts.failedSelfTests {
            line("self-tests", failed == 0 ? "passed on the live data" : "\(failed) failed on the live data")
        }
        let share = facts.storedBytes == 0 ? 100 : facts.verifiedBytes * 100 / facts.storedBytes
        line("read", "\(share) % of \(Format.size(facts.storedBytes)) in the last \(facts.windowDays) days")
        if let last = facts.verification {
            line("last verification", "\(ago(last.age)), \(last.damage == 0 && last.affectedSnapshots == 0 ? "sound" : "DAMAGE found")")
        }
        if let drill = facts.drill {
            let time = "\(drill.passed ? "passed" : "FAILED") \(ago(drill.age)), in \(Format.duration(milliseconds: drill.recoveryTime))"
            line("last drill", time + objective(drill.recoveryTime, facts.recoveryTimeLimit))
        } else {
            line("last drill", "none yet")
        }
        if report.findings.isEmpty { Output.line("nothing to complain of") }
        for finding in report.findings {
            Output.line("\(finding.severity.rawValue)  \(Format.printable(finding.message)): \(finding.advice)")
        }
    }

    private func ago(_ milliseconds: Int64) -> String {
        let days = milliseconds / 86_400_000
        return days >= 3 ? "\(days) days ago" : "\(Format.duration(milliseconds: milliseconds)) ago"
    }

    private func objective(_ measured: Int64?, _ limit: Int64?) -> String {
        guard let measured, let limit else { return "" }
        return " (objective \(Format.duration(milliseconds: limit)): \(measured <= limit ? "met" : "MISSED"))"
    }
}
