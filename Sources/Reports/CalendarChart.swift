import Operations
import Vault

/// What became of each night: a cell a day, a column a week, a year and a week in all.
struct CalendarChart {
    enum Night: String, CaseIterable {
        case good, partial, failing, missed

        var meaning: String {
            switch self {
            case .good: "complete"
            case .partial: "not complete"
            case .failing: "self-tests failed or could not run"
            case .missed: "no backup"
            }
        }
    }

    private static let weeks = 53
    private static let cell = 13.0
    private static let left = 30.0
    private static let top = 18.0

    /// By day, from the first snapshot to today.
    let nights: [Day: Night]
    private let counts: [Day: Int]
    private let first: Day
    private let today: Day

    init(_ report: ProtectionReport) {
        let today = Day(of: report.time)
        // The column of today ends on Sunday.
        let first = today + (-today.weekday - 7 * (Self.weeks - 1))
        (self.today, self.first) = (today, first)
        var nights: [Day: Night] = [:]
        var counts: [Day: Int] = [:]
        for snapshot in report.snapshots {
            let day = Day(of: snapshot.time)
            counts[day, default: 0] += 1
            // The best of a day counts: what a second run has mended is mended. Bad data is shown whatever else there is.
            let isUnproven = snapshot.failedSelfTests > 0 || !snapshot.untested.isEmpty
            let night: Night = isUnproven ? .failing : snapshot.isGood ? .good : .partial
            if nights[day] != .failing, nights[day] != .good || night == .failing { nights[day] = night }
        }
        if let begin = nights.keys.min() {
            // Today's may still come.
            var day = max(begin, first)
            while day < today {
                if nights[day] == nil { nights[day] = .missed }
                day = day + 1
            }
        }
        self.nights = nights.filter { $0.key >= first && $0.key <= today }
        self.counts = counts
    }

    /// Nights without a backup, as stretches from the first to the last, the newest first.
    var missed: [(from: Day, to: Day)] {
        var stretches: [(from: Day, to: Day)] = []
        for day in nights.keys.filter({ nights[$0] == .missed }).sorted() {
            if let last = stretches.last, last.to + 1 == day {
                stretches[stretches.count - 1].to = day
            } else {
                stretches.append((day, day))
            }
        }
        return stretches.reversed()
    }

    func count(_ night: Night) -> Int { nights.values.count { $0 == night } }

    var summary: String {
        let parts = Night.allCases.filter { count($0) > 0 }.map { "\(count($0)) \($0.meaning)" }
        return parts.isEmpty ? "There is no snapshot yet." : "Nights of the last year: \(parts.joined(separator: ", "))."
    }

    var drawing: String {
        var svg = Drawing(width: Self.left + Double(Self.weeks) * Self.cell, height: Self.top + 7 * Self.cell + 2)
        for (row, name) in [(0, "Mon"), (2, "Wed"), (4, "Fri"), (6, "Sun")] {
            svg.text(name, x: 0, y: Self.top + Double(row) * Self.cell + 9, "note")
        }
        for week in 0..<Self.weeks {
            let monday = first + 7 * week
            let x = Self.left + Double(week) * Self.cell
            if monday.isFirstWeekOfMonth, week < Self.weeks - 2 { svg.text(monday.month, x: x, y: 11, "note") }
            for row in 0..<7 where monday + row <= today { cell(monday + row, x: x, y: Self.top + Double(row) * Self.cell, &svg) }
        }
        return svg.source(title: "Calendar of nights", description: summary)
    }

    private func cell(_ day: Day, x: Double, y: Double, _ svg: inout Drawing) {
        guard let night = nights[day] else { return svg.box(x: x, y: y, width: 10, height: 10, "before", radius: 2) }
        let count = counts[day] ?? 0
        let what = count > 1 ? "\(night.meaning), \(count) snapshots" : night.meaning
        svg.box(x: x, y: y, width: 10, height: 10, night.rawValue, radius: 2, title: "\(day.name): \(what)")
        // Not by colour alone.
        switch night {
        case .partial: svg.line(from: (x + 2, y + 8), to: (x + 8, y + 2), "mark")
        case .failing:
            svg.line(from: (x + 2, y + 8), to: (x + 8, y + 2), "mark")
            svg.line(from: (x + 2, y + 2), to: (x + 8, y + 8), "mark")
        case .good, .missed: break
        }
    }
}
