/// Reads JSON (RFC 8259) as the API server writes it into a manifest's value.
///
/// Numbers keep their characters, so that none changes its meaning on the way through a floating-point type; nothing else reads JSON
/// like that. Stricter than most readers: a key that stands twice, a lone surrogate and bytes that are not UTF-8 are errors.
struct JSONReader {
    static let depthMax = ManifestLimits.depthMax

    private let bytes: ArraySlice<UInt8>
    private var position: Int
    /// Values nested deeper than this are skipped and read as null; nil: no limit.
    private var outlineDepth: Int?

    /// The top of a value that cannot be read whole, for its name: what lies deeper than some levels is null.
    static func outline(_ bytes: ArraySlice<UInt8>) throws(JSONProblem) -> ManifestValue {
        var reader = JSONReader(bytes)
        reader.outlineDepth = 2
        return try reader.value(depth: 0)
    }

    static func value(_ bytes: ArraySlice<UInt8>) throws(JSONProblem) -> ManifestValue {
        var reader = JSONReader(bytes)
        let value = try reader.value(depth: 0)
        reader.skipBlanks()
        guard reader.position == bytes.endIndex else { throw reader.problem("something follows the value") }
        return value
    }

    private init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    private func problem(_ why: String) -> JSONProblem { JSONProblem(offset: position - bytes.startIndex, why: why) }

    private var next: UInt8? { position < bytes.endIndex ? bytes[position] : nil }

    private mutating func skipBlanks() {
        while let byte = next, byte == 32 || byte == 10 || byte == 13 || byte == 9 { position += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    private mutating func value(depth: Int) throws(JSONProblem) -> ManifestValue {
        guard depth <= Self.depthMax else { throw problem("the value is nested deeper than \(Self.depthMax) levels") }
        skipBlanks()
        if let outlineDepth, depth > outlineDepth, next == UInt8(ascii: "{") || next == UInt8(ascii: "[") { return try passOver() }
        switch next {
        case UInt8(ascii: "{"): return .mapping(try entries(depth))
        case UInt8(ascii: "["): return .sequence(try elements(depth))
        case UInt8(ascii: "\""): return .scalar(.string(try string()))
        case UInt8(ascii: "t"): return try word("true")
        case UInt8(ascii: "f"): return try word("false")
        case UInt8(ascii: "n"): return try word("null")
        default: return try number()
        }
    }

    /// Takes an object or a list of any depth without looking at what it holds.
    private mutating func passOver() throws(JSONProblem) -> ManifestValue {
        var open = 0
        repeat {
            switch next {
            case nil: throw problem("a bracket is missing")
            case UInt8(ascii: "\""): _ = try string()
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                open += 1
                position += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                open -= 1
                position += 1
            default: position += 1
            }
        } while open > 0
        return .scalar(ManifestScalar(text: "null", isLiteral: true))
    }

    private mutating func entries(_ depth: Int) throws(JSONProblem) -> [ManifestEntry] {
        position += 1
        skipBlanks()
        if take(UInt8(ascii: "}")) { return [] }
        var entries: [ManifestEntry] = []
        while true {
            skipBlanks()
            guard next == UInt8(ascii: "\"") else { throw problem("a key is missing") }
            let key = try string()
            skipBlanks()
            guard take(UInt8(ascii: ":")) else { throw problem("a colon is missing") }
            entries.append(ManifestEntry(key: .string(key), value: try value(depth: depth + 1)))
            skipBlanks()
            if take(UInt8(ascii: "}")) { break }
            guard take(UInt8(ascii: ",")) else { throw problem("a comma or brace is missing") }
        }
        // Most objects have a handful of keys, for which a set costs more than it saves.
        let isUnique =
            entries.count <= 8
            ? entries.indices.allSatisfy { index in !entries[..<index].contains { $0.key.text == entries[index].key.text } }
            : Set(entries.map(\.key.text)).count == entries.count
        guard isUnique else { throw problem("a key stands twice in one object") }
        return entries
    }

    private mutating func elements(_ depth: Int) throws(JSONProblem) -> [ManifestValue] {
        position += 1
        skipBlanks()
        if take(UInt8(ascii: "]")) { return [] }
        var elements: [ManifestValue] = []
        while true {
            elements.append(try value(depth: depth + 1))
            skipBlanks()
            if take(UInt8(ascii: "]")) { return elements }
            guard take(UInt8(ascii: ",")) else { throw problem("a comma or bracket is missing") }
        }
    }

    private mutating func word(_ word: String) throws(JSONProblem) -> ManifestValue {
        guard bytes[position...].starts(with: word.utf8) else { throw problem("a value is missing") }
        position += word.utf8.count
        return .scalar(ManifestScalar(text: word, isLiteral: true))
    }

    private mutating func number() throws(JSONProblem) -> ManifestValue {
        let start = position
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try digits() }
        if take(UInt8(ascii: ".")) { try digits() }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits()
        }
        return .scalar(ManifestScalar(text: String(decoding: bytes[start..<position], as: UTF8.self), isLiteral: true))
    }

    private mutating func digits() throws(JSONProblem) {
        let start = position
        while let byte = next, (48...57).contains(byte) { position += 1 }
        guard position > start else { throw problem("a value is missing") }
    }

    /// The string whose opening quote is next.
    private mutating func string() throws(JSONProblem) -> String {
        position += 1
        var decoded: [UInt8] = []
        var start = position
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                let rest = bytes[start..<position]
                position += 1
                let text =
                    decoded.isEmpty ? String(validating: rest, as: UTF8.self) : String(validating: decoded + rest, as: UTF8.self)
                guard let text else { throw problem("a string is not UTF-8") }
                return text
            case UInt8(ascii: "\\"):
                decoded += bytes[start..<position]
                position += 1
                decoded += try escape()
                start = position
            case 0..<32: throw problem("a string holds a control character")
            default: position += 1
            }
        }
        throw problem("a string does not end")
    }

    private mutating func escape() throws(JSONProblem) -> [UInt8] {
        guard let byte = next else { throw problem("a string does not end") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [8]
        case UInt8(ascii: "f"): return [12]
        case UInt8(ascii: "n"): return [10]
        case UInt8(ascii: "r"): return [13]
        case UInt8(ascii: "t"): return [9]
        case UInt8(ascii: "u"): return Array(String(try unicode()).utf8)
        default: throw problem("a string holds an unknown escape")
        }
    }

    private mutating func unicode() throws(JSONProblem) -> Character {
        let first = try hexadecimal()
        if let scalar = Unicode.Scalar(first) { return Character(scalar) }
        guard first < 0xDC00, take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else { throw problem("a string holds half a character") }
        let second = try hexadecimal()
        guard 0xDC00...0xDFFF ~= second, let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)) else {
            throw problem("a string holds half a character")
        }
        return Character(scalar)
    }

    private mutating func hexadecimal() throws(JSONProblem) -> UInt32 {
        let digits = bytes[position...].prefix(4)
        guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw problem("an escape has no four digits") }
        position += 4
        return value
    }
}

/// Why some bytes are no JSON.
struct JSONProblem: Error, Equatable, CustomStringConvertible {
    /// Bytes from the start.
    let offset: Int
    let why: String

    var description: String { "the JSON is not valid at byte \(offset): \(why)" }
}
