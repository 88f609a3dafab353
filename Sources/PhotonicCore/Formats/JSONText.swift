internal import StrictYAML

/// Reads JSON (RFC 8259) of any length, piece by piece, with a line in every error. Bounded in depth, and in what it makes a value of.
struct JSONText {
    private static let depthMax = 200
    /// Names of components stand in messages.
    private static let keyBytesMax = 1024
    /// Some 300 MiB of them in memory.
    private static let valuesMax = 4_000_000
    private static let pieceBytes = 256 << 10
    private static let keysMax = 1_000_000
    private static let stringBytesMax = 16 << 20

    private let isPython: Bool
    /// What is looked at, and how far it has been read.
    private var piece: [UInt8]
    private var position = 0
    /// Where the rest is; nil where all of it is in the piece.
    private var rest: (file: OpenDataFile, offset: Int)?
    private var line = 1
    private var depth = 0
    private var valuesLeft = valuesMax

    /// - Parameter isPython: numbers that are none, and infinite ones, are taken as Python's `json` writes them.
    static func value(_ bytes: [UInt8], isPython: Bool) throws(DataProblem) -> JSONValue {
        var text = JSONText(bytes, isPython: isPython)
        let value = try text.value()
        try text.end()
        return value
    }

    private init(_ bytes: [UInt8], isPython: Bool) { (piece, self.isPython) = (bytes, isPython) }

    /// The text of a file, which is read as far as it is asked for.
    init(_ file: OpenDataFile, isPython: Bool) {
        (piece, rest, self.isPython) = ([], (file, 0), isPython)
    }

    // MARK: Bytes

    private func problem(_ what: String) -> DataProblem {
        DataProblem("not valid JSON: \(isOver ? "it breaks off" : what).", line: line)
    }

    private var isOver: Bool { position >= piece.count && rest.map { $0.offset >= $0.file.size } ?? true }

    private mutating func next() throws(DataProblem) -> UInt8? {
        if position < piece.count { return piece[position] }
        guard let (file, offset) = rest, offset < file.size else { return nil }
        piece = try file.bytes(at: offset, count: min(Self.pieceBytes, file.size - offset))
        rest = (file, offset + piece.count)
        position = 0
        return piece.first
    }

    private mutating func skipBlanks() throws(DataProblem) {
        repeat {
            while position < piece.count {
                switch piece[position] {
                case UInt8(ascii: "\n"): line += 1
                case 0x20, 0x09, 0x0D: break
                default: return
                }
                position += 1
            }
        } while try next() != nil
    }

    /// Takes what is in the piece up to the first byte that is not wanted.
    private mutating func take(into text: inout [UInt8], while isWanted: (UInt8) -> Bool) {
        let start = position
        while position < piece.count, isWanted(piece[position]) { position += 1 }
        text += piece[start..<position]
    }

    private mutating func take(_ byte: UInt8) throws(DataProblem) -> Bool {
        try skipBlanks()
        guard try next() == byte else { return false }
        position += 1
        return true
    }

    // MARK: Values

    /// That nothing follows.
    mutating func end() throws(DataProblem) {
        try skipBlanks()
        guard try next() == nil else { throw problem("something follows the end") }
    }

    /// The whole of the next value.
    mutating func value() throws(DataProblem) -> JSONValue {
        try skipBlanks()
        let start = line
        valuesLeft -= 1
        guard valuesLeft >= 0 else { throw DataProblem("it has more than \(Self.valuesMax) values.", line: line) }
        switch try next() {
        case UInt8(ascii: "{"):
            var members: [JSONMember] = []
            try forEachMember("") { key, text throws(DataProblem) in members.append(JSONMember(key: key, value: try text.value())) }
            return JSONValue(content: .object(members), line: start)
        case UInt8(ascii: "["):
            var items: [JSONValue] = []
            try forEachItem("") { text throws(DataProblem) in items.append(try text.value()) }
            return JSONValue(content: .array(items), line: start)
        case UInt8(ascii: "\""): return JSONValue(content: .string(try string(upTo: Self.stringBytesMax)), line: start)
        default: return JSONValue(content: try scalar(), line: start)
        }
    }

    /// A value that is forgotten again: of a long list, each counts anew.
    mutating func passingValue() throws(DataProblem) -> JSONValue {
        let left = valuesLeft
        defer { valuesLeft = left }
        return try value()
    }

    /// Goes through an object; `body` reads the value of each key.
    ///
    /// - Parameter what: it is, for a value that is none.
    mutating func forEachMember(
        _ what: @autoclosure () -> String, _ body: (String, inout JSONText) throws(DataProblem) -> Void
    ) throws(DataProblem) {
        guard try take(UInt8(ascii: "{")) else { throw try notOne(what(), "an object") }
        try enter()
        defer { depth -= 1 }
        if try take(UInt8(ascii: "}")) { return }
        // By their bytes: two spellings of one letter are two names.
        var keys: Set<[UInt8]> = []
        repeat {
            try skipBlanks()
            guard try next() == UInt8(ascii: "\"") else { throw problem("a key is missing") }
            let key = try string(upTo: Self.keyBytesMax, of: "a key")
            guard keys.insert(Array(key.utf8)).inserted else { throw problem("the key \(quoted(key)) stands twice") }
            guard keys.count <= Self.keysMax else { throw problem("an object has more than \(Self.keysMax) keys") }
            guard try take(UInt8(ascii: ":")) else { throw problem("a colon is missing") }
            try body(key, &self)
        } while try take(UInt8(ascii: ","))
        guard try take(UInt8(ascii: "}")) else { throw problem("a comma or } is missing") }
    }

