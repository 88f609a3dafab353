/// Durations as people write them: whole numbers with their units, the longest first: 90s, 1h30m.
public enum DurationSyntax {
    private static let units: [(name: String, milliseconds: Int64)] = [
        ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]
    private static let millisecondsMax: Int64 = 100 * 366 * 86_400_000

    /// Why a text is no duration.
    public enum Failure: Error, Equatable {
        case noUnit
        case notADuration
        case outOfRange
    }

    /// The duration that a text stands for; never 0.
    public static func parse(_ text: String) throws(Failure) -> Duration {
        var (rest, sum, next) = (text[...], Int64(0), 0)
        guard rest.first?.isNumber ?? false else { throw .notADuration }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            let unit = rest.dropFirst(digits.count).prefix { $0.isLetter }
            rest = rest.dropFirst(digits.count + unit.count)
            if unit.isEmpty, rest.isEmpty, sum == 0, !digits.isEmpty { throw .noUnit }
            guard !digits.isEmpty, let place = units[next...].firstIndex(where: { $0.name == unit }) else { throw .notADuration }
            guard let count = Int64(digits), count <= millisecondsMax / units[place].milliseconds else { throw .outOfRange }
            sum += count * units[place].milliseconds
            next = place + 1
        }
        guard sum > 0, sum <= millisecondsMax else { throw .outOfRange }
        return .milliseconds(sum)
    }
}
