internal import Yams

/// A value read from a file, and where it begins.
struct LocatedValue {
    let value: ManifestValue
    let line: Int
    /// Where the elements of its `items` begin; empty when it has none, or when they are behind an alias.
    let itemLines: [Int]
}

/// Reads the text between two `---` lines.
enum YAMLReader {
    private static let resolver = Result { Resolver.basic.appending(try Resolver.Rule(Tag.Name(rawValue: YAMLComposer.untagged), "^")) }

    /// The object of a text that has one alone.
    static func only(_ text: [UInt8]) throws -> LocatedValue {
        let values = try YAMLText.documents(text).flatMap { document throws(LineProblem) in try Self.values(document) }
        guard let only = values.first, values.count == 1 else { throw LineProblem(line: 1, why: "it is not one object") }
        return only
    }

    /// The value of the document in a text, if it is neither empty nor null. A list, as YAML allows several without a `---` between them.
    static func values(_ document: DocumentText) throws(LineProblem) -> [LocatedValue] {
        do {
            try YAMLGuard.check(document)
            let marks = try ByteOrderMarks(document)
            let parser = try Yams.Parser(yaml: marks.guarded, resolver: resolver.get(), encoding: .utf8)
            var composer = YAMLComposer(document, marks: marks)
            var values: [LocatedValue] = []
            while let node = try parser.nextRoot() {
                let value = try composer.value(node)
                if case .scalar(let scalar) = value, scalar.isLiteral, PlainScalar.isNull(scalar.text) { continue }
                let itemLines = items(of: node).map(composer.line(of:))
                values.append(LocatedValue(value: value, line: composer.line(of: node), itemLines: itemLines))
            }
            return values
        } catch {
            throw error as? LineProblem ?? problem(error, in: document)
        }
    }

    private static func items(of node: Node) -> [Node] {
        guard case .mapping(let mapping) = node else { return [] }
        for (key, value) in mapping {
            guard case .scalar(let scalar) = key, scalar.string == "items", case .sequence(let items) = value else { continue }
            return Array(items)
        }
        return []
    }

    private static func problem(_ error: any Error, in document: DocumentText) -> LineProblem {
        func invalid(_ line: Int, _ why: String) -> LineProblem {
            LineProblem(line: document.line + line - 1, why: "the YAML is not valid: \(why)")
        }
        switch error as? YamlError {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            return invalid(mark.line, problem + (context.map { " \($0.text)" } ?? ""))
        case .reader(let problem, let offset, _, let yaml):
            return invalid(1 + yaml.prefix(offset ?? 0).count(where: \.isNewline), problem)
        case .duplicatedKeysInMapping(let keys, let context):
            let names = keys.sorted().map(\.debugDescription).joined(separator: ", ")
            return LineProblem(line: document.line + context.mark.line - 1, why: "a mapping holds the key \(names) more than once")
        default:
            return invalid(1, "\(error)")
        }
    }
}
