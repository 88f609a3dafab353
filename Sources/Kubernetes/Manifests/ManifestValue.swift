/// A scalar as Kubernetes reads it.
///
/// A text that was quoted, or that no YAML schema takes for anything else, is a string. Whatever some schema may take for a
/// number, a boolean, null or a time stays the very characters of the source ("literal"), so its meaning cannot change.
public struct ManifestScalar: Hashable, Sendable {
    public let text: String
    public let isLiteral: Bool

    /// A string, whatever it looks like.
    public static func string(_ text: String) -> ManifestScalar { ManifestScalar(text: text, isLiteral: false) }

    /// An unquoted scalar.
    static func plain(_ text: String) -> ManifestScalar {
        if PlainScalar.isNull(text) { return ManifestScalar(text: "null", isLiteral: true) }
        return ManifestScalar(text: text, isLiteral: PlainScalar.mayBeTyped(text))
    }

    /// The text if the API server would see a string here; nil for a number, a boolean or null.
    public var asString: String? {
        isLiteral && (PlainScalar.isNull(text) || PlainScalar.isBoolean(text) || PlainScalar.isNumber(text)) ? nil : text
    }
}

/// A manifest, or a part of one.
public indirect enum ManifestValue: Hashable, Sendable {
    case scalar(ManifestScalar)
    case sequence([ManifestValue])
    /// Keys are unique.
    case mapping([ManifestEntry])

    /// The value under a key of a mapping; nil for anything else.
    public subscript(key: String) -> ManifestValue? {
        guard case .mapping(let entries) = self else { return nil }
        return entries.first { $0.key.text.utf8.elementsEqual(key.utf8) }?.value
    }

    /// The string this is, if it is one.
    public var string: String? {
        guard case .scalar(let scalar) = self else { return nil }
        return scalar.asString
    }
}

extension ManifestValue {
    /// Whether both are the same to Kubernetes, for which the entries of a mapping have no order.
    func isSame(as other: ManifestValue) -> Bool {
        switch (self, other) {
        case (.scalar(let first), .scalar(let second)): return first == second
        case (.sequence(let first), .sequence(let second)):
            return first.count == second.count && zip(first, second).allSatisfy { $0.isSame(as: $1) }
        case (.mapping(let first), .mapping(let second)):
            guard first.count == second.count else { return false }
            return zip(Self.sorted(first), Self.sorted(second)).allSatisfy { $0.key == $1.key && $0.value.isSame(as: $1.value) }
        default: return false
        }
    }

    private static func sorted(_ entries: [ManifestEntry]) -> [ManifestEntry] {
        entries.sorted { $0.key.text.utf8.lexicographicallyPrecedes($1.key.text.utf8) }
    }
}

/// One key of a mapping and its value.
public struct ManifestEntry: Hashable, Sendable {
    public let key: ManifestScalar
    public let value: ManifestValue

    public init(key: ManifestScalar, value: ManifestValue) {
        self.key = key
        self.value = value
    }
}

/// What an unquoted text may mean in YAML 1.1, YAML 1.2, PyYAML or the Go library of Kubernetes.
enum PlainScalar {
    static func isNull(_ text: String) -> Bool {
        ["", "~", "null", "Null", "NULL"].contains(text)
    }

    static func isBoolean(_ text: String) -> Bool {
        text.utf8.count <= 5 && ["true", "false", "yes", "no", "on", "off", "y", "n"].contains(text.lowercased())
    }

    /// True for what Go's YAML takes for a number.
    static func isNumber(_ text: String) -> Bool {
        let digits = text.filter { $0 != "_" }
        if Double(digits) != nil { return true }
        let unsigned = digits.drop { $0 == "+" || $0 == "-" }.lowercased()
        let radices = ["0x": 16, "0o": 8, "0b": 2]
        if let radix = radices[String(unsigned.prefix(2))] { return UInt64(unsigned.dropFirst(2), radix: radix) != nil }
        return [".inf", ".nan"].contains(unsigned)
    }

    /// True unless every schema takes the text for a string. Errs on the side of true: it costs a pair of quotes.
    static func mayBeTyped(_ text: String) -> Bool {
        // A line break, a tab or a letter beyond ASCII is in nothing but strings.
        guard text.utf8.allSatisfy({ 0x20...0x7E ~= $0 }) else { return false }
        if isNull(text) || isBoolean(text) || text.lowercased() == "null" || text.hasPrefix(".") { return true }
        let isSigned = text.hasPrefix("+") || text.hasPrefix("-")
        let unsigned = isSigned ? text.utf8.dropFirst() : text.utf8[...]
        guard let first = unsigned.first else { return false }
        return (48...57).contains(first) || first == UInt8(ascii: ".")
    }
}
