import ArgumentParser
import Core
import Glibc
import Operations
import StrictYAML
import Vault

/// How the program ends. This is the one place that decides.
enum ExitStatus: Int32 {
    case success = 0
    case failed = 1
    case usage = 2
    case incomplete = 3
    case damaged = 4
    case notValid = 5
    case noVault = 10
    /// Of SIGINT; see `code`.
    case interrupted = 130

    /// Ends a command that has already said all there is to say.
    struct Ending: Error {
        let status: ExitStatus
    }

    /// What the work of a command came to.
    init(_ outcome: Outcome) {
        switch outcome {
        case .success: self = .success
        case .incomplete: self = .incomplete
        case .notValid: self = .notValid
        case .failed: self = .failed
        case .damaged: self = .damaged
        }
    }

    /// Ends a command whose work is done with the status of what it came to; returns where all is well.
    static func conclude(_ outcome: Outcome) throws {
        if outcome != .success { throw Ending(status: ExitStatus(outcome)) }
    }

    init(_ error: any Error) {
        switch error {
        case let ending as Ending: self = ending.status
        case let error as Failure:
            switch error.code {
            case .noVault: self = .noVault
            case .usage: self = .usage
            case .damaged: self = .damaged
            case .interrupted: self = .interrupted
            case .failed: self = .failed
            }
        case is YAMLError: self = .usage
        default:
            switch Rekindle.exitCode(for: error) {
            case .success: self = .success
            // The argument parser throws errors of its own type; any other error is a failure.
            case .validationFailure: self = .usage
            default: self = .failed
            }
        }
    }

    /// What the system is given: for an interruption what shells expect of the signal that it came by.
    var code: Int32 { self == .interrupted ? 128 + Interruption.signal : rawValue }

    var word: String { "\(self)" }

    /// An error as documents and messages have it; nil for what was reported already, and for the help.
    func document(_ error: any Error) -> DocumentError? {
        let (message, hint): (String, String?)
        switch error {
        case is Ending: return nil
        case let error as Failure where error.code == .interrupted: (message, hint) = (error.message, error.hint ?? Self.afterInterruption)
        case let error as Failure: (message, hint) = (error.message, error.hint)
        case let error as YAMLError: (message, hint) = (error.description, nil)
        default:
            if self == .success { return nil }
            (message, hint) = self == .usage ? UsageProblem.sentence(Rekindle.message(for: error)) : ("\(error)", nil)
        }
        return DocumentError(status: code, code: word, message: message, hint: hint)
    }

    /// What is left of the work, and what to do.
    private static var afterInterruption: String? {
        switch Invocation.current.verb {
        case "backup": "No snapshot was made; what was stored already is reused when the same command is run again."
        case "restore": "What was restored stays; the same command, run again, goes on with the rest."
        default: nil
        }
    }

    private static let helpColumns = 78

    /// Says what went wrong, on standard error and in the document that was asked for, and exits.
    func end(with error: any Error) -> Never {
        if let document = document(error) {
            Log.error(document)
            if Invocation.current.isJSON { JSONOutput.print(document, self) }
        } else if self == .success {
            Output.write(Rekindle.fullMessage(for: error, columns: min(Self.helpColumns, Output.width(STDOUT_FILENO) ?? .max)) + "\n")
        }
        end()
    }

    /// Exits.
    func end() -> Never {
        Output.flush()
        Log.finished(self)
        exit(code)
    }
}
