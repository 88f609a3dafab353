/// A look at the text before Yams sees it: aliases inside a key cost it exponential time, and a long chain of them overflows the stack.
enum AliasGuard {
    private static let anchorsMax = 20
    private static let aliasesMax = 200
    private static let bracketsMax = 1_000
    private static let indentMax = 100

    /// The problem, erring on the side of caution; nil when the text can do no harm.
    static func problem(_ bytes: [UInt8]) -> String? {
        var (anchors, aliases, brackets, indent) = (0, 0, 0, 0)
        var hasComplexKey = false
        for line in bytes.split(whereSeparator: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }) {
            indent = max(indent, line.prefix { " -?:".utf8.contains($0) }.count)
            var previous = UInt8(ascii: " ")
            for (position, byte) in zip(line.indices, line) {
                defer { previous = byte }
                let rest = line[(position + 1)...]
                switch byte {
                case UInt8(ascii: "["), UInt8(ascii: "{"): brackets += 1
                case UInt8(ascii: "]"), UInt8(ascii: "}"): if endsKey(rest) { hasComplexKey = true }
                case UInt8(ascii: "?") where !isNameByte(previous): hasComplexKey = true
                case UInt8(ascii: "&") where !isNameByte(previous) && rest.first.map(isNameByte) == true: anchors += 1
                case UInt8(ascii: "*") where !isNameByte(previous) && rest.first.map(isNameByte) == true:
                    aliases += 1
                    if endsKey(rest.drop(while: isNameByte)) { hasComplexKey = true }
                default: break
                }
            }
        }
        guard anchors > 0, aliases > 0 else { return nil }
        if hasComplexKey { return "a key may hold an alias" }
        guard anchors <= anchorsMax, aliases <= aliasesMax, brackets <= bracketsMax, indent <= indentMax else {
            return "there are too many anchors and aliases"
        }
        return nil
    }

    private static func endsKey(_ rest: ArraySlice<UInt8>) -> Bool {
        rest.first { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") } == UInt8(ascii: ":")
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
