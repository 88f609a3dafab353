extension CanonicalYAML {
    /// The value of a text that `encode` wrote; nil for any other text, valid YAML or not.
    ///
    /// It knows the few forms that `encode` has and nothing else: no anchors, so no aliases that expand. What it takes is written again
    /// and compared, so that a text it would misread is not taken. Memory and time are in proportion to the text.
    public static func decode(_ text: [UInt8]) -> ManifestValue? {
        guard let value = try? trusted(text), encode(value) == text else { return nil }
        return value
    }

    /// The same of a text that this process has just encoded.
    static func trusted(_ text: [UInt8]) throws(NotCanonical) -> ManifestValue {
        var reader = CanonicalReader(bytes: text)
        let value = try reader.block(indent: 0, depth: 0)
        guard reader.position == text.count else { throw NotCanonical() }
        return value
    }

    /// The text is none of ours.
    struct NotCanonical: Error {}
}

private struct CanonicalReader {
    fileprivate typealias Problem = CanonicalYAML.NotCanonical

    let bytes: [UInt8]
    var position = 0

    // MARK: Lines

    /// The byte that many places ahead; 0, which no text of ours holds, beyond the end.
    private func peek(_ ahead: Int = 0) -> UInt8 { position + ahead < bytes.count ? bytes[position + ahead] : 0 }

    private func isNext(_ text: StaticString) -> Bool {
        guard position + text.utf8CodeUnitCount <= bytes.count else { return false }
        return text.withUTF8Buffer { buffer in buffer.indices.allSatisfy { bytes[position + $0] == buffer[$0] } }
    }

    private mutating func take(_ text: StaticString) -> Bool {
        guard isNext(text) else { return false }
        position += text.utf8CodeUnitCount
        return true
    }

    /// Takes the blanks that a line of this block begins with; false, and nothing taken, where it is a line of another block.
    private mutating func takePad(_ indent: Int) -> Bool {
        guard position + indent < bytes.count, bytes[position..<position + indent].allSatisfy({ $0 == UInt8(ascii: " ") }),
            bytes[position + indent] != UInt8(ascii: " "), bytes[position + indent] != UInt8(ascii: "\n")
        else { return false }
        position += indent
        return true
    }

