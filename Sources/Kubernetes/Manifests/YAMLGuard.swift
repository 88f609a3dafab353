import Glibc

/// A look at the text before the YAML library sees it, for what it would build without limit.
///
/// Yams shares what an alias stands for, which is safe, but hashes every key and frees values recursively: an alias inside a key
/// takes exponential time, a long chain of nested aliases overflows the stack. Counts here err upwards (a `&x` inside a script counts
/// if a `*x` stands there too), so the bounds lie far above what manifests with embedded code reach.
enum YAMLGuard {
    private static let hashedBytesMax = 1e8
    private static let chainMax = 5_000
    /// libyaml's own bound within one document.
    private static let nestingMax = 1_000

    static func check(_ document: DocumentText) throws(LineProblem) {
        let text = Array(document.text.utf8)
        let counts = Counts(text)
        guard counts.anchors > 0 else { return }
        let links = min(counts.anchors, counts.aliases) + 1
        // A path from the top down meets each collection once: no more than there are, nor than the links between may nest.
        let chain = min(counts.openers + links * (counts.indentMax + 2), links * nestingMax)
        guard chain <= chainMax else {
            throw LineProblem(
                line: document.line, why: "its anchors and aliases could nest \(chain) levels deep", hint: "Write it without anchors")
        }
        // The most that k aliases of a anchors can stand for is (k/a + 1)^a times what the text holds.
        let expansion = pow(Double(counts.aliases) / Double(counts.anchors) + 1, Double(counts.anchors))
        guard !counts.hasComplexKey || expansion * Double(text.count) <= hashedBytesMax else {
            throw LineProblem(
                line: document.line, why: "its keys could hold aliases that expand without end", hint: "Write it without anchors")
        }
    }

    private struct Counts {
        /// Anchors that some alias names, and the aliases that name one.
        private(set) var anchors = 0
        private(set) var aliases = 0
        private(set) var indentMax = 0
        /// Brackets and braces that open.
        private(set) var openers = 0
        /// Whether a key may be more than a scalar written out.
        private(set) var hasComplexKey = false

        init(_ bytes: [UInt8]) {
            var anchorNames: [ArraySlice<UInt8>: Int] = [:]
            var aliasNames: [ArraySlice<UInt8>: Int] = [:]
            var previous = UInt8(ascii: "\n")
            var indent: Int? = 0
            for (position, byte) in bytes.enumerated() {
                if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                    indent = 0
                } else if let column = indent {
                    indent = " -?:".utf8.contains(byte) ? column + 1 : nil
                    indentMax = max(indentMax, column)
                }
                switch byte {
                case UInt8(ascii: "["), UInt8(ascii: "{"): openers += 1
                case UInt8(ascii: "]"), UInt8(ascii: "}"): if Self.isKeyEnd(bytes[(position + 1)...]) { hasComplexKey = true }
                case UInt8(ascii: "?") where !Self.isNameByte(previous): hasComplexKey = true
                case UInt8(ascii: "&") where !Self.isNameByte(previous):
                    let name = bytes[(position + 1)...].prefix(while: Self.isNameByte)
                    if !name.isEmpty { anchorNames[name, default: 0] += 1 }
                case UInt8(ascii: "*") where !Self.isNameByte(previous):
                    let name = bytes[(position + 1)...].prefix(while: Self.isNameByte)
                    if !name.isEmpty { aliasNames[name, default: 0] += 1 }
                    if !name.isEmpty, Self.isKeyEnd(bytes[name.endIndex...]) { hasComplexKey = true }
                default: break
                }
                previous = byte
            }
            anchors = anchorNames.reduce(0) { aliasNames[$1.key] == nil ? $0 : $0 + $1.value }
            aliases = aliasNames.reduce(0) { anchorNames[$1.key] == nil ? $0 : $0 + $1.value }
        }

        private static func isKeyEnd(_ rest: ArraySlice<UInt8>) -> Bool {
            rest.first { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") } == UInt8(ascii: ":")
        }

        /// What libyaml takes for a part of an anchor's name; nothing else begins right behind one.
        private static func isNameByte(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
    }
}
