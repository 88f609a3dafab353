internal import StrictYAML

/// A value of a JSON text, and the line that it begins in.
struct JSONValue: Sendable, Equatable {
    enum Content: Sendable, Equatable {
        case null
        case flag(Bool)
        /// May be infinite or no number: Python writes `NaN` and `Infinity`.
        case number(Double)
        case string(String)
        case array([JSONValue])
        /// In the order of the text; no key twice.
        case object([JSONMember])
    }

    let content: Content
    let line: Int

    /// The name of the type, for messages.
    var kind: String {
        switch content {
        case .null: "null"
        case .flag: "true or false"
        case .number: "a number"
        case .string: "a string"
        case .array: "a list"
        case .object: "an object"
        }
    }
}

struct JSONMember: Sendable, Equatable {
    let key: String
    let value: JSONValue
}

/// Reads JSON (RFC 8259), with a line in every error. Bounded in depth; the text is bounded by who reads it.
struct JSONText {
    private static let depthMax = 200
    /// Names of components stand in messages.
    private static let keyBytesMax = 1024
    /// Some 300 MiB of them in memory.
    private static let valuesMax = 4_000_000
    private let bytes: [UInt8]
    private let isPython: Bool
    private var position = 0
    private var line = 1
    private var valuesLeft = valuesMax

    /// - Parameter isPython: numbers that are none, and infinite ones, are taken as Python's `json` writes them.
    static func value(_ bytes: [UInt8], isPython: Bool) throws(DataProblem) -> JSONValue {
        var text = JSONText(bytes: bytes, isPython: isPython)
        let value = try text.value(depth: 0)
        text.skipBlanks()
        guard text.position == bytes.count else { throw text.problem("something follows the end") }
        return value
    }

    private init(bytes: [UInt8], isPython: Bool) {
        self.bytes = bytes
        self.isPython = isPython
    }

    private func problem(_ what: String) -> DataProblem {
        DataProblem("not valid JSON: \(position >= bytes.count ? "it breaks off" : what).", line: line)
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipBlanks() {
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\n"): line += 1
            case 0x20, 0x09, 0x0D: break
            default: return
            }
            position += 1
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipBlanks()
        guard next == byte else { return false }
        position += 1
        return true
    }

    private mutating func value(depth: Int) throws(DataProblem) -> JSONValue {
        skipBlanks()
        let start = line
        guard depth < Self.depthMax else { throw problem("it is nested too deep") }
        valuesLeft -= 1
        guard valuesLeft >= 0 else { throw DataProblem("it has more than \(Self.valuesMax) values.", line: line) }
        switch next {
        case UInt8(ascii: "{"): return JSONValue(content: try object(depth: depth), line: start)
        case UInt8(ascii: "["): return JSONValue(content: try array(depth: depth), line: start)
        case UInt8(ascii: "\""): return JSONValue(content: .string(try string()), line: start)
        default: return JSONValue(content: try scalar(), line: start)
        }
    }

    private mutating func object(depth: Int) throws(DataProblem) -> JSONValue.Content {
        position += 1
        var members: [JSONMember] = []
        var keys: Set<String> = []
        if take(UInt8(ascii: "}")) { return .object([]) }
        repeat {
            skipBlanks()
            guard next == UInt8(ascii: "\"") else { throw problem("a key is missing") }
            let key = try string()
            guard key.utf8.count <= Self.keyBytesMax else { throw problem("a key is longer than \(Self.keyBytesMax) bytes") }
            guard keys.insert(key).inserted else { throw problem("the key \(quoted(key)) stands twice") }
            guard take(UInt8(ascii: ":")) else { throw problem("a colon is missing") }
            members.append(JSONMember(key: key, value: try value(depth: depth + 1)))
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw problem("a comma or } is missing") }
        return .object(members)
    }

