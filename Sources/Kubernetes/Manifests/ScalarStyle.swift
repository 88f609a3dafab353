/// How a scalar is spelled.
enum ScalarStyle {
    /// On one line: as it stands, where that reads back as the same string everywhere; in double quotes otherwise.
    static func inline(_ scalar: ManifestScalar) -> String {
        scalar.isLiteral || isSafePlain(scalar.text) ? scalar.text : quoted(scalar.text)
    }

    /// The header of a literal block that holds `text` exactly; nil when there is none, or when one line is enough.
    static func blockHeader(_ text: String) -> String? {
        guard text.utf8.contains(UInt8(ascii: "\n")) else { return nil }
        guard text.unicodeScalars.allSatisfy({ isPrintable($0) || $0 == "\n" || $0 == "\t" }) else { return nil }
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard let content = lines.first(where: { !$0.isEmpty }), let first = content.first else { return nil }
        // A parser finds the indentation by the first line with text in it, so one that begins with white space needs it said.
        let indicator = first == UInt8(ascii: " ") || first == UInt8(ascii: "\t") ? "2" : ""
        if !text.utf8.hasSuffix("\n") {
            // Without the final break a last line of blanks would be lost.
            guard lines.last?.contains(where: { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }) == true else { return nil }
            return "|" + indicator + "-"
        }
        return "|" + indicator + (text.utf8.hasSuffix("\n\n") ? "+" : "")
    }

    /// Stricter than any of the YAML specifications.
    private static func isSafePlain(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first, let last = text.utf8.last else { return false }
        guard first.properties.isAlphabetic || "_/$(".unicodeScalars.contains(first) else { return false }
        guard !PlainScalar.mayBeTyped(text), last != UInt8(ascii: " "), last != UInt8(ascii: ":") else { return false }
        var previous: Unicode.Scalar = "x"
        for scalar in text.unicodeScalars {
            guard isPrintable(scalar), !(previous == ":" && scalar == " "), !(previous == " " && scalar == "#") else { return false }
            previous = scalar
        }
        return true
    }

    /// Printable in YAML 1.1 and 1.2 alike, and no line break in either.
    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x20...0x7E, 0xA0...0x2027, 0x202A...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD, 0x10000...0x10FFFF: true
        default: false
        }
    }

    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            case _ where isPrintable(scalar): result.unicodeScalars.append(scalar)
            default: result += escape(scalar.value)
            }
        }
        return result + "\""
    }

    private static func escape(_ value: UInt32) -> String {
        let digits = String(value, radix: 16)
        func padded(_ width: Int) -> String { String(repeating: "0", count: max(0, width - digits.count)) + digits }
        return value <= 0xFF ? "\\x" + padded(2) : value <= 0xFFFF ? "\\u" + padded(4) : "\\U" + padded(8)
    }
}

extension String.UTF8View {
    fileprivate func hasSuffix(_ suffix: String) -> Bool { reversed().starts(with: suffix.utf8.reversed()) }
}
