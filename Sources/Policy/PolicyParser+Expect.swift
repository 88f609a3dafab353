import Core
import StrictYAML

/// What a dataset should hold, and how its changes are known.
extension PolicyParser {
    /// `expect: {files: ">0", bytes: ">1MB", shrink: 50%}`
    func expectation(_ section: YAMLMapping) -> Policy.Expectation {
        var expectation = Policy.Expectation()
        guard let value = section.value("expect"),
            let expect = YAMLMapping(value, "\"expect\"", known: ["files", "bytes", "shrink"], problems: problems)
        else { return expectation }
        expectation.files = least(expect, "files", "write \">0\" or \">=100\"")
        expectation.bytes = least(expect, "bytes", "write \">0\" or \">1MB\"")
        if let text = expect.text("shrink") {
            let digits = text.hasSuffix("%") ? String(text.dropLast()) : text
            if let percent = Int(digits), (0...100).contains(percent) {
                expectation.shrink = percent
            } else {
                problems.add(
                    expect.value("shrink") ?? value, "\"shrink\" is what may be gone, from 0% to 100%, not \"\(Shown.short(text))\"",
                    "write 50%; 100% asks for nothing")
            }
        }
        return expectation
    }

    /// `>N` and `>=N`, as the least that is enough.
    func least(_ section: YAMLMapping, _ key: String, _ hint: String) -> Int64? {
        guard let text = section.text(key) else { return nil }
        let isInclusive = text.hasPrefix(">=")
        if text.hasPrefix(">"), let size = ByteSize.parse(text.dropFirst(isInclusive ? 2 : 1).drop { $0 == " " }) {
            return isInclusive ? size : size + 1
        }
        problems.add(section.value(key) ?? section.node, "\"\(key)\" is at least how much, not \"\(Shown.short(text))\"", hint)
        return nil
    }

    private static let nightsMax = 1000

    /// `change: times`, `change: content`, or `change: {content: 7}`: every seventh night.
    func change(_ section: YAMLMapping) -> Policy.Change {
        guard let value = section.value("change") else { return .times }
        switch value.text {
        case "times": return .times
        case "content": return .content(nights: 1)
        case nil:
            guard let change = YAMLMapping(value, "\"change\"", known: ["content"], problems: problems),
                change.require("content", of: "\"change\""), let nights = change.whole("content", 1...Self.nightsMax)
            else { return .times }
            return .content(nights: nights)
        case let text?:
            problems.add(
                value, "\"change\" is how changes are known, not \"\(Shown.short(text))\"",
                "write times, content, or {content: 7} to read all of it every seventh night")
            return .times
        }
    }

    private static let hostBytesMax = 253

    func host(_ mapping: YAMLMapping) -> String? {
        guard let text = mapping.text("host") else { return nil }
        guard !text.isEmpty, text != "any", text.utf8.count <= Self.hostBytesMax, !text.contains(where: { $0.isWhitespace || $0 == "/" })
        else {
            problems.add(mapping.value("host") ?? mapping.node, "\"\(Shown.short(text))\" is no name of a host", "write one word, as web-1")
            return nil
        }
        return text
    }
}
