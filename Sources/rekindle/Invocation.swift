import ArgumentParser
import Core
import Glibc

/// What the words of the command line say before they are parsed: a mistake in them is answered in the form that was asked for, too.
struct Invocation: Sendable {
    let verb: String
    /// Whether one JSON document is to be printed.
    let isJSON: Bool
    let logFormat: LogFormat
    let started = ContinuousClock.now

    private static let known = Monitor(Invocation([]))

    /// Set once, before anything else runs.
    static var current: Invocation {
        get { known.withLock { $0 } }
        set { known.withLock { $0 = newValue } }
    }

    init(_ arguments: [String]) {
        let options = arguments.prefix { $0 != "--" }
        verb = arguments.first { !$0.hasPrefix("-") } ?? ""
        isJSON = options.contains("--json")
        let isNamed = options.contains("--log-format=json")
        let isNext = zip(options, options.dropFirst()).contains { $0 == "--log-format" && $1 == "json" }
        logFormat = isNamed || isNext ? .json : .text
    }
}
