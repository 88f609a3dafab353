import Core
import Vault

/// A day in UTC, counted from 1970-01-01, a Thursday.
struct Day: Hashable, Comparable {
    let number: Int

    init(number: Int) { self.number = number }
    init(of time: Timestamp) { number = Int(time.milliseconds / Timestamp.day) }

    /// 0 is Monday.
    var weekday: Int { (number + 3) % 7 }

    var start: Timestamp { Timestamp(milliseconds: Int64(number) * Timestamp.day) }

    /// 2026-02-03
    var name: String { String(start.description.prefix(10)) }

    /// "Feb"
    var month: String {
        let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let index = Int(name.dropFirst(5).prefix(2)) ?? 1
        return names[(index + 11) % 12]
    }

    var isFirstWeekOfMonth: Bool { (Int(name.suffix(2)) ?? 31) <= 7 }

    static func < (left: Day, right: Day) -> Bool { left.number < right.number }
    static func + (day: Day, days: Int) -> Day { Day(number: day.number + days) }
}
