/// Writes JSON, for requests that take nothing else.
enum JSONWriter {
    static func encode(_ value: ManifestValue) -> [UInt8] {
        var text = ""
        write(value, &text)
        return Array(text.utf8)
    }

    private static func write(_ value: ManifestValue, _ text: inout String) {
        switch value {
        case .scalar(let scalar): text += self.scalar(scalar)
        case .sequence(let elements):
            text += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { text += "," }
                write(element, &text)
            }
            text += "]"
        case .mapping(let entries):
            text += "{"
            for (index, entry) in entries.enumerated() {
                if index > 0 { text += "," }
                text += quoted(entry.key.text) + ":"
                write(entry.value, &text)
            }
            text += "}"
        }
    }

    /// A literal that JSON does not have becomes a string: the server says what it thinks of it.
    private static func scalar(_ scalar: ManifestScalar) -> String {
        guard scalar.isLiteral else { return quoted(scalar.text) }
        if PlainScalar.isNull(scalar.text) { return "null" }
        if ["true", "false"].contains(scalar.text) || isNumber(scalar.text) { return scalar.text }
        return integer(scalar.text).map { "\($0)" } ?? quoted(scalar.text)
    }

    /// An integer as YAML has them beside decimal ones: 0644, 0o644, 0x1F, 0b11, 1_000, +1.
    private static func integer(_ text: String) -> Int64? {
        let digits = text.lowercased().filter { $0 != "_" }
        let sign = digits.hasPrefix("-") ? "-" : ""
        let unsigned = digits.hasPrefix("-") || digits.hasPrefix("+") ? digits.dropFirst() : digits[...]
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where unsigned.hasPrefix(prefix) {
            return Int64(sign + unsigned.dropFirst(2), radix: radix)
        }
        return Int64(sign + unsigned, radix: unsigned.hasPrefix("0") && unsigned.count > 1 ? 8 : 10)
    }

    /// By the grammar of RFC 8259.
    private static func isNumber(_ text: String) -> Bool {
        var rest = text.utf8[...]
        func digits() -> Int {
            let count = rest.prefix { 48...57 ~= $0 }.count
            rest = rest.dropFirst(count)
            return count
        }
        if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        let isZeroFirst = rest.first == UInt8(ascii: "0")
        let whole = digits()
        guard whole > 0, whole == 1 || !isZeroFirst else { return false }
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            guard digits() > 0 else { return false }
        }
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            rest = rest.dropFirst()
            if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
            guard digits() > 0 else { return false }
        }
        return rest.isEmpty
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
