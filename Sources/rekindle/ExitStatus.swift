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

    /// Ends a command that has already said all there is to say.
    struct Ending: Error {
        let status: ExitStatus
    }

    /// Ends a command whose work is done with the status of what it came to; returns where all is well.
    static func conclude(_ outcome: Outcome) throws {
        switch outcome {
        case .success: return
        case .incomplete: throw Ending(status: .incomplete)
        case .notValid: throw Ending(status: .notValid)
        case .failed: throw Ending(status: .failed)
        case .damaged: throw Ending(status: .damaged)
        }
    }

    init(_ error: any Error) {
        switch error {
        case let ending as Ending: self = ending.status
        case let error as Failure:
            switch error.code {
            case .noVault: self = .noVault
            case .usage: self = .usage
            case .damaged: self = .damaged
            case .interrupted, .failed: self = .failed
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

    /// Says what went wrong, on standard error, and exits.
    func end(with error: any Error) -> Never {
        switch error {
        case is Ending: break
        case let error as Failure: Log.error(error.description)
        case let error as YAMLError: Log.error(error.description)
        default:
            let message = Rekindle.fullMessage(for: error)
            if self == .success {
                Output.write(message + "\n")
            } else if self == .usage {
                Output.writeError(message + "\n")
            } else {
                Log.error("\(error)")
            }
        }
        Output.flush()
        exit(rawValue)
    }
}
