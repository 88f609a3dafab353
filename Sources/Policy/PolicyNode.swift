/// A value of a policy as it is written, and where.
struct PolicyNode {
    enum Content {
        case scalar(String, isPlain: Bool)
        case list([PolicyNode])
        case mapping([PolicyEntry])
    }

    let content: Content
    let line: Int
    let column: Int

    /// What it is, for people.
    var kind: String {
        switch content {
        case .scalar: "\"\(Shown.short(text ?? ""))\""
        case .list: "a list"
        case .mapping: "a mapping"
        }
    }

    var text: String? {
        guard case .scalar(let text, _) = content else { return nil }
        return text
    }

    /// A key without a value, or a spelled-out null.
    var isNull: Bool {
        guard case .scalar(let text, true) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }
}

/// One key of a mapping and its value.
struct PolicyEntry {
    let key: PolicyNode
    let value: PolicyNode
}

/// Text of the policy inside a message.
enum Shown {
    private static let lettersMax = 60

    /// On one line and not too long.
    static func short(_ text: String) -> String {
        let line = text.prefix(lettersMax + 1).map { $0.isNewline || ($0.asciiValue ?? 32) < 32 ? " " : String($0) }.joined()
        return line.count > lettersMax ? line.prefix(lettersMax) + "…" : line
    }
}
