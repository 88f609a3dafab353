/// Durations as people write them: a whole number and a unit.
enum DurationSyntax {
    private static let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604_800]
    private static let secondsMax: Int64 = 100 * 366 * 86400

    enum Failure: Error, Equatable {
        case noUnit
        case notADuration
        case outOfRange
    }

    static func parse(_ text: String) throws(Failure) -> Duration {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count)
        guard !digits.isEmpty else { throw .notADuration }
        if unit.isEmpty { throw .noUnit }
        if unit == "ms" {
            guard let count = Int64(digits), count > 0, count <= secondsMax else { throw .outOfRange }
            return .milliseconds(count)
        }
        guard unit.count == 1, let seconds = unit.first.flatMap({ units[$0] }) else { throw .notADuration }
        guard let count = Int64(digits), count > 0, count <= secondsMax / seconds else { throw .outOfRange }
        return .seconds(count * seconds)
    }
}
