import Glibc

extension CheckResult {
    /// What came out, what should have, how far off it may be, and the problem: "0.2 instead of 0.5 dB, within 0.1 dB. The detector is blind".
    public var sentence: String {
        // Of what holds or does not, the problem says all there is.
        if unit == Self.isSo, let note { return note }
        let unit = unit.isEmpty ? "" : " \(unit)"
        let figures = "\(value.map(Self.digits) ?? "no number") instead of \(Self.digits(expected))\(unit)"
        let bound = tolerance == 0 ? "" : ", within \(Self.digits(tolerance))\(unit)"
        return "\(figures)\(bound)" + (note.map { ". \($0)" } ?? "")
    }

    /// The unit of what holds or does not.
    public static let isSo = "yes = 1"

    /// Ten digits: all of a CRC-32, and enough of a physical quantity.
    public static func digits(_ number: Double) -> String {
        var buffer = [CChar](repeating: 0, count: 32)
        _ = withVaList([number]) { vsnprintf(&buffer, buffer.count, "%.10g", $0) }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
