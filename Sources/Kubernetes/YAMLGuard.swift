/// A look at the text before the YAML library sees it, for what it would build without limit.
///
/// Yams shares what an alias stands for, which is safe, but hashes every key and frees values recursively: an alias inside a key
/// takes exponential time, a long chain of nested aliases overflows the stack. Counts here err upwards (a `&x` inside a script counts),
/// so the bounds lie far above what manifests with embedded code reach.
enum YAMLGuard {
    private static let expansionMax = 10_000_000.0
    private static let chainMax = 20_000

    static func check(_ bytes: [UInt8]) throws(LineProblem) {
        var counts = Counts()
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true) { counts.add(line) }
        guard counts.anchors > 0, counts.aliases > 0 else { return }
        let nesting = min(1000, counts.depthMax + counts.indentMax / 2 + 1)
        let chain = min(counts.anchors, counts.aliases) * nesting
        guard chain <= chainMax || counts.aliases * 8 < counts.anchors else {
            throw LineProblem(line: 1, why: "its anchors and aliases could nest \(chain) levels deep", hint: "Write it without anchors")
        }
        // The most that k aliases in a anchors can stand for is (k/a + 1)^a.
        var expansion = 1.0
        for _ in 0..<min(counts.anchors, 64) { expansion *= Double(counts.aliases) / Double(counts.anchors) + 1 }
        guard !counts.hasAliasInKey || expansion <= expansionMax else {
            throw LineProblem(line: 1, why: "an alias is used in a key, and the aliases could expand without end", hint: "Write it without anchors")
        }
    }

    private struct Counts {
        var anchors = 0
        var aliases = 0
        var indentMax = 0
        var depthMax = 0
        var hasAliasInKey = false
        private var depth = 0

        mutating func add(_ line: ArraySlice<UInt8>) {
            var previous = UInt8(ascii: " ")
            var atStart = true
            for (offset, byte) in line.enumerated() {
                if atStart, byte != UInt8(ascii: " "), byte != UInt8(ascii: "-") {
                    atStart = false
                    indentMax = max(indentMax, offset)
                    if byte == UInt8(ascii: "?") { hasAliasInKey = true }
                }
                switch byte {
                case UInt8(ascii: "["), UInt8(ascii: "{"):
                    depth += 1
                    depthMax = max(depthMax, depth)
                case UInt8(ascii: "]"), UInt8(ascii: "}"): depth = max(0, depth - 1)
                case UInt8(ascii: "&") where Self.starts(previous): anchors += 1
                case UInt8(ascii: "*") where Self.starts(previous):
                    aliases += 1
                    if isKey(line.dropFirst(offset + 1)) { hasAliasInKey = true }
                default: break
                }
                previous = byte
            }
        }

        /// `name :` follows the asterisk.
        private func isKey(_ rest: ArraySlice<UInt8>) -> Bool {
            let word = rest.drop { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: ":") }
            return word.drop { $0 == UInt8(ascii: " ") }.first == UInt8(ascii: ":")
        }

        private static func starts(_ previous: UInt8) -> Bool {
            [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "["), UInt8(ascii: "{"), UInt8(ascii: ",")].contains(previous)
        }
    }
}
