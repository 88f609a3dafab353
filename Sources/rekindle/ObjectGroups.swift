import Kubernetes
import Reports

/// Objects by what is said of them: of hundreds of lines that say the same, one is read.
enum ObjectGroups {
    /// Up to so many are listed one by one.
    private static let aloneMax = 3
    private static let namesMax = 20

    /// "ConfigMap a/b: reason", or "12 objects: reason: ConfigMap a/b, ConfigMap a/c …", in the order of the first of each.
    ///
    /// - Parameters:
    ///   - state: what they are, where the reason says why: "not ready".
    ///   - isWhole: each object by itself.
    static func lines(_ objects: [(key: ObjectKey, reason: String)], state: String? = nil, isWhole: Bool = false) -> [String] {
        let (one, many) = state.map { (" is \($0)", " are \($0)") } ?? ("", "")
        var order: [String] = []
        var groups: [String: [(key: ObjectKey, reason: String)]] = [:]
        for object in objects {
            let common = common(object.reason, object.key)
            if groups[common] == nil { order.append(common) }
            groups[common, default: []].append(object)
        }
        return order.flatMap { common -> [String] in
            let group = groups[common] ?? []
            guard group.count > aloneMax, !isWhole else { return group.map { "\($0.key)\(one): \($0.reason)" } }
            let rest = group.count > namesMax ? " and \(Figures.count(group.count - namesMax)) more" : ""
            let names = group.prefix(namesMax).map { "\($0.key)" }.joined(separator: ", ")
            return ["\(Figures.plural(group.count, "object"))\(many): \(common): \(names)\(rest)"]
        }
    }

    /// A reason without the name of what it is said of, where that stands as a word of its own.
    private static func common(_ reason: String, _ key: ObjectKey) -> String {
        var (text, rest) = ("", reason[...])
        while !key.name.isEmpty, let found = rest.firstRange(of: key.name) {
            let isWord =
                !(rest[..<found.lowerBound].last.map(isOfName) ?? false) && !(rest[found.upperBound...].first.map(isOfName) ?? false)
            text += rest[..<found.lowerBound] + (isWord ? "…" : key.name)
            rest = rest[found.upperBound...]
        }
        return text + rest
    }

    private static func isOfName(_ letter: Character) -> Bool { letter.isLetter || letter.isNumber || letter == "-" || letter == "." }
}
