internal import Yams

/// What a document may still hold; every value and alias counts, so a small file cannot stand for a huge manifest.
struct Budget {
    private var rest: Int

    init(documentBytes: Int) { rest = documentBytes * ManifestLimits.expansionMax }

    mutating func spend(bytes: Int, depth: Int, line: Int) throws(LineProblem) {
        rest -= bytes + 1
        guard rest >= 0 else {
            throw LineProblem(
                line: line,
                why: "the document holds over \(ManifestLimits.expansionMax) times its own length once its aliases are expanded",
                hint: "Write it without anchors")
        }
        guard depth <= ManifestLimits.depthMax else {
            throw LineProblem(line: line, why: "the document is nested deeper than \(ManifestLimits.depthMax) levels")
        }
    }
}

/// Turns the nodes Yams read into values: aliases and merge keys expanded, the spelling of scalars kept.
struct YAMLComposer {
    /// What Yams calls the tag of a key that has none, once it has looked for duplicates. With its default rules it would take every
    /// key through seven regular expressions, and leave the answer in the tag of a value that shares the key's anchor.
    static let untagged = "untagged"

    private var budget: Budget
    private let document: DocumentText
    private let marks: ByteOrderMarks

    init(_ document: DocumentText, marks: ByteOrderMarks) {
        budget = Budget(documentBytes: document.text.utf8.count)
        self.document = document
        self.marks = marks
    }

    /// The line of the file that the node begins in.
    func line(of node: Node) -> Int { document.line + (node.mark?.line ?? 1) - 1 }

    mutating func value(_ node: Node, depth: Int = 0) throws(LineProblem) -> ManifestValue {
        let line = line(of: node)
        switch node {
        case .scalar(let scalar):
            try budget.spend(bytes: scalar.string.utf8.count, depth: depth, line: line)
            return .scalar(try self.scalar(scalar, line: line))
        case .sequence(let sequence):
            try budget.spend(bytes: 0, depth: depth, line: line)
            try checkTag(sequence.tag, ["tag:yaml.org,2002:seq"], line: line)
            var items: [ManifestValue] = []
            for item in sequence { items.append(try value(item, depth: depth + 1)) }
            return .sequence(items)
        case .mapping(let mapping):
            try budget.spend(bytes: 0, depth: depth, line: line)
            try checkTag(mapping.tag, ["tag:yaml.org,2002:map"], line: line)
            return .mapping(try entries(mapping, depth: depth))
        case .alias:
            throw LineProblem(line: line, why: "an alias stands for nothing")
        }
    }

    private mutating func entries(_ mapping: Node.Mapping, depth: Int) throws(LineProblem) -> [ManifestEntry] {
        var entries: [ManifestEntry] = []
        var merged: [ManifestEntry] = []
        var lines: [String: Int] = [:]
        for (key, node) in mapping {
            let line = line(of: key)
            if case .scalar(let scalar) = key, scalar.style == .plain, scalar.string == "<<" {
                merged += try mergeSources(value(node, depth: depth + 1), line: line)
                continue
            }
            let name = try self.key(key, line: line)
            if let earlier = lines.updateValue(line, forKey: name.text) {
                throw LineProblem(line: line, why: "the key \(name.text.debugDescription) already stands in line \(earlier)")
            }
            entries.append(ManifestEntry(key: name, value: try value(node, depth: depth + 1)))
        }
        for entry in merged where lines.updateValue(0, forKey: entry.key.text) == nil { entries.append(entry) }
        return entries
    }

    /// The entries that `<<` brings in; of two with one key, the first counts.
    private func mergeSources(_ value: ManifestValue, line: Int) throws(LineProblem) -> [ManifestEntry] {
        switch value {
        case .mapping(let entries): return entries
        case .sequence(let items):
            var all: [ManifestEntry] = []
            for item in items {
                guard case .mapping(let entries) = item else { break }
                all += entries
            }
            if items.allSatisfy({ if case .mapping = $0 { true } else { false } }) { return all }
        case .scalar: break
        }
        throw LineProblem(line: line, why: "the merge key \"<<\" needs a mapping or a list of mappings")
    }

    private mutating func key(_ node: Node, line: Int) throws(LineProblem) -> ManifestScalar {
        guard case .scalar(let scalar) = node else {
            throw LineProblem(line: line, why: "a list or a mapping is used as a key, which Kubernetes does not read")
        }
        try budget.spend(bytes: scalar.string.utf8.count, depth: 0, line: line)
        let text = marks.restored(scalar.string)
        let key = scalar.style == .plain ? ManifestScalar.plain(text) : .string(text)
        guard !(key.isLiteral && PlainScalar.isNull(key.text)) else { throw LineProblem(line: line, why: "a key is null") }
        return key
    }

    private func scalar(_ scalar: Node.Scalar, line: Int) throws(LineProblem) -> ManifestScalar {
        let tag = scalar.tag.description
        let text = marks.restored(scalar.string)
        if tag == "!" || tag == "tag:yaml.org,2002:str" { return .string(text) }
        let isTagged = !tag.isEmpty && tag != Self.untagged
        guard isTagged else { return scalar.style == .plain ? .plain(text) : .string(text) }
        try checkTag(scalar.tag, ["null", "bool", "int", "float", "timestamp"].map { "tag:yaml.org,2002:" + $0 }, line: line)
        let plain = ManifestScalar.plain(text)
        guard plain.isLiteral else {
            throw LineProblem(line: line, why: "\(text.debugDescription) is not what its tag \(tag) says")
        }
        return plain
    }

    private func checkTag(_ tag: Tag, _ known: [String], line: Int) throws(LineProblem) {
        let name = tag.description
        guard name.isEmpty || name == "!" || known.contains(name) else {
            throw LineProblem(line: line, why: "the tag \(name) means nothing to Kubernetes")
        }
    }
}
