public import Commands
import Core
public import PhotonicCore

/// A program that says how data responds: asked with each backup, and again after a restore. A witness for any application.
public struct RespondCheck: Sendable {
    public let dataset: String
    public let command: Command
    public let responses: OutsideResponses

    public init(dataset: String, _ command: Command, _ responses: OutsideResponses) {
        (self.dataset, self.command, self.responses) = (dataset, command, responses)
    }

    /// What it gives, or why it gives nothing.
    struct Given: Sendable {
        var responses: [Response] = []
        var failure: String?
        var lines: [String] = []
        /// Whether there is such a program at all, and it did not say that it could not look.
        var couldLook = true
    }

    /// - Parameter directory: in which it runs; nil: beside the policy.
    func ask(in directory: String?, timeout: Duration?, _ conditions: Command.Conditions) throws -> Given {
        var conditions = conditions
        conditions.environment["REKINDLE_DATA"] = directory
        let place = Command(command.arguments, timeout: timeout, workingDirectory: directory ?? command.workingDirectory)
        let (output, finished) = try place.output(upTo: OutsideResponses.bytesMax, under: conditions)
        var given = Given(lines: finished.lines)
        given.couldLook = finished.couldLook
        given.failure = finished.failure
        if given.failure == nil {
            do throws(Failure) { given.responses = try responses.responses(output) } catch { given.failure = error.message }
        }
        return given
    }
}
