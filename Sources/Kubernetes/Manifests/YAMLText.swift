/// One document of a file, as text.
struct DocumentText: Equatable {
    let text: String
    /// The line of the file that the text begins with.
    let line: Int
}

/// The text of a manifest file, cut at its `---` lines, so that one bad document does not hide what is wrong with the next.
enum YAMLText {
    /// A line that begins with `---` and white space starts a document wherever it stands: no scalar may hold one.
    static func documents(_ bytes: [UInt8]) throws(LineProblem) -> [DocumentText] {
        let bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
        var documents: [DocumentText] = []
        var start = bytes.startIndex
        var startLine = 1
        var line = 1
        var position = bytes.startIndex
        while position < bytes.endIndex {
            let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
            if position > start, isMarker(bytes[position..<end]), !isDirectives(bytes[start..<position]) {
                documents.append(DocumentText(text: try text(bytes[start..<position], line: startLine), line: startLine))
                start = position
                startLine = line
            }
            line += 1
            position = min(end + 1, bytes.endIndex)
        }
        documents.append(DocumentText(text: try text(bytes[start...], line: startLine), line: startLine))
        return documents
    }

    private static func isMarker(_ line: ArraySlice<UInt8>) -> Bool {
        guard line.starts(with: "---".utf8) else { return false }
        return line.dropFirst(3).first.map { " \t\r".utf8.contains($0) } ?? true
    }

    /// `%YAML` and its like belong to the document whose `---` follows them.
    private static func isDirectives(_ text: ArraySlice<UInt8>) -> Bool {
        var found = false
        for line in text.split(whereSeparator: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }) {
            if line.first == UInt8(ascii: "%") {
                found = true
            } else if let first = line.first(where: { $0 != UInt8(ascii: " ") }), first != UInt8(ascii: "#") {
                return false
            }
        }
        return found
    }

    private static func text(_ bytes: ArraySlice<UInt8>, line: Int) throws(LineProblem) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let bad = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0
        throw LineProblem(line: line + bad, why: "the text is not UTF-8")
    }

    /// JSON writes a character beyond U+FFFF as two escapes, which YAML does not know; this joins each pair into the character.
    static func joinSurrogates(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.contains(UInt8(ascii: "\\")) else { return bytes }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var position = 0
        while position < bytes.count {
            if let high = escape(bytes, position), 0xD800...0xDBFF ~= high,
                let low = escape(bytes, position + 6), 0xDC00...0xDFFF ~= low,
                let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
            {
                result.append(contentsOf: String(scalar).utf8)
                position += 12
            } else {
                // An escape is two bytes at least: the second backslash of `\\` begins nothing.
                let count = bytes[position] == UInt8(ascii: "\\") ? 2 : 1
                result.append(contentsOf: bytes[position..<min(position + count, bytes.count)])
                position += count
            }
        }
        return result
    }

    /// The value of the `\uXXXX` that stands at `position`.
    private static func escape(_ bytes: [UInt8], _ position: Int) -> UInt32? {
        guard position + 6 <= bytes.count, bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u") else {
            return nil
        }
        return UInt32(String(decoding: bytes[(position + 2)..<(position + 6)], as: UTF8.self), radix: 16)
    }
}
