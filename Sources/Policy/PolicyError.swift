/// Everything wrong with a policy; nothing of it is used.
public struct PolicyError: Error, Sendable, Equatable, CustomStringConvertible {
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

    /// One problem a line.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}

/// The problems met so far. A class, so that reading goes on after the first and every reader adds to the same list.
final class PolicyProblems {
    static let problemsMax = 50

    let file: String
    private(set) var found: [PolicyError.Problem] = []

    init(file: String) { self.file = file }

    func add(_ line: Int?, _ column: Int?, _ message: String, _ suggestion: String?) {
        guard found.count < Self.problemsMax else { return }
        found.append(PolicyError.Problem(file: file, line: line, column: column, message: message, suggestion: suggestion))
    }

    func add(_ node: PolicyNode, _ message: String, _ suggestion: String? = nil) { add(node.line, node.column, message, suggestion) }

    /// Throws if there are any.
    func check() throws(PolicyError) {
        guard !found.isEmpty else { return }
        throw PolicyError(
            problems: found.enumerated().sorted { ($0.element.line ?? 0, $0.offset) < ($1.element.line ?? 0, $1.offset) }.map(\.element))
    }
}
