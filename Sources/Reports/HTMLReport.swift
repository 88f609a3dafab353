import Core
public import Operations
import PhotonicCore
import Proof
import Vault

/// A report as one page of HTML that needs nothing else: no scripts, no pictures or fonts from anywhere, and a policy that forbids them.
public struct HTMLReport {
    private static let snapshotsShown = 30
    private static let verificationsShown = 20
    private static let checksShown = 20
    /// The first rows of a table are seen, the others are folded.
    fileprivate static let rowsUnfolded = 8
    fileprivate static let rowsMax = 500

    /// A row of a table.
    fileprivate struct Row {
        let cells: [String]
        /// Something about it is not as it should be, which stands in words in it, too.
        let isBad: Bool

        init(_ cells: [String], isBad: Bool = false) { (self.cells, self.isBad) = (cells, isBad) }
    }

    private let report: ProtectionReport
    private var page = Markup()

    public static func page(_ report: ProtectionReport) -> String {
        var html = HTMLReport(report: report)
        html.build()
        return html.page.source
    }

    private init(report: ProtectionReport) { self.report = report }

    private var title: String { "Backups of \(report.policy ?? "this vault")" }

    private mutating func build() {
        page.own("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        page.own(
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n"
        )
        page.own("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\n")
        page.own("<link rel=\"icon\" href=\"data:,\">\n")
        page.element("title", title)
        page.own("\n<style>\n\(StyleSheet.text)</style>\n</head>\n<body>\n")
        header()
        page.own("<main>\n")
        cards()
        findings()
        protected()
        nights()
        charts()
        drill()
        tables()
        page.own("</main>\n")
        page.element("footer") { footer in
            footer.element(
                "p", "Made by \(report.program) on \(report.time.forPeople) UTC. Every number was counted or measured; times are in UTC.")
        }
        page.own("\n</body>\n</html>\n")
    }

    // MARK: Top

    private mutating func header() {
        let (report, title) = (report, title)
        page.element("header") { header in
            header.element("h1", title)
            header.element("p") { line in
                line.element("span", ["class": "verdict \(report.verdict.style)"], report.verdict.text)
                line.text(" \(report.time.forPeople) UTC · vault ")
                line.element("code", report.location)
                if let host = report.host {
                    line.text(" · host ")
                    line.element("code", host)
                }
            }
        }
        page.line()
    }

    private mutating func cards() {
        let cards = ReportCard.all(report)
        page.element("section", ["class": "cards", "aria-label": "At a glance"]) { section in
            for card in cards {
                section.element("div", ["class": "card \(card.style)"]) { box in
                    box.element("h2", card.name)
                    box.element("p", ["class": "figure"], card.figure)
                    box.element("p", ["class": "remark"], card.remark)
                }
            }
        }
        page.line()
    }

    private mutating func findings() {
        let findings = report.findings
        section("Findings") { section in
            guard !findings.isEmpty else { return section.element("p", "Nothing to complain of.") }
            section.element("ul", ["class": "findings"]) { list in
                for finding in findings {
                    list.element("li") { item in
                        item.element("span", ["class": "severity \(finding.severity.rawValue)"], finding.severity.rawValue)
                        item.element("span") { text in
                            text.element("strong", finding.message)
                            text.text(". ")
                            text.prose(finding.advice)
                            for detail in finding.details {
                                text.lineBreak()
                                text.element("code", detail)
                            }
                        }
                    }
                }
            }
        }
    }

    // MARK: What is protected, and what went wrong

    private mutating func protected() {
        let datasets = report.datasets
        section("What is protected", "wide") { section in
            guard !datasets.isEmpty else { return section.element("p", "Nothing yet: there is no snapshot.") }
            section.table(
                "What is protected", ProtectionReport.Dataset.heads, numbers: [2, 3, 4],
                datasets.map { Row($0.cells, isBad: $0.outcome != .complete) })
        }
    }