    private mutating func array(depth: Int) throws(DataProblem) -> JSONValue.Content {
        position += 1
        var items: [JSONValue] = []
        if take(UInt8(ascii: "]")) { return .array([]) }
        repeat { items.append(try value(depth: depth + 1)) } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw problem("a comma or ] is missing") }
        return .array(items)
    }

    private mutating func scalar() throws(DataProblem) -> JSONValue.Content {
        let start = position
        while let byte = next, !" \t\r\n,]}:\"".utf8.contains(byte) { position += 1 }
        let word = String(decoding: bytes[start..<position], as: UTF8.self)
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

    private mutating func string() throws(DataProblem) -> String {
        position += 1
        var text: [UInt8] = []
        while let byte = next {
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else { throw problem("a string is not UTF-8") }
                return string
            case UInt8(ascii: "\\"): text += try escape()
            case ..<0x20: throw problem("a string holds a control character")
            default: text.append(byte)
            }
        }
        throw problem("a string has no end")
    }

    private mutating func escape() throws(DataProblem) -> [UInt8] {
        guard let byte = next else { throw problem("a string has no end") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"):
            var code = try hex()
            if (0xD800..<0xDC00).contains(code), bytes[position...].starts(with: "\\u".utf8) {
                position += 2
                let low = try hex()
                guard (0xDC00..<0xE000).contains(low) else { throw problem("half a character") }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw problem("half a character") }
            return Array(String(scalar).utf8)
        default: throw problem("an escape that JSON does not have")
        }
    }

    private mutating func hex() throws(DataProblem) -> UInt32 {
        let digits = bytes[position...].prefix(4)
        guard digits.count == 4, digits.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }),
            let code = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw problem("an escape without four digits") }
        position += 4
        return code
    }

    private func quoted(_ text: String) -> String { Shown.short(text).debugDescription }
}

extension JSONValue {
    var members: [JSONMember] { if case .object(let members) = content { members } else { [] } }

    subscript(key: String) -> JSONValue? { members.first { $0.key == key }?.value }

    func object(_ what: @autoclosure () -> String) throws(DataProblem) -> [JSONMember] {
        guard case .object(let members) = content else { throw DataProblem("\(what()) is \(kind), not an object.", line: line) }
        return members
    }

    func array(_ what: @autoclosure () -> String) throws(DataProblem) -> [JSONValue] {
        guard case .array(let items) = content else { throw DataProblem("\(what()) is \(kind), not a list.", line: line) }
        return items
    }

    func number(_ what: @autoclosure () -> String) throws(DataProblem) -> Double {
        guard case .number(let number) = content else { throw DataProblem("\(what()) is \(kind), not a number.", line: line) }
        return number
    }

    func string(_ what: @autoclosure () -> String) throws(DataProblem) -> String {
        guard case .string(let string) = content else { throw DataProblem("\(what()) is \(kind), not a string.", line: line) }
        return string
    }

    /// A whole number from `range`.
    func count(_ what: @autoclosure () -> String, _ range: ClosedRange<Int>) throws(DataProblem) -> Int {
        let number = try number(what())
        guard let count = Int(exactly: number), range.contains(count) else {
            throw DataProblem("\(what()) is \(number), not a whole number from \(range.lowerBound) to \(range.upperBound).", line: line)
        }
        return count
    }

    func numbers(_ what: @autoclosure () -> String) throws(DataProblem) -> [Double] {
        var numbers: [Double] = []
        for item in try array(what()) { numbers.append(try item.number("an element of \(what())")) }
        return numbers
    }

    /// What stands under a key, which must be there.
    func required(_ key: String, of what: @autoclosure () -> String) throws(DataProblem) -> JSONValue {
        _ = try object(what())
        guard let value = self[key] else { throw DataProblem("\(what()) has no \"\(key)\".", line: line) }
        return value
    }

    /// All that it says, whatever the order of its keys.
    func add(to sketch: inout Sketch) {
        switch content {
        case .number(let number): sketch.add(number)
        case .string(let text): sketch.add(bits: Array(text.utf8)[...])
        case .flag(let flag): sketch.add(flag ? 1 : 0)
        case .null: break
        case .array(let items): for item in items { item.add(to: &sketch) }
        case .object(let members):
            for member in members.sorted(by: { $0.key < $1.key }) {
                sketch.add(bits: Array(member.key.utf8)[...])
                member.value.add(to: &sketch)
            }
        }
    }
}
