package import Core
package import FileTree
import Glibc
import Subprocess
import SystemPackage

/// A program of the operator's: a hook, a source of data, a validation. No shell stands between.
public struct Command: Sendable, Equatable {
    public let arguments: [String]
    /// Nil: as long as it takes.
    public let timeout: Duration?
    /// Where it runs: the directory of the policy that names it.
    public let workingDirectory: String?

    public init(_ arguments: [String], timeout: Duration? = nil, workingDirectory: String? = nil) {
        self.arguments = arguments
        self.timeout = timeout
        self.workingDirectory = workingDirectory
    }

    /// As an operator would type it.
    public var text: String { arguments.map { $0.contains(" ") || $0.isEmpty ? "'\($0)'" : $0 }.joined(separator: " ") }

    /// How long a program has to end by itself before it is killed.
    private static let grace = Duration.milliseconds(500)

    fileprivate enum Ending: Sendable {
        case status(TerminationStatus)
        case timedOut
        case interrupted
    }

    /// What a program is run with.
    package struct Conditions: Sendable {
        /// Beside that of this program.
        package var environment: [String: String]
        package var cancellation: Cancellation
        /// Receives each line of its standard error, on another thread.
        package var line: @Sendable (String) -> Void

        package init(
            environment: [String: String] = [:], cancellation: Cancellation, line: @escaping @Sendable (String) -> Void = { _ in }
        ) {
            (self.environment, self.cancellation, self.line) = (environment, cancellation, line)
        }
    }

    /// A program that was started.
    package struct Running {
        fileprivate let command: Command
        fileprivate let messages: OutputTail
        fileprivate let ending = Monitor<Result<Ending, any Error>?>(nil)

        package var hasEnded: Bool { ending.withLock { $0 != nil } }

        /// Waits for its end and throws a sentence, with the last lines that it printed, unless its status is 0. To be called once.
        package func wait() throws {
            let ending = ending.wait { $0 }
            let lines = messages.finish()
            func failed(_ what: String) -> Failure { Failure(.failed, "`\(command.text)` \(what)", output: lines) }
            switch try ending.get() {
            case .status(.exited(0)): return
            case .status(.exited(let code)): throw failed("ended with status \(code)")
            case .status(.signaled(let signal)): throw failed("was ended by signal \(signal)")
            case .timedOut: throw failed("did not end within \(command.timeout.map { "\($0)" } ?? "its time") and was stopped")
            case .interrupted: throw Failure(.interrupted, "interrupted")
            }
        }
    }

    /// Starts it.
    ///
    /// - Parameter output: takes its standard output; nil: what it prints there is a message as well.
    package func start(output: OpenFile? = nil, under conditions: Conditions) throws -> Running {
        let running = Running(command: self, messages: try OutputTail(conditions.line))
        let messages = running.messages.descriptor
        Task {
            // The file stays open as long as the program runs.
            await race((output?.descriptor ?? messages, messages), endsGroup: false, conditions, for: running)
            withExtendedLifetime(output) {}
        }
        return running
    }

    package func run(under conditions: Conditions) throws { try start(under: conditions).wait() }

    /// Runs it and keeps the last lines that it prints, also when it fails; what it has started and left running is ended with it.
    ///
    /// - Returns: the lines, and why it failed.
    package func runKeepingOutput(under conditions: Conditions) throws -> (lines: [String], failure: String?) {
        let running = Running(command: self, messages: try OutputTail(conditions.line))
        let descriptor = running.messages.descriptor
        Task { await race((descriptor, descriptor), endsGroup: true, conditions, for: running) }
        do { try running.wait() } catch let error as Failure where error.code == .failed { return (error.output, error.message) }
        return (running.messages.kept, nil)
    }

    /// The program against its time limit and the operator's patience.
    ///
    /// - Parameters:
    ///   - descriptors: for its standard output and its messages; kept open until it has ended.
    ///   - endsGroup: what it leaves running ends with it. A hook may leave something running on purpose.
    private func race(
        _ descriptors: (output: Int32, error: Int32), endsGroup: Bool, _ conditions: Conditions, for running: Running
    ) async {
        let result: Result<Ending, any Error>
        do { result = .success(try await race(descriptors, endsGroup, conditions)) } catch { result = .failure(error) }
        running.ending.update { $0 = result }
    }

    private func race(
        _ descriptors: (output: Int32, error: Int32), _ endsGroup: Bool, _ conditions: Conditions
    ) async throws -> Ending {
        try await withThrowingTaskGroup(of: Ending.self) { group in
            group.addTask { .status(try await spawn(descriptors, endsGroup, conditions.environment)) }
            group.addTask {
                let deadline = timeout.map { ContinuousClock.now + $0 }
                while true {
                    if conditions.cancellation.isCancelled { return .interrupted }
                    if let deadline, ContinuousClock.now > deadline { return .timedOut }
                    try await Task.sleep(for: .milliseconds(50))
                }
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { return .interrupted }
            return first
        }
    }

    private func spawn(
        _ descriptors: (output: Int32, error: Int32), _ endsGroup: Bool, _ environment: [String: String]
    ) async throws -> TerminationStatus {
        guard let program = arguments.first else { throw Failure(.usage, "a command without a program") }
        var options = PlatformOptions()
        // A group of its own, so that what it starts ends with it.
        options.processGroupID = 0
        options.teardownSequence = [.gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: Self.grace)]
        let variables = Dictionary(uniqueKeysWithValues: environment.map { (Environment.Key(stringLiteral: $0.key), Optional($0.value)) })
        do {
            let result = try await Subprocess.run(
                program.contains("/") ? .path(FilePath(program)) : .name(program), arguments: Arguments(Array(arguments.dropFirst())),
                environment: .inherit.updating(variables), workingDirectory: workingDirectory.map { FilePath($0) },
                platformOptions: options, input: .none,
                output: .fileDescriptor(FileDescriptor(rawValue: descriptors.output), closeAfterSpawningProcess: false),
                error: .fileDescriptor(FileDescriptor(rawValue: descriptors.error), closeAfterSpawningProcess: false))
            // Its group is what it has started and left running.
            if endsGroup { kill(-result.processIdentifier.value, SIGKILL) }
            return result.terminationStatus
        } catch let error as SubprocessError {
            throw Failure(.failed, "cannot run `\(text)`: \(error)")
        }
    }
}
