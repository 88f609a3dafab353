/// An age file as text: base64 between two marks, strictly as PEM has it (RFC 7468).
public enum AgeArmor {
    static let begin = "-----BEGIN AGE ENCRYPTED FILE-----"
    static let end = "-----END AGE ENCRYPTED FILE-----"
    private static let columns = 64

    public static func isArmored(_ bytes: [UInt8]) -> Bool {
        bytes.drop { $0 == 10 || $0 == 13 || $0 == 32 || $0 == 9 }.starts(with: "-----BEGIN".utf8)
    }

    static func encode(_ bytes: [UInt8]) -> [UInt8] {
        let text = Array(AgeBase64.padded(bytes).utf8)
        var result = Array("\(begin)\n".utf8)
        for start in stride(from: 0, to: text.count, by: columns) {
            result += text[start..<min(start + columns, text.count)] + [UInt8(ascii: "\n")]
        }
        return result + Array("\(end)\n".utf8)
    }

    /// White space before and behind the marks is passed over; anything else that is not exactly as it would be written is an error.
    static func decode(_ bytes: [UInt8]) throws(AgeError) -> [UInt8] {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw AgeError(.malformed, "its armor is not text") }
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }[...]
        func isBlank(_ line: Substring) -> Bool { line.utf8.allSatisfy { $0 == 32 || $0 == 9 || $0 == 13 } }
        let inner = lines.drop(while: isBlank).reversed().drop(while: isBlank).reversed()[...]
        guard inner.count >= 2, inner.first == begin[...], inner.last == end[...] else {
            throw AgeError(.malformed, "its armor does not begin with \(begin) and end with \(end)")
        }
        let body = inner.dropFirst().dropLast()
        guard let last = body.last, body.dropLast().allSatisfy({ $0.utf8.count == columns }), (1...columns).contains(last.utf8.count),
            let decoded = AgeBase64.decodePadded(body.joined())
        else { throw AgeError(.malformed, "its armor is not base64 in lines of \(columns) characters") }
        return decoded
    }
}
