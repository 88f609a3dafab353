import Glibc

/// A moment in UTC to the millisecond, as records, names and people write it.
public struct Timestamp: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Since 1970, in UTC.
    public let milliseconds: Int64

    /// In milliseconds.
    public static let day: Int64 = 86_400_000
    /// Another machine's clock may be wrong by so many milliseconds.
    public static let slack: Int64 = 300_000

    /// From the year 1970 to 9999, which is what four digits can say.
    private static let range: ClosedRange<Int64> = 0...253_402_300_799_999

    /// What four digits of a year cannot say is brought into their range.
    public init(milliseconds: Int64) {
        self.milliseconds = min(max(milliseconds, Self.range.lowerBound), Self.range.upperBound)
    }

    /// By the clock of this machine, which may be wrong.
    public static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// RFC 3339: `2026-02-03T04:05:06.789Z`.
    public var description: String {
        let f = fields
        return "\(f.year)-\(f.month)-\(f.day)T\(f.hour):\(f.minute):\(f.second).\(padded(Int(milliseconds % 1000), 3))Z"
    }

    /// For tables: `2026-02-03 04:05:06`.
    public var forPeople: String {
        let f = fields
        return "\(f.year)-\(f.month)-\(f.day) \(f.hour):\(f.minute):\(f.second)"
    }

    /// For names: `20260203T040506.789Z`; sorts as time does.
    public var compact: String {
        let f = fields
        return "\(f.year)\(f.month)\(f.day)T\(f.hour)\(f.minute)\(f.second).\(padded(Int(milliseconds % 1000), 3))Z"
    }

    /// Reads what `compact` gives, and nothing else.
    public init?(compact text: String) {
        let parts = Array(text)
        guard parts.count == 20 else { return nil }
        let (date, time) = (parts[..<8].map(String.init), parts[9...].map(String.init))
        let day = date[..<4].joined() + "-" + date[4..<6].joined() + "-" + date[6...].joined()
        let clock = time[..<2].joined() + ":" + time[2..<4].joined() + ":" + time[4...].joined()
        guard let read = Timestamp("\(day)T\(clock)"), read.compact == text else { return nil }
        self = read
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

    /// Reads `2026-02-03`, `2026-02-03T04:05` (or a blank for the T), with seconds, a fraction, `Z` or an offset `+01:00`; UTC
    /// unless it says otherwise. The answer is the last moment that the text covers: a date means the end of that day.
    public init?(_ text: String) {
        var scanner = Scanner(rest: Array(text.utf8)[...])
        var fields = tm()
        guard let year = scanner.number(4), scanner.skip("-"), let month = scanner.number(2), scanner.skip("-"),
            let day = scanner.number(2),
            year >= 1970, (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        (fields.tm_year, fields.tm_mon, fields.tm_mday) = (Int32(year - 1900), Int32(month - 1), Int32(day))
        var covered = Self.day
        var offset: Int64 = 0
        if !scanner.rest.isEmpty {
            guard scanner.skip("T") || scanner.skip(" "), let hour = scanner.number(2), scanner.skip(":"), let minute = scanner.number(2),
                hour < 24, minute < 60
            else { return nil }
            (fields.tm_hour, fields.tm_min, covered) = (Int32(hour), Int32(minute), 60_000)
            if scanner.skip(":") {
                guard let second = scanner.number(2), second < 60 else { return nil }
                (fields.tm_sec, covered) = (Int32(second), 1000)
                if scanner.skip(".") {
                    guard let fraction = scanner.fraction() else { return nil }
                    (offset, covered) = (fraction, 1)
                }
            }
            guard let zone = scanner.zone(), scanner.rest.isEmpty else { return nil }
            offset -= zone
        }
        let seconds = timegm(&fields)
        // timegm makes the 31st of February a day of March.
        guard fields.tm_mday == Int32(day) else { return nil }
        self.init(milliseconds: Int64(seconds) * 1000 + offset + covered - 1)
    }

    private var fields: (year: String, month: String, day: String, hour: String, minute: String, second: String) {
        var seconds = time_t(milliseconds / 1000)
        var fields = tm()
        gmtime_r(&seconds, &fields)
        return (
            padded(Int(fields.tm_year) + 1900, 4), padded(Int(fields.tm_mon) + 1, 2), padded(Int(fields.tm_mday), 2),
            padded(Int(fields.tm_hour), 2), padded(Int(fields.tm_min), 2), padded(Int(fields.tm_sec), 2)
        )
    }
}

extension Timestamp: Codable {
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let time = Timestamp(text), time.description == text else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "not a time: \(text)"))
        }
        self = time
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

private func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

private struct Scanner {
    var rest: ArraySlice<UInt8>

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    mutating func number(_ digits: Int) -> Int? {
        guard rest.count >= digits, rest.prefix(digits).allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else {
            return nil
        }
        defer { rest.removeFirst(digits) }
        return rest.prefix(digits).reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }

    /// Milliseconds; finer digits are dropped.
    mutating func fraction() -> Int64? {
        var value: Int64 = 0
        var digits = 0
        while let digit = number(1) {
            if digits < 3 { value = value * 10 + Int64(digit) }
            digits += 1
        }
        for _ in digits..<max(digits, 3) { value *= 10 }
        return digits == 0 ? nil : value
    }

    /// Milliseconds east of UTC.
    mutating func zone() -> Int64? {
        if rest.isEmpty || skip("Z") { return 0 }
        let sign: Int64 = skip("-") ? -1 : 1
        guard sign == -1 || skip("+"), let hours = number(2), skip(":"), let minutes = number(2), hours < 24, minutes < 60 else {
            return nil
        }
        return sign * Int64(hours * 60 + minutes) * 60_000
    }
}
