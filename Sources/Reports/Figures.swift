import Core
import Vault

/// Figures as people read them.
public enum Figures {
    /// `1.24 GiB`; three digits at the least, in powers of 1024.
    public static func size(_ bytes: Int64) -> String { size(Double(bytes)) }

    static func size(_ bytes: Double) -> String {
        var value = bytes
        var unit = 0
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
        while value >= 999.5, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        guard value < 1e9 else { return "more than anybody has" }
        if unit == 0 { return "\(decimal(value, 0)) B" }
        return "\(decimal(value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0)) \(units[unit])"
    }

    /// `0.31 s`, `12.4 s`, `3 min 05 s`, `2 h 07 min`.
    public static func duration(milliseconds: Int64) -> String {
        // A clock that was set back makes negative ones.
        let milliseconds = max(0, milliseconds)
        let seconds = milliseconds / 1000
        if seconds < 10 { return "\(decimal(Double(milliseconds) / 1000, 2)) s" }
        if seconds < 60 { return "\(decimal(Double(milliseconds) / 1000, 1)) s" }
        if seconds < 3600 { return "\(seconds / 60) min \(twoDigits(seconds % 60)) s" }
        return "\(seconds / 3600) h \(twoDigits(seconds / 60 % 60)) min"
    }

    /// The same in whole seconds: of what is still to come nobody knows more.
    public static func wholeSeconds(milliseconds: Int64) -> String {
        let seconds = max(0, milliseconds) / 1000
        return seconds < 60 ? "\(seconds) s" : duration(milliseconds: milliseconds)
    }

    /// `12 days ago`, `2 h 07 min ago`.
    public static func ago(_ milliseconds: Int64) -> String {
        let days = milliseconds / Timestamp.day
        return days >= 3 ? "\(days) days ago" : "\(duration(milliseconds: milliseconds)) ago"
    }

    /// `53 600`: a thin gap between groups of three.
    public static func count(_ number: Int64) -> String {
        var digits = String(number.magnitude)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return (number < 0 ? "-" : "") + ([digits] + groups).joined(separator: " ")
    }

    public static func count(_ number: Int) -> String { count(Int64(number)) }

    /// `1 file`, `2 files`.
    public static func plural(_ number: Int, _ one: String, _ many: String? = nil) -> String {
        "\(count(number)) \(number == 1 ? one : many ?? one + "s")"
    }

    /// A round time on an axis: `6 h`, `0.5 s`, `10 d`.
    static func mark(milliseconds: Double) -> String {
        for (unit, length) in [("d", 86_400_000.0), ("h", 3_600_000), ("min", 60_000), ("s", 1000)] where milliseconds >= length {
            let value = milliseconds / length
            return "\(value == value.rounded() ? decimal(value, 0) : decimal(value, 1)) \(unit)"
        }
        return milliseconds == 0 ? "0" : "\(decimal(milliseconds, 0)) ms"
    }

    static func days(_ number: Int64) -> String { number > 3650 ? "more than ten years" : plural(Int(number), "day") }

    static func times(_ number: Int) -> String { number == 1 ? "once" : "\(count(number)) times" }

    static func shortened(_ text: String, to length: Int) -> String { text.count <= length ? text : text.prefix(length - 1) + "…" }

    private static func decimal(_ value: Double, _ places: Int) -> String {
        let scale = [1.0, 10, 100][places]
        let scaled = Int64((value * scale).rounded())
        if places == 0 { return String(scaled) }
        let fraction = String(scaled % Int64(scale))
        return "\(scaled / Int64(scale)).\(String(repeating: "0", count: places - fraction.count))\(fraction)"
    }

    private static func twoDigits(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
