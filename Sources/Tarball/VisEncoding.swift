/// Bytes as printable ASCII without blanks: `\` and three octal digits for all that could be taken for something else.
///
/// Source: vis(3) with VIS_OCTAL, as mtree(5) names files; `getfattr` and `setfattr` use the same escapes for values.
public enum VisEncoding {
    /// Which bytes stand for themselves.
    private static let plain: [Bool] = (0...255).map { byte in
        (0x21...0x7E).contains(byte) && !##"\#="*?[]'`$,"##.utf8.contains(UInt8(byte))
    }

    public static func append(_ bytes: some Sequence<UInt8>, to text: inout [UInt8]) {
        for byte in bytes {
            if plain[Int(byte)] {
                text.append(byte)
            } else {
                text.append(UInt8(ascii: "\\"))
                text.append(UInt8(ascii: "0") + byte >> 6)
                text.append(UInt8(ascii: "0") + (byte >> 3) & 7)
                text.append(UInt8(ascii: "0") + byte & 7)
            }
        }
    }

    /// Reads back what `append` wrote; nil for any other text, so that one name has one spelling.
    public static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard text.contains(UInt8(ascii: "\\")) else { return text.allSatisfy { plain[Int($0)] } ? Array(text) : nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var index = text.startIndex
        while index < text.endIndex {
            if text[index] != UInt8(ascii: "\\") {
                guard plain[Int(text[index])] else { return nil }
                bytes.append(text[index])
                index += 1
                continue
            }
            guard index + 3 < text.endIndex else { return nil }
            var value = 0
            for digit in text[(index + 1)...(index + 3)] {
                guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "7") else { return nil }
                value = value << 3 | Int(digit - UInt8(ascii: "0"))
            }
            guard value < 256, !plain[value] else { return nil }
            bytes.append(UInt8(value))
            index += 4
        }
        return bytes
    }
}
