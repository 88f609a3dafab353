import Core
import Vault

/// A command line that the parser understands and that means nothing.
enum UsageProblem {
    static func of(_ verb: String, _ message: String) -> Failure { Failure(.usage, message, hint: help(verb)) }

    private static func help(_ verb: String) -> String { "`rekindle \(verb.isEmpty ? "" : verb + " ")--help` says more." }

    /// What the parser says, as this program's own sentences are: without a capital, and with what to do.
    static func sentence(_ message: String) -> (message: String, hint: String?) {
        let text = ParserSentence.of(message)
        if let advice = ForeignWords.option(in: Rekindle.arguments) { return (text, advice) }
        return (text, help(Rekindle.verbs.contains(Invocation.current.verb) ? Invocation.current.verb : ""))
    }
}