    private mutating func nights() {
        let bad = report.snapshots.filter(\.isBad).reversed().map { snapshot in
            Row([snapshot.time.forPeople, String(snapshot.snapshot.prefix(10)), snapshot.reasons.joined(separator: "; ")], isBad: true)
        }
        let missed = CalendarChart(report).missed.map { from, to in
            Row([from == to ? from.name : "\(from.name) to \(to.name)", "–", "no backup"], isBad: true)
        }
        // By their beginnings, the newest first: dates sort as texts.
        let rows = (bad + missed).sorted { $0.cells[0] > $1.cells[0] }
        let none = report.snapshots.isEmpty ? "There was none yet." : "None in the last year."
        section("Nights that went wrong", "wide") { section in
            guard !rows.isEmpty else { return section.element("p", none) }
            section.table("Nights that went wrong", ["time (UTC)", "snapshot", "what was wrong"], numbers: [], rows)
        }
    }

    // MARK: Charts

    private mutating func charts() {
        let calendar = CalendarChart(report)
        section("Calendar of nights", "wide") { section in
            // Right to left, so that a narrow screen begins with the latest weeks.
            section.element(
                "div", ["class": "scroll", "tabindex": "0", "role": "group", "aria-label": "Calendar of nights, may be scrolled"]
            ) {
                $0.own(calendar.drawing)
            }
            section.element("p", calendar.summary)
            section.element("ul", ["class": "legend"]) { legend in
                for night in CalendarChart.Night.allCases {
                    legend.element("li") { item in
                        item.element("span", ["class": "swatch \(night.rawValue)"], "")
                        item.text(night.meaning)
                    }
                }
            }
        }
        page.own("<div class=\"grid\">\n")
        let (growth, time, point, coverage) = (
            GrowthChart(report), RecoveryChart.time(report), RecoveryChart.point(report), CoverageChart(report)
        )
        figure("Growth of the vault", growth.drawing, growth.summary)
        figure("Recovery point (RPO)", point.drawing, point.summary)
        figure("Recovery time (RTO)", time.drawing, time.summary)
        figure("What verifications read", coverage.drawing, coverage.summary)
        page.own("</div>\n")
    }

    private mutating func figure(_ title: String, _ drawing: String?, _ summary: String) {
        section(title) { section in
            if let drawing { section.own(drawing) }
            section.element("p", summary)
        }
    }

    // MARK: The last drill

    private mutating func drill() {
        guard let drill = report.lastDrill, let chart = GanttChart(report) else {
            return section("The last drill") {
                $0.element("p") { $0.prose("No drill has shown yet that this comes back: run `rekindle drill`.") }
            }
        }
        page.own("<div class=\"grid\">\n")
        figure("The last drill, part by part", chart.drawing, chart.summary)
        section("What the last drill proved") { section in
            section.element("p") { line in
                line.text("Snapshot ")
                line.element("code", String(drill.snapshot.prefix(10)))
                line.text(
                    " of \(drill.snapshotTime.forPeople) UTC: \(Figures.plural(drill.restored.files, "file")), \(Figures.size(drill.restored.bytes))."
                )
            }
            section.element("ul", ["class": "findings"]) { list in
                for step in drill.steps { Self.add(step, to: &list) }
            }
            for failure in drill.failures { section.element("p", ["class": "failure"], failure) }
            for note in drill.cluster?.notes ?? [] { section.element("p") { $0.prose(note) } }
        }
        page.own("</div>\n")
    }

    private static func add(_ step: DrillEvidence.Step, to list: inout Markup) {
        list.element("li") { item in
            let style = step.style
            item.element("span", ["class": "severity \(style)"], step.verdict.rawValue)
            item.element("span") { text in
                text.element("strong", step.name)
                text.text(": \(step.summary)" + (step.looksAt.map { " (looks at: \($0.rawValue))" } ?? ""))
                for check in step.failed.prefix(checksShown) {
                    text.lineBreak()
                    text.text("\(check.name): \(check.sentence)")
                }
                if step.verdict == .failed || step.verdict == .notVerified {
                    for line in step.output {
                        text.lineBreak()
                        text.element("code", line)
                    }
                }
                if step.failedCount > checksShown { text.text(" and \(Figures.count(step.failedCount - checksShown)) more") }
            }
        }
    }

