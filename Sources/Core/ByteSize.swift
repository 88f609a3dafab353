/// Sizes as people write them: a whole number and a unit.
public enum ByteSize {
    private static let units: [String: Int64] = [
        "": 1, "B": 1, "KB": 1000, "MB": 1_000_000, "GB": 1_000_000_000, "TB": 1_000_000_000_000, "KiB": 1 << 10, "MiB": 1 << 20,
        "GiB": 1 << 30, "TiB": 1 << 40,
    ]
    private static let bytesMax: Int64 = 1 << 50

    /// "10", "100MB", "1 GiB"; nil for anything else.
    public static func parse(_ text: some StringProtocol) -> Int64? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits), let unit = units[String(text.dropFirst(digits.count).drop { $0 == " " })],
            number <= bytesMax / unit
        else { return nil }
        return number * unit
    }
}
