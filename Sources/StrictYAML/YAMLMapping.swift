/// A mapping of keys to values, read key by key; whatever is wrong goes to the problems, and reading goes on.
public struct YAMLMapping {
    public static let wordsMax = 1_000
    static let countMax = 100_000

    public let node: YAMLNode
    public let problems: YAMLProblems
    private let entries: [YAMLEntry]
    /// Known keys that unknown ones were meant for, as it seems.
    private var misspelled: Set<String> = []

    /// nil, and a problem, when `node` is no mapping. Keys beyond `known` are problems.
    public init?(_ node: YAMLNode, _ what: String, known: [String], problems: YAMLProblems) {
        guard case .mapping(let entries) = node.content else {
            problems.add(node, "\(what) is a mapping of keys and values, not \(node.isNull ? "empty" : node.kind)")
            return nil
        }
        self.node = node
        self.problems = problems
        self.entries = entries
        for entry in entries {
            guard let key = entry.key.text, !known.contains(key) else { continue }
            if let meant = Suggestion.nearest(to: key, among: known) { misspelled.insert(meant) }
            problems.add(entry.key, "unknown key \"\(Shown.short(key))\"", Suggestion.among(known, for: key))
        }
    }

    public func has(_ key: String) -> Bool { entries.contains { $0.key.text == key } }

    /// Whether the key is there, or misspelled: then that is the only problem with it.
    public func isMeant(_ key: String) -> Bool { has(key) || misspelled.contains(key) }

    /// The key itself, to point at.
    public func key(_ key: String) -> YAMLNode { entries.first { $0.key.text == key }?.key ?? node }

    /// The value; nil without a word when the key is absent, with one when it has no value.
    public func value(_ key: String) -> YAMLNode? {
        guard let entry = entries.first(where: { $0.key.text == key }) else { return nil }
        guard !entry.value.isNull else {
            problems.add(entry.key, "\"\(key)\" has no value")
            return nil
        }
        return entry.value
    }

    /// A key that must be there.
    public func require(_ key: String, of what: String) -> Bool {
        if isMeant(key) { return has(key) }
        problems.add(node, "\(what) has no \"\(key)\"")
        return false
    }

    /// A text of one line, whatever YAML would take it for.
    public func text(_ key: String) -> String? {
        guard let value = value(key) else { return nil }
        guard let text = value.text else {
            problems.add(value, "\"\(key)\" is a text, not \(value.kind)")
            return nil
        }
        guard !text.isEmpty, text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else {
            problems.add(value, text.isEmpty ? "\"\(key)\" is empty" : "\"\(key)\" holds a control character")
            return nil
        }
        return text
    }

    public func flag(_ key: String) -> Bool {
        guard let value = value(key) else { return false }
        if case .scalar("true", true) = value.content { return true }
        if case .scalar("false", true) = value.content { return false }
        problems.add(value, "\"\(key)\" is true or false, not \(value.kind)", value.quoteHint)
        return false
    }

    /// A whole number; 0 when the key is absent, nil when it is no such number.
    public func count(_ key: String) -> Int? {
        guard has(key) else { return 0 }
        guard let value = value(key) else { return nil }
        guard case .scalar(let text, true) = value.content, text.allSatisfy({ $0.isASCII && $0.isNumber }), let count = Int(text),
            count <= Self.countMax
        else {
            problems.add(value, "\"\(key)\" is a whole number from 0 to \(Self.countMax), not \(value.kind)", value.quoteHint)
            return nil
        }
        return count
    }

    /// A number within a range; nil when the key is absent, or, with a problem, when it is no such number.
    public func number(_ key: String, _ range: ClosedRange<Double>) -> Double? {
        value(key).flatMap { number($0, "\"\(key)\"", range) }
    }

    /// A whole number within a range; nil as `number`.
    public func whole(_ key: String, _ range: ClosedRange<Int>) -> Int? {
        guard let number = number(key, Double(range.lowerBound)...Double(range.upperBound)) else { return nil }
        if let whole = Int(exactly: number) { return whole }
        problems.add(value(key) ?? node, "\"\(key)\" is a whole number, not \(number)")
        return nil
    }