    /// Goes through a list; `body` reads each of its values.
    mutating func forEachItem(
        _ what: @autoclosure () -> String, _ body: (inout JSONText) throws(DataProblem) -> Void
    ) throws(DataProblem) {
        guard try take(UInt8(ascii: "[")) else { throw try notOne(what(), "a list") }
        try enter()
        defer { depth -= 1 }
        if try take(UInt8(ascii: "]")) { return }
        repeat { try body(&self) } while try take(UInt8(ascii: ","))
        guard try take(UInt8(ascii: "]")) else { throw problem("a comma or ] is missing") }
    }

    private mutating func enter() throws(DataProblem) {
        depth += 1
        guard depth < Self.depthMax else { throw problem("it is nested too deep") }
    }

    private mutating func notOne(_ what: String, _ kind: String) throws(DataProblem) -> DataProblem {
        let value = try value()
        return DataProblem("\(what) is \(value.kind), not \(kind).", line: value.line)
    }

    private mutating func scalar() throws(DataProblem) -> JSONValue.Content {
        var bytes: [UInt8] = []
        func isPart(_ byte: UInt8) -> Bool {
            switch byte {
            case 0x20, 0x09, 0x0D, 0x0A, UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: ":"), UInt8(ascii: "\""):
                false
            default: true
            }
        }
        while let byte = try next(), isPart(byte), bytes.count < Self.keyBytesMax { take(into: &bytes, while: isPart) }
        let word = String(decoding: bytes, as: UTF8.self)
        switch word {
        case "null": return .null
        case "true": return .flag(true)
        case "false": return .flag(false)
        case "NaN" where isPython: return .number(.nan)
        case "Infinity" where isPython: return .number(.infinity)
        case "-Infinity" where isPython: return .number(-.infinity)
        default:
            guard Self.isNumber(word[...]), let number = Double(word), number.isFinite else { throw problem("\(quoted(word)) is no value") }
            return .number(number)
        }
    }

    /// `Double` itself would take "0x1", "inf", "+1" and "01".
    private static func isNumber(_ word: Substring) -> Bool {
        func digits(_ text: inout Substring) -> Int {
            let count = text.prefix { ("0"..."9").contains($0) }.count
            text = text.dropFirst(count)
            return count
        }
        var rest = word.hasPrefix("-") ? word.dropFirst() : word
        let startsWithZero = rest.hasPrefix("0")
        let whole = digits(&rest)
        guard whole == 1 || whole > 1 && !startsWithZero else { return false }
        if rest.hasPrefix(".") {
            rest = rest.dropFirst()
            guard digits(&rest) > 0 else { return false }
        }
        if rest.first == "e" || rest.first == "E" {
            rest = rest.dropFirst()
            if rest.first == "+" || rest.first == "-" { rest = rest.dropFirst() }
            guard digits(&rest) > 0 else { return false }
        }
        return rest.isEmpty
    }

    private mutating func string(upTo limit: Int, of what: String = "a string") throws(DataProblem) -> String {
        position += 1
        var text: [UInt8] = []
        while let byte = try next() {
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else { throw problem("a string is not UTF-8") }
                return string
            case UInt8(ascii: "\\"): text += try escape()
            case ..<0x20: throw problem("a string holds a control character")
            default:
                text.append(byte)
                take(into: &text) { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
            }
            guard text.count <= limit else { throw problem("\(what) is longer than \(limit) bytes") }
        }
        throw problem("a string has no end")
    }

    private mutating func escape() throws(DataProblem) -> [UInt8] {
        guard let byte = try next() else { throw problem("a string has no end") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): return try unicode(try hex())
        default: throw problem("an escape that JSON does not have")
        }
    }

    /// Half of a character, which Python writes of names that are no text, is kept as it is spelt.
    private mutating func unicode(_ first: UInt32) throws(DataProblem) -> [UInt8] {
        var (code, text) = (first, [UInt8]())
        while true {
            if let scalar = Unicode.Scalar(code) { return text + Array(String(scalar).utf8) }
            let spelt = Array("\\u\(String(code, radix: 16))".utf8)
            guard (0xD800..<0xDC00).contains(code), try next() == UInt8(ascii: "\\") else { return text + spelt }
            position += 1
            guard try next() == UInt8(ascii: "u") else { return text + spelt + (try escape()) }
            position += 1
            let low = try hex()
            if (0xDC00..<0xE000).contains(low), let scalar = Unicode.Scalar(0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)) {
                return text + Array(String(scalar).utf8)
            }
            text += spelt
            code = low
            guard text.count <= Self.stringBytesMax else { throw problem("a string is longer than \(Self.stringBytesMax) bytes") }
        }
    }

    private mutating func hex() throws(DataProblem) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = try next(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw problem("an escape without four digits")
            }
            code = code << 4 | UInt32(digit)
            position += 1
        }
        return code
    }

    private func quoted(_ text: String) -> String { Shown.short(text).debugDescription }
}
