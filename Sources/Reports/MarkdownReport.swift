import Core
public import Operations
import Proof
import Vault

/// A report as Markdown: for a ticket, a wiki, a terminal.
public enum MarkdownReport {
    private static let snapshotsShown = 30
    private static let verificationsShown = 10

    public static func text(_ report: ProtectionReport) -> String {
        var lines = ["# Backups of \(escaped(report.policy ?? "this vault"))", ""]
        lines += ["**\(report.verdict.text)**, \(report.time.forPeople) UTC, vault \(escaped(report.location))", ""]
        lines += table(["", "", ""], ReportCard.all(report).map { [$0.name, $0.figure, $0.remark] })
        lines += ["## Findings", ""]
        lines +=
            report.findings.isEmpty
            ? ["Nothing to complain of.", ""]
            : report.findings.map { "- **\($0.severity.rawValue)** \(sentence($0.message)). \(sentence($0.advice))." } + [""]
        lines += ["## What is protected", ""]
        lines += table(
            ["dataset", "from", "files", "size"],
            report.datasets.map { [$0.name, $0.source, Figures.count($0.files), Figures.size($0.bytes)] })
        lines += ["## Over time", ""]
        lines += [
            "- Nights: \(CalendarChart(report).summary)", "- Growth: \(GrowthChart(report).summary)",
            "- Recovery point (RPO): \(RecoveryChart.point(report).summary)",
            "- Recovery time (RTO): \(RecoveryChart.time(report).summary)",
            "- Verification: \(CoverageChart(report).summary)", "",
        ]
        lines += drill(report)
        lines += ["## Latest snapshots", ""]
        lines += table(
            ProtectionReport.Entry.heads,
            report.snapshots.suffix(snapshotsShown).reversed().map(\.cells))
        if !report.verifications.isEmpty {
            lines += ["## Latest verifications", ""]
            lines += table(
                ProtectionReport.Verification.heads,
                report.verifications.suffix(verificationsShown).reversed().map(\.cells))
        }
        lines.append("Made by \(escaped(report.program)).")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func drill(_ report: ProtectionReport) -> [String] {
        guard let drill = report.lastDrill, let chart = GanttChart(report) else {
            return ["## The last drill", "", "No drill has shown yet that this comes back: run `rekindle drill`.", ""]
        }
        var lines = ["## The last drill", "", escaped(chart.summary), ""]
        let phases = drill.phases.map { [$0.name, "", Figures.duration(milliseconds: $0.durationMilliseconds)] }
        let steps = drill.steps.map {
            [$0.name, "\($0.verdict.rawValue): \($0.summary)", Figures.duration(milliseconds: $0.durationMilliseconds)]
        }
        lines += table(["part", "result", "took"], phases + steps)
        if !drill.failures.isEmpty { lines += drill.failures.map { "- \(escaped($0))" } + [""] }
        if let notes = drill.cluster?.notes, !notes.isEmpty { lines += notes.map { "- \(sentence($0))" } + [""] }
        return lines
    }

    private static func table(_ heads: [String], _ rows: [[String]]) -> [String] {
        [row(heads), row(heads.map { _ in "---" })] + rows.map { row($0.map(escaped)) } + [""]
    }

    private static func row(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }

    /// With a large letter first; what stands between code marks stays code.
    private static func sentence(_ text: String) -> String {
        let parts = (text.prefix(1).uppercased() + text.dropFirst()).split(separator: "`", omittingEmptySubsequences: false)
        guard parts.count % 2 == 1 else { return escaped(parts.joined(separator: "`")) }
        return parts.enumerated().map { index, part in
            index % 2 == 1
                ? "`\(String(String.UnicodeScalarView(part.unicodeScalars.filter { !Markup.isUnprintable($0) })))`" : escaped(String(part))
        }.joined()
    }

    /// What would mean something in Markdown or in HTML does not.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\", "`", "*", "_", "[", "]", "<", ">", "|", "#", "&": result += "\\\(scalar)"
            case _ where Markup.isUnprintable(scalar): result += " "
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