    // MARK: Tables

    private mutating func tables() {
        let snapshots = report.snapshots.suffix(Self.snapshotsShown).reversed()
        section("Latest snapshots", "wide") { section in
            section.table(
                "Latest snapshots", ProtectionReport.Entry.heads, numbers: [3, 4, 5, 6], snapshots.map { Row($0.cells, isBad: $0.isBad) })
        }
        let verifications = report.verifications.suffix(Self.verificationsShown).reversed()
        guard !verifications.isEmpty else { return }
        section("Latest verifications", "wide") { section in
            section.table(
                "Latest verifications", ProtectionReport.Verification.heads, numbers: [3, 4, 5],
                verifications.map { Row($0.cells, isBad: $0.damage > 0 || $0.affectedSnapshots > 0) })
        }
    }

    private mutating func section(_ title: String, _ style: String = "", _ body: (inout Markup) -> Void) {
        page.element("section", style.isEmpty ? [:] : ["class": style]) { section in
            section.element("h2", title)
            body(&section)
        }
        page.line()
    }
}

extension Markup {
    /// A sentence in which backticks hold what is to be typed.
    fileprivate mutating func prose(_ sentence: String) {
        for (index, part) in sentence.split(separator: "`", omittingEmptySubsequences: false).enumerated() {
            if index % 2 == 1 { element("code", String(part)) } else { text(String(part)) }
        }
    }

    /// A long one is folded behind its first rows.
    fileprivate mutating func table(_ name: String, _ heads: [String], numbers: Set<Int>, _ rows: [HTMLReport.Row]) {
        let first = rows.prefix(HTMLReport.rowsUnfolded)
        part(of: name, heads, numbers, first)
        let rest = rows.dropFirst(first.count)
        if rest.isEmpty { return }
        element("details", [:]) { details in
            details.element("summary", "\(Figures.count(rest.count)) more")
            details.part(of: "\(name), the others", heads, numbers, rest.prefix(HTMLReport.rowsMax))
            if rest.count > HTMLReport.rowsMax {
                details.element("p", "and \(Figures.count(rest.count - HTMLReport.rowsMax)) that are not listed")
            }
        }
    }

    private mutating func part(of name: String, _ heads: [String], _ numbers: Set<Int>, _ rows: ArraySlice<HTMLReport.Row>) {
        element("div", ["class": "table", "tabindex": "0", "role": "group", "aria-label": "\(name), may be scrolled"]) { box in
            box.element("table") { table in
                table.element("thead") { head in
                    head.element("tr") { row in
                        for (column, text) in heads.enumerated() {
                            row.element("th", numbers.contains(column) ? ["scope": "col", "class": "number"] : ["scope": "col"], text)
                        }
                    }
                }
                table.element("tbody") { body in
                    for line in rows {
                        body.element("tr", line.isBad ? ["class": "bad"] : [:]) { row in
                            for (column, cell) in line.cells.enumerated() {
                                row.element("td", numbers.contains(column) ? ["class": "number"] : [:], cell)
                            }
                        }
                    }
                }
            }
        }
    }
}

extension ProtectionReport.Dataset {
    fileprivate static let heads = ["dataset", "state", "files", "size", "in 30 days", "from"]

    fileprivate var cells: [String] {
        let growth = growthBytes.map {
            $0 > 0 ? "+\(Figures.size($0))" : $0 < 0 ? "−\(Figures.size($0 == .min ? .max : -$0))" : "unchanged"
        }
        let state: String =
            switch outcome {
            case .complete: "complete"
            case .partial: "in part"
            case .failed: "failed"
            }
        return [name, state, Figures.count(files), Figures.size(bytes), growth ?? "–", source]
    }
}

extension DrillEvidence.Step {
    /// What could not be verified is not green.
    fileprivate var style: String {
        switch verdict {
        case .passed: "passed"
        case .failed: "P1"
        case .notVerified: isRequired == false ? "P3" : "P2"
        case .notRun: "P4"
        }
    }
}