    /// Names, and a number within a range for each.
    public func numbers(_ key: String, _ range: ClosedRange<Double>) -> [String: Double]? {
        guard let value = value(key) else { return nil }
        guard case .mapping(let entries) = value.content, !entries.isEmpty, entries.count <= Self.wordsMax else {
            problems.add(value, "\"\(key)\" is a mapping of names to numbers, not \(value.kind)", "write {name: 1e-3}")
            return nil
        }
        var numbers: [String: Double] = [:]
        for entry in entries {
            guard let name = entry.key.text, let number = number(entry.value, "\"\(Shown.short(name))\" of \"\(key)\"", range) else {
                continue
            }
            numbers[name] = number
        }
        return numbers
    }

    private func number(_ node: YAMLNode, _ what: String, _ range: ClosedRange<Double>) -> Double? {
        guard case .scalar(let text, true) = node.content, text.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }),
            let number = Double(text), range.contains(number)
        else {
            problems.add(node, "\(what) is a number from \(range.lowerBound) to \(range.upperBound), not \(node.kind)", node.quoteHint)
            return nil
        }
        return number
    }

    /// A list of whole numbers from 0 on, as the shape of an array.
    public func counts(_ key: String) -> [Int]? {
        guard let value = value(key) else { return nil }
        guard case .list(let items) = value.content, !items.isEmpty, items.count <= Self.wordsMax else {
            problems.add(value, "\"\(key)\" is a list of whole numbers, not \(value.kind)", "write [128, 256]")
            return nil
        }
        let numbers = items.compactMap { number($0, "an element of \"\(key)\"", 0...1e15) }
        guard numbers.count == items.count else { return nil }
        let counts = numbers.compactMap { Int(exactly: $0) }
        if counts.count < items.count { problems.add(value, "\"\(key)\" holds a fraction") }
        return counts.count == items.count ? counts : nil
    }

    public func duration(_ key: String) -> Duration? {
        guard let value = value(key) else { return nil }
        guard let text = value.text else {
            problems.add(value, "\"\(key)\" is a duration, not \(value.kind)", "write a number and a unit, as 90s, 5m, 1h30m or 7d")
            return nil
        }
        do {
            return try DurationSyntax.parse(text)
        } catch {
            switch error {
            case .noUnit:
                problems.add(value, "\"\(key)\" is \(Shown.short(text)) without a unit", "write \(text)s, \(text)m, \(text)h or \(text)d")
            case .notADuration:
                problems.add(value, "\"\(key)\" is a duration, not \(value.kind)", "write a number and a unit, as 90s, 5m, 1h30m or 7d")
            case .outOfRange:
                problems.add(value, "\"\(key)\" is between 1ms and 100 years, not \(value.kind)")
            }
            return nil
        }
    }

    /// A list of texts.
    public func texts(_ key: String) -> [String]? {
        guard let value = value(key) else { return nil }
        guard case .list(let items) = value.content, items.count <= Self.wordsMax else {
            problems.add(value, "\"\(key)\" is a list of texts, not \(value.kind)", "write [first, second]")
            return nil
        }
        var texts: [String] = []
        for item in items {
            guard let text = item.text, !item.isNull, !text.utf8.contains(0) else {
                problems.add(item, "\"\(key)\" holds \(item.isNull ? "an empty element" : item.kind), not a text", "quote it")
                return nil
            }
            texts.append(text)
        }
        return texts
    }

    /// A program and its arguments.
    public func command(_ key: String = "command") -> [String]? {
        guard let value = value(key) else { return nil }
        if let text = value.text {
            problems.add(
                value, "\"\(key)\" is a list of words, not a line for a shell", "write its words, or [sh, -c, \"\(Shown.short(text))\"]")
            return nil
        }
        guard let words = texts(key) else { return nil }
        guard words.first?.isEmpty == false else {
            problems.add(value, "\"\(key)\" names no program")
            return nil
        }
        return words
    }
}
