/// Everything wrong with a file that people write; nothing of it is used.
public struct YAMLError: Error, Sendable, Equatable, CustomStringConvertible {
    /// One thing wrong, in one sentence.
    public struct Problem: Sendable, Equatable, CustomStringConvertible {
        public let file: String
        /// nil when the file as a whole is meant.
        public let line: Int?
        public let column: Int?
        public let message: String
        /// What to write instead.
        public let suggestion: String?

        /// `policies/x.yaml:12: unknown key "exlude" — did you mean "exclude"?`
        public var description: String {
            let place = line.map { "\(file):\($0)" } ?? file
            return "\(place): \(message)" + (suggestion.map { " — \($0)" } ?? "")
        }
    }

    /// Never empty; in the order of their lines.
    public let problems: [Problem]

    public init(problems: [Problem]) { self.problems = problems }

    /// One problem, of a file as a whole or of a line.
    public init(file: String, line: Int? = nil, _ message: String) {
        problems = [Problem(file: file, line: line, column: nil, message: message, suggestion: nil)]
    }

    /// One problem a line.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}

/// The problems met so far. A class, so that reading goes on after the first and every reader adds to the same list.
public final class YAMLProblems {
    static let problemsMax = 50

    public let file: String
    /// What the file is, for messages: "policy".
    public let what: String
    private(set) var found: [YAMLError.Problem] = []

    public init(file: String, what: String) {
        self.file = file
        self.what = what
    }

    public func add(line: Int?, column: Int?, _ message: String, _ suggestion: String?) {
        guard found.count < Self.problemsMax else { return }
        found.append(YAMLError.Problem(file: file, line: line, column: column, message: message, suggestion: suggestion))
    }

    public func add(_ node: YAMLNode, _ message: String, _ suggestion: String? = nil) {
        add(line: node.line, column: node.column, message, suggestion)
    }

    /// Throws if there are any.
    public func check() throws(YAMLError) {
        guard !found.isEmpty else { return }
        throw YAMLError(
            problems: found.enumerated().sorted { ($0.element.line ?? 0, $0.offset) < ($1.element.line ?? 0, $1.offset) }.map(\.element))
    }
}
