import Core
import Operations
import Proof
import Vault

/// The last drill from its beginning to the proof: when each part began, and how long it took.
struct GanttChart {
    private struct Row {
        let name: String
        let begin: Int64
        let length: Int64
        let style: String
        let isStep: Bool
    }

    private static let rowsMax = 24
    private static let rowHeight = 34.0
    private static let top = 8.0

    private let rows: [Row]
    /// Those that there is no room for.
    private let more: Int
    private let total: Int64
    private let drill: DrillEvidence

    /// nil where there was no drill.
    init?(_ report: ProtectionReport) {
        guard let drill = report.lastDrill else { return nil }
        var rows: [Row] = []
        var begin: Int64 = 0
        for phase in drill.phases {
            let length = max(0, phase.durationMilliseconds)
            rows.append(Row(name: phase.name, begin: begin, length: length, style: "bar", isStep: false))
            if phase.name == "validate" { rows += Self.rows(drill.steps, from: begin) }
            begin = begin.addingWithLimit(length)
        }
        let end = max(1, begin)
        // Steps lie within their phase, whatever a document says.
        self.rows = rows.prefix(Self.rowsMax).map {
            Row(name: $0.name, begin: min($0.begin, end), length: min($0.length, end), style: $0.style, isStep: $0.isStep)
        }
        more = rows.count - self.rows.count
        self.drill = drill
        total = end
    }

    private static func rows(_ steps: [DrillEvidence.Step], from begin: Int64) -> [Row] {
        var begin = begin
        return steps.filter { $0.verdict != .notRun }.map { step in
            let length = max(0, step.durationMilliseconds)
            defer { begin = begin.addingWithLimit(length) }
            return Row(name: step.name, begin: begin, length: length, style: step.verdict == .passed ? "bar deep" : "bar bad", isStep: true)
        }
    }

    var summary: String {
        let verdict = drill.passed ? "passed" : "failed: \(drill.failures.first ?? "no reason given")"
        let rest = more > 0 ? " \(Figures.plural(more, "part")) more are not drawn." : ""
        return "The drill of \(drill.time.forPeople) UTC, on \(drill.host), \(verdict).\(rest)"
    }

    var drawing: String {
        let height = Self.top + Double(rows.count) * Self.rowHeight + 22
        var svg = Drawing(width: Plot.width, height: height)
        let axis = Axis.time(upTo: Double(total))
        let scale = (Plot.width - 20) / axis.top
        for mark in axis.marks {
            let x = 10 + mark * scale
            svg.line(from: (x, Self.top), to: (x, height - 20), mark == 0 ? "axis" : "rule")
            let anchor: Drawing.Anchor = mark == 0 ? .start : mark == axis.top ? .end : .middle
            svg.text(Figures.mark(milliseconds: mark), x: x, y: height - 6, "note", anchor)
        }
        for (index, row) in rows.enumerated() {
            let y = Self.top + Double(index) * Self.rowHeight
            let indent = row.isStep ? 22.0 : 10
            svg.text(
                "\(Figures.shortened(row.name, to: 34)) – \(Figures.duration(milliseconds: row.length))", x: indent, y: y + 12, "label")
            // A part that took no time is seen all the same.
            svg.box(
                x: 10 + Double(row.begin) * scale, y: y + 17, width: max(2, Double(row.length) * scale), height: row.isStep ? 8 : 11,
                row.style,
                radius: 2, title: "\(row.name): \(Figures.duration(milliseconds: row.length))")
        }
        return svg.source(title: "The last drill, part by part", description: summary)
    }
}
