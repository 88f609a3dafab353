/// The one way this program writes a manifest: equal manifests give equal bytes, so git shows only what changed.
///
/// Block style, two spaces, keys sorted by bytes at every level, lists in their order and at their key's column (as kubectl writes
/// them), multi-line strings as literal blocks where those hold them exactly, very long keys behind a question mark, empty maps and
/// lists kept. One document, no `---`.
public enum CanonicalYAML {
    /// The bytes of a manifest.
    public static func encode(_ value: ManifestValue) -> [UInt8] {
        var writer = Writer()
        switch value {
        case .mapping(let entries) where !entries.isEmpty: writer.mapping(entries, indent: 0, first: true)
        case .sequence(let items) where !items.isEmpty: writer.sequence(items, indent: 0, first: true)
        default: writer.inline(value, indent: 0)
        }
        return writer.output
    }

    /// The bytes of a manifest, read back: a backup may only hold what a restore can read.
    static func checked(_ value: ManifestValue) throws(LineProblem) -> [UInt8] {
        let text = encode(value)
        guard let again = decode(text), again.isSame(as: value) else {
            throw LineProblem(line: 1, why: "its YAML does not read back as what it was written from, which is a fault of this program")
        }
        return text
    }

    private struct Writer {
        var output: [UInt8] = []

        mutating func text(_ string: String) { output.append(contentsOf: string.utf8) }

        mutating func pad(_ indent: Int) { output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indent)) }

        /// `first`: the cursor already stands at `indent`, behind a dash or at the start.
        mutating func mapping(_ entries: [ManifestEntry], indent: Int, first: Bool) {
            let sorted = entries.sorted { $0.key.text.utf8.lexicographicallyPrecedes($1.key.text.utf8) }
            for (index, entry) in sorted.enumerated() {
                if index > 0 || !first { pad(indent) }
                key(entry.key, indent: indent)
                switch entry.value {
                case .mapping(let inner) where !inner.isEmpty:
                    text("\n")
                    mapping(inner, indent: indent + 2, first: false)
                case .sequence(let items) where !items.isEmpty:
                    text("\n")
                    sequence(items, indent: indent, first: false)
                default:
                    text(" ")
                    inline(entry.value, indent: indent)
                }
            }
        }

        /// Parsers take a key without a question mark only up to some length.
        private mutating func key(_ key: ManifestScalar, indent: Int) {
            let spelling = ScalarStyle.inline(key)
            guard spelling.utf8.count > ManifestLimits.implicitKeyBytesMax else { return text(spelling + ":") }
            text("? " + spelling + "\n")
            pad(indent)
            text(":")
        }

        mutating func sequence(_ items: [ManifestValue], indent: Int, first: Bool) {
            for (index, item) in items.enumerated() {
                if index > 0 || !first { pad(indent) }
                text("- ")
                switch item {
                case .mapping(let entries) where !entries.isEmpty: mapping(entries, indent: indent + 2, first: true)
                case .sequence(let inner) where !inner.isEmpty: sequence(inner, indent: indent + 2, first: true)
                default: inline(item, indent: indent)
                }
            }
        }

        /// A scalar or an empty collection, up to and with the line's end; `indent` is that of the block it stands in.
        mutating func inline(_ value: ManifestValue, indent: Int) {
            switch value {
            case .mapping: text("{}\n")
            case .sequence: text("[]\n")
            case .scalar(let scalar):
                guard !scalar.isLiteral, let header = ScalarStyle.blockHeader(scalar.text) else {
                    text(ScalarStyle.inline(scalar) + "\n")
                    return
                }
                block(scalar.text, header: header, indent: indent + 2)
            }
        }

        private mutating func block(_ string: String, header: String, indent: Int) {
            text(header + "\n")
            var lines = string.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            if lines.last?.isEmpty == true { lines.removeLast() }
            for line in lines {
                if !line.isEmpty { pad(indent) }
                output.append(contentsOf: line)
                text("\n")
            }
        }
    }
}
