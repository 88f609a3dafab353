/// Finds the line on which a text stops being JSON, which the decoder does not tell. Source: RFC 8259.
struct JSONErrorLine {
    /// The decoder's own limit.
    private static let depthMax = 512
    private let bytes: [UInt8]
    private var position = 0

    /// Counted from one; nil if the text is JSON as far as this can see.
    static func find(in bytes: [UInt8]) -> Int? {
        var scan = JSONErrorLine(bytes: bytes)
        if scan.value(depth: 0), scan.isAtEnd() { return nil }
        return 1 + bytes[..<min(scan.position, bytes.count)].count { $0 == UInt8(ascii: "\n") }
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func isAtEnd() -> Bool {
        skipBlanks()
        return position == bytes.count
    }

    private mutating func skipBlanks() {
        while position < bytes.count, [0x20, 0x09, 0x0a, 0x0d].contains(bytes[position]) { position += 1 }
    }

    /// Goes past `byte`, and blanks before it, if it is next.
    private mutating func take(_ byte: UInt8) -> Bool {
        skipBlanks()
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func value(depth: Int) -> Bool {
        guard depth < Self.depthMax else { return false }
        if take(UInt8(ascii: "{")) { return members(until: UInt8(ascii: "}"), named: true, depth: depth) }
        if take(UInt8(ascii: "[")) { return members(until: UInt8(ascii: "]"), named: false, depth: depth) }
        if position < bytes.count, bytes[position] == UInt8(ascii: "\"") { return string() }
        return scalar()
    }

    private mutating func members(until end: UInt8, named: Bool, depth: Int) -> Bool {
        if take(end) { return true }
        repeat {
            if named { guard string(), take(UInt8(ascii: ":")) else { return false } }
            guard value(depth: depth + 1) else { return false }
        } while take(UInt8(ascii: ","))
        return take(end)
    }

    private mutating func string() -> Bool {
        guard take(UInt8(ascii: "\"")) else { return false }
        while position < bytes.count, bytes[position] >= 0x20 {
            let byte = bytes[position]
            position += byte == UInt8(ascii: "\\") ? 2 : 1
            if byte == UInt8(ascii: "\"") { return true }
        }
        return false
    }

    /// A finite number, true, false or null. The position stays at its start if it is none of them.
    private mutating func scalar() -> Bool {
        let word = bytes[position...].prefix { !Array(" \t\r\n,]}:".utf8).contains($0) }
        let text = String(decoding: word, as: UTF8.self)
        let isNumber = word.allSatisfy { Array("0123456789+-.eE".utf8).contains($0) } && Double(text)?.isFinite == true
        guard isNumber || ["true", "false", "null"].contains(text) else { return false }
        position += word.count
        return true
    }
}
