/// A value as it is written, and where.
public struct YAMLNode: Sendable {
    public enum Content: Sendable {
        case scalar(String, isPlain: Bool)
        case list([YAMLNode])
        case mapping([YAMLEntry])
    }

    public let content: Content
    public let line: Int
    public let column: Int

    /// What it is, for people.
    public var kind: String {
        switch content {
        case .scalar: "\"\(Shown.short(text ?? ""))\""
        case .list: "a list"
        case .mapping: "a mapping"
        }
    }

    public var text: String? {
        guard case .scalar(let text, _) = content else { return nil }
        return text
    }

    /// What to do about a number or a flag that quotes make a text; nil for anything else.
    public var quoteHint: String? {
        guard case .scalar(let text, false) = content, Double(text) != nil || ["true", "false"].contains(text) else { return nil }
        return "write it without quotes: \(Shown.short(text))"
    }

    /// A key without a value, or a spelled-out null.
    public var isNull: Bool {
        guard case .scalar(let text, true) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }
}

/// One key of a mapping and its value.
public struct YAMLEntry: Sendable {
    public let key: YAMLNode
    public let value: YAMLNode
}

/// Text of a file inside a message.
public enum Shown {
    private static let lettersMax = 60

    /// On one line and not too long.
    public static func short(_ text: String) -> String {
        let line = text.prefix(lettersMax + 1).map { $0.isNewline || ($0.asciiValue ?? 32) < 32 ? " " : String($0) }.joined()
        return line.count > lettersMax ? line.prefix(lettersMax) + "…" : line
    }
}
