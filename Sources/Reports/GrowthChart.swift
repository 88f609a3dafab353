import Core
import Operations
import Vault

/// The stored bytes, day by day, and a forecast.
struct GrowthChart {
    /// The line of the forecast is so long at most.
    private static let forecastDays: Int64 = 90

    private let growth: [ProtectionReport.Growth]
    private let capacity: ProtectionReport.Capacity?
    private let now: Int64

    init(_ report: ProtectionReport) {
        growth = report.growth
        capacity = report.capacity
        now = report.time.milliseconds
    }

    var summary: String {
        guard let stored = growth.last?.storedBytes else { return "Nothing is stored yet." }
        var sentences = ["\(Figures.size(stored)) stored in packs."]
        guard let capacity else { return sentences[0] }
        sentences.append("\(Figures.size(capacity.freeBytes)) of \(Figures.size(capacity.totalBytes)) are free where the vault is.")
        if let pace = capacity.bytesPerDay {
            if let days = capacity.daysLeft {
                sentences.append("It grows by \(Figures.size(pace)) a day: at this pace it is full in \(Figures.days(days)).")
            } else {
                sentences.append("It does not grow noticeably.")
            }
        } else {
            sentences.append("There is less than a week to tell a pace from.")
        }
        return sentences.joined(separator: " ")
    }

    var drawing: String? {
        guard let first = growth.first, let last = growth.last else { return nil }
        let ahead = capacity?.daysLeft.map { min(Self.forecastDays, $0) } ?? 0
        let end = now + ahead * Timestamp.day
        let reached = Double(last.storedBytes) + Double(ahead) * max(0, capacity?.bytesPerDay ?? 0)
        var plot = Plot(from: first.day.milliseconds, to: end, axis: .bytes(upTo: reached * 1.02)) { Figures.size($0) }
        // The amount stays the same until more is stored.
        var points: [(x: Double, y: Double)] = []
        for point in growth {
            if let before = points.last { points.append((plot.x(point.day.milliseconds), before.y)) }
            points.append((plot.x(point.day.milliseconds), plot.y(Double(point.storedBytes))))
        }
        points.append((plot.x(now), plot.y(Double(last.storedBytes))))
        let floor = plot.y(0)
        plot.drawing.path([(points[0].x, floor)] + points + [(points[points.count - 1].x, floor)], "area", closed: true)
        plot.drawing.path(points, "line")
        if ahead > 0 { plot.drawing.path([points[points.count - 1], (plot.x(end), plot.y(reached))], "forecast") }
        return plot.drawing.source(title: "Growth of the vault", description: summary)
    }
}
