import Foundation

/// What policies/JSON.md says of each document, as a test can hold one against it.
struct JSONContract {
    private struct Field {
        let type: String
        let isAlwaysThere: Bool
    }

    /// By the heading that they stand under: verbs, types, "Every document", "Messages".
    private var tables: [String: [String: Field]] = [:]

    static let page = Result { try JSONContract() }

    private init() throws {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../policies/JSON.md").path
        var heading = ""
        for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
            if line.hasPrefix("#") { heading = line.trimmingCharacters(in: ["#", " ", "`"]) }
            let cells = line.components(separatedBy: " | ").map { $0.trimmingCharacters(in: ["|", " ", "`"]) }
            guard line.hasPrefix("| `"), cells.count >= 3 else { continue }
            tables[heading, default: [:]][cells[0]] = Field(type: cells[1], isAlwaysThere: cells[2] == "always")
        }
    }

    var verbs: [String] { tables.keys.filter { $0.first?.isLowercase ?? false }.sorted() }

    /// Where a document is not what the page says of its verb, in sentences.
    func problems(of document: [String: Any]) -> [String] {
        guard let verb = document["command"] as? String else { return ["it names no command"] }
        guard let every = tables["Every document"] else { return ["the page has no table of every document"] }
        // Of one that failed there is nothing else.
        let own = document["error"] == nil ? tables[verb] ?? [:] : [:]
        let optional = document["error"] == nil ? [:] : (tables[verb] ?? [:]).mapValues { Field(type: $0.type, isAlwaysThere: false) }
        return problems(of: document, every.merging(own) { $1 }.merging(optional) { first, _ in first }, verb)
    }

    /// The same of a message.
    func problems(ofMessage line: [String: Any]) -> [String] { problems(of: line, tables["Messages"] ?? [:], "message") }

    private func problems(of object: [String: Any], _ fields: [String: Field], _ place: String) -> [String] {
        var found = object.keys.filter { fields[$0] == nil }.sorted().map { "\(place).\($0) is not on the page" }
        for (name, field) in fields.sorted(by: { $0.key < $1.key }) {
            if let value = object[name] {
                found += problems(of: value, field.type, "\(place).\(name)")
            } else if field.isAlwaysThere {
                found.append("\(place).\(name) is missing")
            }
        }
        return found
    }

    private func problems(of value: Any, _ type: String, _ place: String) -> [String] {
        func wrong() -> [String] { ["\(place) is no \(type): \(value)"] }
        if type.hasPrefix("list of ") {
            guard let list = value as? [Any] else { return wrong() }
            return list.flatMap { problems(of: $0, String(type.dropFirst(8)), place) }
        }
        if type.hasPrefix("map of ") {
            guard let map = value as? [String: Any] else { return wrong() }
            return map.values.flatMap { problems(of: $0, String(type.dropFirst(7)), place) }
        }
        if type.hasPrefix("["), let name = type.dropFirst().split(separator: "]").first.map(String.init) {
            guard let object = value as? [String: Any] else { return wrong() }
            return problems(of: object, tables[name] ?? [:], place)
        }
        return isValue(value, type) ? [] : wrong()
    }

    private func isValue(_ value: Any, _ type: String) -> Bool {
        let digits = #"^[0-9a-f]{64}$"#
        func matches(_ pattern: String) -> Bool { (value as? String)?.range(of: pattern, options: .regularExpression) != nil }
        switch type {
        case "string": return value is String
        case "integer": return (value as? NSNumber).map { Double($0.int64Value) == $0.doubleValue } ?? false
        case "number": return value is NSNumber
        case "boolean": return value is Bool
        case "time": return matches(#"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"#)
        case "snapshot", "digest": return matches(digits)
        default: return type.hasPrefix("one of ") && (value as? String).map { type.contains("\"\($0)\"") } ?? false
        }
    }
}
