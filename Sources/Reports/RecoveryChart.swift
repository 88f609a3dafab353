import Core
import Operations
import Proof
import Vault

/// Something measured again and again, against an objective.
struct RecoveryChart {
    private struct Point {
        let time: Int64
        let value: Int64
        let isGood: Bool
        let title: String
    }

    private static let pointsMax = 400
    private static let dotsMax = 60
    private static let limitFactor: Int64 = 3

    private let title: String
    private let what: (one: String, many: String)
    private let limit: Int64?
    private let points: [Point]
    private let now: Int64

    /// How long the restores of drills took, with what validated them.
    static func time(_ report: ProtectionReport) -> RecoveryChart {
        let points = report.drills.map { drill in
            let took = Figures.duration(milliseconds: drill.recoveryTimeMilliseconds)
            return Point(
                time: drill.time.milliseconds, value: drill.recoveryTimeMilliseconds, isGood: drill.passed,
                title: "\(drill.time.forPeople): \(took), \(drill.passed ? "passed" : "failed")")
        }
        return RecoveryChart(
            title: "Recovery time (RTO)", what: ("drill", "drills"), limit: report.facts.recoveryTimeLimitMilliseconds,
            points: points.suffix(pointsMax),
            now: report.time.milliseconds)
    }

    /// How old the newest good data was at its worst: when the next good snapshot was there, and now.
    static func point(_ report: ProtectionReport) -> RecoveryChart {
        let now = report.time.milliseconds
        let snapshots = report.snapshots.filter { $0.isGood && $0.time.milliseconds <= now }
        let good = snapshots.map(\.time.milliseconds)
        let ends = snapshots.dropFirst().map { $0.time.milliseconds.addingWithLimit($0.durationMilliseconds) } + [now]
        let limit = report.facts.recoveryPointLimitMilliseconds
        let points = zip(good, ends).map { begin, end in
            let gap = end - begin
            return Point(
                time: end, value: gap, isGood: limit.map { gap <= $0 } ?? true,
                title: "\(Timestamp(milliseconds: end).forPeople): \(Figures.duration(milliseconds: gap))")
        }
        return RecoveryChart(
            title: "Recovery point (RPO)", what: ("gap between good backups", "gaps between good backups"), limit: limit,
            points: points.suffix(pointsMax),
            now: report.time.milliseconds)
    }

    private init(title: String, what: (one: String, many: String), limit: Int64?, points: [Point], now: Int64) {
        (self.title, self.what, self.limit, self.points, self.now) = (title, what, limit, points, now)
    }

    var summary: String {
        guard let worst = points.max(by: { $0.value < $1.value }), let last = points.last else { return "Nothing was measured yet." }
        let figures = "last \(Figures.duration(milliseconds: last.value)), longest \(Figures.duration(milliseconds: worst.value))"
        let start = "\(Figures.plural(points.count, what.one, what.many)): \(figures)"
        guard let limit else { return "\(start); the policy sets no objective." }
        // A drill that failed has met nothing, however soon it ended.
        let missed = points.count { $0.value > limit || !$0.isGood }
        return
            "\(start); the objective of \(Figures.duration(milliseconds: limit)) was \(missed == 0 ? "always met" : "missed \(Figures.times(missed))")."
    }

    var drawing: String? {
        guard let first = points.first else { return nil }
        // An objective far above what was measured would press all of it flat.
        let measured = points.map(\.value).max() ?? 0
        let largest =
            limit.map { $0 <= measured.multipliedReportingOverflow(by: Self.limitFactor).partialValue ? max(measured, $0) : measured }
            ?? measured
        var plot = Plot(from: first.time, to: now, axis: .time(upTo: Double(largest) * 1.05)) { Figures.mark(milliseconds: $0) }
        if let limit { plot.limit(Double(limit), "objective \(Figures.duration(milliseconds: limit))") }
        plot.drawing.path(points.map { (plot.x($0.time), plot.y(Double($0.value))) }, "line")
        // Many good ones would hide the line, and the bad ones.
        for point in points where points.count <= Self.dotsMax || !point.isGood {
            plot.drawing.dot(x: plot.x(point.time), y: plot.y(Double(point.value)), point.isGood ? "dot" : "dot bad", title: point.title)
        }
        return plot.drawing.source(title: title, description: summary)
    }
}
