/// Paths as text, where they may hold any byte but NUL: `\` and three octal digits stand for a byte that text cannot hold or a terminal
/// would obey. What people are shown they can give back.
public enum PathText {
    /// The text of a path: what is not UTF-8, what steers a terminal, and a `\` that could be taken for the beginning of an escape, are
    /// escaped; all else stands for itself.
    public static func text(_ bytes: some Collection<UInt8>) -> String {
        let bytes = Array(bytes)
        if let text = String(validating: bytes, as: UTF8.self), !text.unicodeScalars.contains(where: isControl), !bytes.contains(backslash)
        {
            return text
        }
        var text = ""
        var index = 0
        while index < bytes.count {
            let length = scalarLength(bytes, index)
            let piece = bytes[index..<index + max(length, 1)]
            let scalar = length > 0 ? String(decoding: piece, as: UTF8.self).unicodeScalars.first : nil
            let isEscape = bytes[index] == backslash && byte(bytes, index) != nil
            if let scalar, !isControl(scalar), !isEscape { text.unicodeScalars.append(scalar) } else { text += escaped(piece) }
            index += piece.count
        }
        return text
    }

    /// The text of bytes that are not UTF-8; nil for all others, which need no second spelling.
    public static func ifNeeded(_ bytes: [UInt8]) -> String? { String(validating: bytes, as: UTF8.self) == nil ? text(bytes) : nil }

    /// The bytes that a text stands for.
    public static func bytes(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        guard bytes.contains(backslash) else { return bytes }
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let escape = bytes[index] == backslash ? byte(bytes, index) : nil
            result.append(escape ?? bytes[index])
            index += escape == nil ? 1 : 4
        }
        return result
    }

    /// The byte that the escape at `index` stands for; nil if none is there. NUL is in no path.
    public static func byte(_ bytes: [UInt8], _ index: Int) -> UInt8? {
        guard index + 3 < bytes.count, bytes[index] == backslash else { return nil }
        var value = 0
        for digit in bytes[index + 1...index + 3] {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "7") else { return nil }
            value = value << 3 | Int(digit - UInt8(ascii: "0"))
        }
        return value == 0 ? nil : UInt8(exactly: value)
    }

    private static let backslash = UInt8(ascii: "\\")

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
    }

    private static func escaped(_ bytes: ArraySlice<UInt8>) -> String {
        bytes.map { byte in
            let octal = String(byte, radix: 8)
            return "\\" + String(repeating: "0", count: 3 - octal.count) + octal
        }.joined()
    }

    /// How many bytes the character at `index` takes; 0 if none begins there.
    private static func scalarLength(_ bytes: [UInt8], _ index: Int) -> Int {
        let length =
            switch bytes[index] {
            case ..<0x80: 1
            case 0xC2...0xDF: 2
            case 0xE0...0xEF: 3
            case 0xF0...0xF4: 4
            default: 0
            }
        guard index + length <= bytes.count, String(validating: bytes[index..<index + length], as: UTF8.self) != nil else { return 0 }
        return length
    }
}
