import Glibc

/// Colours, where somebody sees them: on a terminal that has them, unless NO_COLOR says otherwise (no-color.org).
struct Style {
    enum Colour: String {
        case bad = "31", careful = "33", good = "32"
    }

    static let standardOutput = Style(STDOUT_FILENO)
    static let standardError = Style(STDERR_FILENO)

    private let isPainted: Bool

    init(_ descriptor: Int32) {
        func variable(_ name: String) -> String { getenv(name).map { String(cString: $0) } ?? "" }
        isPainted = Output.isTerminal(descriptor) && variable("NO_COLOR").isEmpty && !["", "dumb"].contains(variable("TERM"))
    }

    func paint(_ text: String, _ colour: Colour) -> String {
        isPainted ? "\u{1B}[1;\(colour.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// Words of reports that are to be seen at once.
    static var failed: String { standardOutput.paint("FAILED", .bad) }
    static var damaged: String { standardOutput.paint("DAMAGED", .bad) }

    private static let badWords: Set<String> = ["FAILED", "MISSED", "failed", "DAMAGED"]
    private static let carefulWords: Set<String> = ["incomplete", "partial", "in doubt", "wrong clock", "not run", "COULD NOT VERIFY"]

    /// A cell of a table.
    func cell(_ text: String) -> String {
        if Self.badWords.contains(text) { return paint(text, .bad) }
        return Self.carefulWords.contains(text) ? paint(text, .careful) : text
    }
}
