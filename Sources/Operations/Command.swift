import FileTree
import Glibc
import Subprocess
import SystemPackage
import Vault

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

    /// What a program gets to end in peace before it is killed.
    private static let grace = Duration.milliseconds(500)

    fileprivate enum Ending: Sendable {
        case status(TerminationStatus)
        case timedOut
        case interrupted
    }

    /// A program that was started.
    struct Running {
        fileprivate let command: Command
        fileprivate let ending = Monitor<Result<Ending, any Error>?>(nil)

        var hasEnded: Bool { ending.withLock { $0 != nil } }

        /// Waits for its end and throws a sentence unless its status is 0.
        func wait() throws {
            let text = command.text
            switch try ending.wait({ $0 }).get() {
            case .status(.exited(0)): return
            case .status(.exited(let code)): throw VaultError(.failed, "`\(text)` ended with status \(code)")
            case .status(.signaled(let signal)): throw VaultError(.failed, "`\(text)` was ended by signal \(signal)")
            case .timedOut:
                throw VaultError(.failed, "`\(text)` did not end within \(command.timeout.map { "\($0)" } ?? "its time") and was stopped")
            case .interrupted: throw VaultError(.interrupted, "interrupted")
            }
        }
    }

    /// Starts it. Its messages go to standard error.
    ///
    /// - Parameter output: takes its standard output; nil: standard error as well.
    func start(output: OpenFile? = nil, environment: [String: String] = [:], cancellation: Cancellation) -> Running {
        let running = Running(command: self)
        Task {
            let result: Result<Ending, any Error>
            do { result = .success(try await race(output, environment, cancellation)) } catch { result = .failure(error) }
            running.ending.update { $0 = result }
        }
        return running
    }

    func run(environment: [String: String] = [:], cancellation: Cancellation) throws {
        try start(environment: environment, cancellation: cancellation).wait()
    }

    /// The program against its time limit and the operator's patience.
    private func race(_ output: OpenFile?, _ environment: [String: String], _ cancellation: Cancellation) async throws -> Ending {
        try await withThrowingTaskGroup(of: Ending.self) { group in
            group.addTask { .status(try await spawn(output, environment)) }
            group.addTask {
                let deadline = timeout.map { ContinuousClock.now + $0 }
                while true {
                    if cancellation.isCancelled { return .interrupted }
                    if let deadline, ContinuousClock.now > deadline { return .timedOut }
                    try await Task.sleep(for: .milliseconds(50))
                }
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { return .interrupted }
            return first
        }
    }

    private func spawn(_ output: OpenFile?, _ environment: [String: String]) async throws -> TerminationStatus {
        guard let program = arguments.first else { throw VaultError(.usage, "a command without a program") }
        var options = PlatformOptions()
        // A group of its own, so that what it starts ends with it.
        options.processGroupID = 0
        options.teardownSequence = [.gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: Self.grace)]
        let descriptor = FileDescriptor(rawValue: output?.descriptor ?? STDERR_FILENO)
        let variables = Dictionary(uniqueKeysWithValues: environment.map { (Environment.Key(stringLiteral: $0.key), Optional($0.value)) })
        do {
            return try await Subprocess.run(
                program.contains("/") ? .path(FilePath(program)) : .name(program), arguments: Arguments(Array(arguments.dropFirst())),
                environment: .inherit.updating(variables), workingDirectory: workingDirectory.map { FilePath($0) },
                platformOptions: options,
                output: .fileDescriptor(descriptor, closeAfterSpawningProcess: false), error: .currentStandardError
            ).terminationStatus
        } catch let error as SubprocessError {
            throw VaultError(.failed, "cannot run `\(text)`: \(error)")
        }
    }
}
