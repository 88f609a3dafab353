internal import Yams

/// The YAML of a file that people write, read into nodes: no more of them, and none deeper, than such a file may have.
public struct YAMLDocument {
    public static let bytesMax = 1 << 20
    private static let nodesMax = 50_000
    private static let depthMax = 20

    private let problems: YAMLProblems
    private var nodesLeft = nodesMax

    private init(_ problems: YAMLProblems) { self.problems = problems }

    /// The root of the only document of `text`.
    public static func read(_ text: String, problems: YAMLProblems) -> YAMLNode? {
        guard text.utf8.count <= bytesMax else {
            problems.add(line: nil, column: nil, "the file is larger than \(bytesMax >> 20) MiB", nil)
            return nil
        }
        if let danger = AliasGuard.problem(Array(text.utf8)) {
            problems.add(line: 1, column: nil, danger, "write it without anchors")
            return nil
        }
        do {
            guard let root = try Yams.Parser(yaml: text, resolver: .basic, encoding: .utf8).singleRoot() else {
                problems.add(line: 1, column: 1, "the file is empty", "a \(problems.what) begins with \"version: 1\"")
                return nil
            }
            var document = YAMLDocument(problems)
            return document.node(root, depth: 0)
        } catch {
            add(error, in: text, to: problems)
            return nil
        }
    }

    private mutating func node(_ node: Node, depth: Int) -> YAMLNode? {
        let (line, column) = (node.mark?.line ?? 1, node.mark?.column ?? 1)
        nodesLeft -= 1
        guard nodesLeft >= 0, depth <= Self.depthMax else {
            // Said once: what is above this node is given up with it.
            problems.add(
                line: line, column: column, nodesLeft < 0 ? "the \(problems.what) is too large" : "the \(problems.what) is nested too deep",
                nil)
            return nil
        }
        let tag = node.tag.description
        guard tag.isEmpty || tag == "!" || ["str", "seq", "map"].contains(where: { tag == "tag:yaml.org,2002:" + $0 }) else {
            problems.add(line: line, column: column, "the tag \(Shown.short(tag)) means nothing in a \(problems.what)", nil)
            return nil
        }
        switch node {
        case .scalar(let scalar):
            return YAMLNode(content: .scalar(scalar.string, isPlain: scalar.style == .plain), line: line, column: column)
        case .sequence(let sequence):
            guard let items = list(sequence, depth: depth) else { return nil }
            return YAMLNode(content: .list(items), line: line, column: column)
        case .mapping(let mapping):
            guard let entries = entries(mapping, depth: depth) else { return nil }
            return YAMLNode(content: .mapping(entries), line: line, column: column)
        case .alias:
            return nil
        }
    }

    private mutating func list(_ sequence: Node.Sequence, depth: Int) -> [YAMLNode]? {
        var items: [YAMLNode] = []
        for item in sequence {
            guard let item = node(item, depth: depth + 1) else { return nil }
            items.append(item)
        }
        return items
    }

    private mutating func entries(_ mapping: Node.Mapping, depth: Int) -> [YAMLEntry]? {
        var entries: [YAMLEntry] = []
        for (key, value) in mapping {
            guard let key = node(key, depth: depth + 1), let value = node(value, depth: depth + 1) else { return nil }
            guard key.text != nil else {
                problems.add(key, "a key is \(key.kind), not a word")
                return nil
            }
            entries.append(YAMLEntry(key: key, value: value))
        }
        return entries
    }

    /// A line that the parser stumbles over may be one that a tab indents, which looks like any other.
    private static func tabHint(_ text: String, at line: Int) -> String? {
        let lines = text.split(separator: "\n", maxSplits: line, omittingEmptySubsequences: false)
        let near = lines.prefix(line).suffix(2)
        return near.contains { $0.prefix { $0 == " " || $0 == "\t" }.contains("\t") }
            ? "indent with spaces: a tab stands before the words" : nil
    }

    private static func add(_ error: any Error, in text: String, to problems: YAMLProblems) {
        switch error as? YamlError {
        case .composer(_, let problem, let mark, _) where problem == "but found another document":
            problems.add(line: mark.line, column: mark.column, "a second document begins here", "a \(problems.what) is one document")
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            problems.add(
                line: mark.line, column: mark.column, "the YAML is not valid: \(problem)" + (context.map { " \($0.text)" } ?? ""),
                tabHint(text, at: mark.line))
        case .reader(let problem, let offset, _, let yaml):
            problems.add(
                line: 1 + yaml.prefix(offset ?? 0).count(where: \.isNewline), column: nil, "the YAML is not valid: \(problem)", nil)
        case .duplicatedKeysInMapping(let keys, let context):
            let names = keys.sorted().map { "\"\(Shown.short($0))\"" }.joined(separator: ", ")
            problems.add(line: context.mark.line, column: context.mark.column, "the key \(names) stands more than once", nil)
        default:
            problems.add(line: 1, column: nil, "the YAML is not valid: \(error)", nil)
        }
    }
}
