import StrictYAML

/// The five fields of crontab(5): minute, hour, day of the month, month, day of the week; or one of its words.
enum CronSyntax {
    private struct Field {
        let name: String
        let range: ClosedRange<Int>
        /// Names of the values from the lower bound on.
        var names: [String] = []
    }

    private static let fields = [
        Field(name: "minute", range: 0...59), Field(name: "hour", range: 0...23), Field(name: "day", range: 1...31),
        Field(
            name: "month", range: 1...12, names: "jan feb mar apr may jun jul aug sep oct nov dec".split(separator: " ").map(String.init)),
        Field(name: "weekday", range: 0...7, names: "sun mon tue wed thu fri sat".split(separator: " ").map(String.init)),
    ]

    private static let words = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"]

    /// The problem with `text`, or nil.
    static func problem(_ text: String) -> String? {
        if text.hasPrefix("@") { return words.contains(text) ? nil : "is no time that cron knows: \"\(Shown.short(text))\"" }
        let parts = text.split { $0 == " " || $0 == "\t" }
        guard parts.count == fields.count else { return "has \(parts.count) fields, not 5" }
        for (part, field) in zip(parts, fields) where !isValid(part, field) {
            return "has a \(field.name) that is not valid: \"\(Shown.short(String(part)))\""
        }
        return nil
    }

    private static func isValid(_ text: Substring, _ field: Field) -> Bool {
        text.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { item in
            let parts = item.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count <= 2, let base = parts.first else { return false }
            if parts.count == 2 {
                guard let step = number(parts[1]), step > 0, step <= field.range.upperBound else { return false }
            }
            return base == "*" || isRange(base, field)
        }
    }

    private static func isRange(_ text: Substring, _ field: Field) -> Bool {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { value($0, field) }
        guard ends.count <= 2, let first = ends[0], let last = ends[ends.count - 1] else { return false }
        return first <= last
    }

    private static func value(_ text: Substring, _ field: Field) -> Int? {
        if let index = field.names.firstIndex(of: text.lowercased()) { return field.range.lowerBound + index }
        return number(text).flatMap { field.range.contains($0) ? $0 : nil }
    }

    private static func number(_ text: Substring) -> Int? {
        text.count <= 4 && text.allSatisfy { $0.isASCII && $0.isNumber } ? Int(text) : nil
    }
}
