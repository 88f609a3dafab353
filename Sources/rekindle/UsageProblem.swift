import Core
import Vault

/// A command line that the parser understands and that means nothing.
enum UsageProblem {
    static func of(_ verb: String, _ message: String) -> Failure {
        Failure(.usage, message, hint: "`rekindle \(verb) --help` says more.")
    }
}