    private var lineEnd: Int { bytes[position...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count }

    private func string(_ range: Range<Int>) throws(Problem) -> String {
        guard let text = String(validating: bytes[range], as: UTF8.self) else { throw Problem() }
        return text
    }

    // MARK: Blocks

    /// Any value whose first line begins at the cursor, which stands at the column `indent`.
    mutating func block(indent: Int, depth: Int) throws(Problem) -> ManifestValue {
        guard depth <= ManifestLimits.depthMax else { throw Problem() }
        if isNext("- ") { return try sequence(indent: indent, depth: depth) }
        if isKeyNext { return try mapping(indent: indent, depth: depth) }
        return try inline(indent: indent)
    }

    private mutating func sequence(indent: Int, depth: Int) throws(Problem) -> ManifestValue {
        var items: [ManifestValue] = []
        repeat {
            guard take("- ") else { throw Problem() }
            let isBlock = isNext("- ") || isKeyNext
            items.append(isBlock ? try block(indent: indent + 2, depth: depth + 1) : try inline(indent: indent))
        } while isSequenceGoingOn(indent)
        return .sequence(items)
    }

    private mutating func isSequenceGoingOn(_ indent: Int) -> Bool {
        let start = position
        if takePad(indent), isNext("- ") { return true }
        position = start
        return false
    }

    private mutating func mapping(indent: Int, depth: Int) throws(Problem) -> ManifestValue {
        var entries: [ManifestEntry] = []
        repeat {
            let key = try self.key(indent)
            guard entries.last.map({ $0.key.text.utf8.lexicographicallyPrecedes(key.text.utf8) }) ?? true else { throw Problem() }
            entries.append(ManifestEntry(key: key, value: try valueOfKey(indent: indent, depth: depth)))
        } while isMappingGoingOn(indent)
        return .mapping(entries)
    }

    private mutating func isMappingGoingOn(_ indent: Int) -> Bool {
        let start = position
        if takePad(indent), !isNext("- ") { return true }
        position = start
        return false
    }

    /// Behind the colon: on the same line, or a block on the next.
    private mutating func valueOfKey(indent: Int, depth: Int) throws(Problem) -> ManifestValue {
        if take(" ") { return try inline(indent: indent) }
        guard take("\n"), depth < ManifestLimits.depthMax else { throw Problem() }
        let start = position
        if takePad(indent), isNext("- ") { return try sequence(indent: indent, depth: depth + 1) }
        position = start
        guard takePad(indent + 2) else { throw Problem() }
        return try mapping(indent: indent + 2, depth: depth + 1)
    }

    // MARK: Keys

    /// Whether a key, and with it a mapping, begins at the cursor.
    private var isKeyNext: Bool {
        if isNext("? ") { return true }
        if peek() == UInt8(ascii: "\"") {
            guard let end = endOfQuoted else { return false }
            return end < bytes.count && bytes[end] == UInt8(ascii: ":")
        }
        return endOfPlainKey != nil
    }

    private mutating func key(_ indent: Int) throws(Problem) -> ManifestScalar {
        let isExplicit = take("? ")
        let key: ManifestScalar
        if peek() == UInt8(ascii: "\"") {
            key = .string(try quoted())
        } else {
            guard let end = isExplicit ? lineEnd : endOfPlainKey else { throw Problem() }
            key = .plain(try string(position..<end))
            position = end
        }
        if isExplicit { guard take("\n"), takePad(indent) else { throw Problem() } }
        guard take(":") else { throw Problem() }
        return key
    }

    /// Where the colon behind a key without quotes is.
    private var endOfPlainKey: Int? {
        let end = lineEnd
        return bytes[position..<end].indices.first { index in
            bytes[index] == UInt8(ascii: ":") && (index + 1 == end || bytes[index + 1] == UInt8(ascii: " "))
        }
    }

    /// Behind the quote that ends what begins here.
    private var endOfQuoted: Int? {
        var index = position + 1
        while index < bytes.count, bytes[index] != UInt8(ascii: "\n") {
            if bytes[index] == UInt8(ascii: "\"") { return index + 1 }
            index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return nil
    }

    // MARK: Scalars

    /// A scalar or an empty collection and the end of its line; `indent` is that of the block it stands in.
    private mutating func inline(indent: Int) throws(Problem) -> ManifestValue {
        if take("{}\n") { return .mapping([]) }
        if take("[]\n") { return .sequence([]) }
        if peek() == UInt8(ascii: "|") { return .scalar(.string(try literal(indent: indent + 2))) }
        let scalar: ManifestScalar
        if peek() == UInt8(ascii: "\"") {
            scalar = .string(try quoted())
        } else {
            let end = lineEnd
            scalar = .plain(try string(position..<end))
            position = end
        }
        guard take("\n") else { throw Problem() }
        return .scalar(scalar)
    }

    /// A literal block with its header.
    private mutating func literal(indent: Int) throws(Problem) -> String {
        let header = try string(position..<lineEnd)
        position = lineEnd
        guard ["|", "|-", "|+", "|2", "|2-", "|2+"].contains(header), take("\n") else { throw Problem() }
        var text: [UInt8] = []
        while position < bytes.count {
            let end = lineEnd
            if end > position {
                let content = position + indent
                guard content < end, bytes[position..<content].allSatisfy({ $0 == UInt8(ascii: " ") }) else { break }
                text += bytes[content..<end]
            }
            text.append(UInt8(ascii: "\n"))
            position = min(end + 1, bytes.count)
        }
        if header.hasSuffix("-") { text.removeLast() }
        guard let text = String(validating: text, as: UTF8.self) else { throw Problem() }
        return text
    }

    private mutating func quoted() throws(Problem) -> String {
        guard let end = endOfQuoted, end <= bytes.count else { throw Problem() }
        var text = String.UnicodeScalarView()
        let body = try string(position + 1..<end - 1).unicodeScalars
        position = end
        var rest = body[...]
        while let scalar = rest.popFirst() {
            text.append(scalar == "\\" ? try Self.escaped(&rest) : scalar)
        }
        return String(text)
    }

    private static func escaped(_ rest: inout Substring.UnicodeScalarView) throws(Problem) -> Unicode.Scalar {
        switch rest.popFirst() {
        case "\"": return "\""
        case "\\": return "\\"
        case "n": return "\n"
        case "t": return "\t"
        case "r": return "\r"
        case "x": return try numbered(&rest, digits: 2)
        case "u": return try numbered(&rest, digits: 4)
        case "U": return try numbered(&rest, digits: 8)
        default: throw Problem()
        }
    }

    private static func numbered(_ rest: inout Substring.UnicodeScalarView, digits: Int) throws(Problem) -> Unicode.Scalar {
        let text = String(rest.prefix(digits))
        rest = rest.dropFirst(digits)
        guard text.utf8.count == digits, let value = UInt32(text, radix: 16), let scalar = Unicode.Scalar(value) else { throw Problem() }
        return scalar
    }
}
