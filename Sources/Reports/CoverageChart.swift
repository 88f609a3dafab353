import Core
import Operations
import Proof
import Vault

/// What verifications have read, week by week, beside what is stored.
struct CoverageChart {
    private static let weeks = 26

    private let weeks: [(monday: Day, quick: Int64, deep: Int64)]
    private let facts: StatusFacts
    private let now: Int64

    init(_ report: ProtectionReport) {
        let today = Day(of: report.time)
        let first = today + (-today.weekday - 7 * (Self.weeks - 1))
        var weeks = (0..<Self.weeks).map { (monday: first + 7 * $0, quick: Int64(0), deep: Int64(0)) }
        for run in report.verifications {
            let week = (Day(of: run.time).number - first.number) / 7
            guard Day(of: run.time) >= first, weeks.indices.contains(week) else { continue }
            if run.isDeep {
                weeks[week].deep = weeks[week].deep.addingWithLimit(run.bytesRead)
            } else {
                weeks[week].quick = weeks[week].quick.addingWithLimit(run.bytesRead)
            }
        }
        self.weeks = weeks
        facts = report.facts
        now = report.time.milliseconds
    }

    private var isEmpty: Bool { weeks.allSatisfy { $0.quick == 0 && $0.deep == 0 } }

    var summary: String {
        let share = facts.verifiedPercent
        let read = "\(share) % of \(Figures.size(facts.storedBytes)) was read in the last \(facts.windowDays) days."
        guard let last = facts.verification else { return "\(read) No verification was ever run." }
        let found = last.damage == 0 && last.affectedSnapshots == 0 ? "found nothing wrong" : "found damage"
        return "\(read) The last verification, \(Figures.ago(last.ageMilliseconds)), \(found)."
    }

    var drawing: String? {
        guard !isEmpty, let first = weeks.first else { return nil }
        let largest = max(weeks.map { Double($0.quick) + Double($0.deep) }.max() ?? 0, Double(facts.storedBytes))
        let end = (first.monday + 7 * Self.weeks).start.milliseconds
        var plot = Plot(from: first.monday.start.milliseconds, to: end, axis: .bytes(upTo: largest * 1.02)) { Figures.size($0) }
        for week in weeks where week.quick > 0 || week.deep > 0 {
            let x = plot.x(week.monday.start.milliseconds) + 1
            let width = plot.x((week.monday + 7).start.milliseconds) - x - 1
            let title = "week of \(week.monday.name): \(Figures.size(week.quick)) read, \(Figures.size(week.deep)) decoded as well"
            let (middle, high) = (plot.y(Double(week.deep)), plot.y(Double(week.deep) + Double(week.quick)))
            plot.drawing.box(x: x, y: middle, width: width, height: plot.y(0) - middle, "bar deep", title: title)
            plot.drawing.box(x: x, y: high, width: width, height: middle - high, "bar", title: title)
        }
        plot.limit(Double(facts.storedBytes), "all that is stored")
        return plot.drawing.source(title: "What verifications read, by week", description: summary)
    }
}
