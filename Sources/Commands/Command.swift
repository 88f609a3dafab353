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
    /// How long it has to end by itself, once it was asked to, before it is killed.
    public let grace: Duration

    public static let standardGrace = Duration.milliseconds(500)

    public init(
        _ arguments: [String], timeout: Duration? = nil, workingDirectory: String? = nil, grace: Duration = Command.standardGrace
    ) {
        self.arguments = arguments
        self.timeout = timeout
        self.workingDirectory = workingDirectory
        self.grace = grace
    }

    /// As an operator would type it.
    public var text: String { arguments.map { $0.contains(" ") || $0.isEmpty ? "'\($0)'" : $0 }.joined(separator: " ") }

    fileprivate enum Ending: Sendable {
        case status(TerminationStatus)
        /// There is no such program, or nobody may run it.
        case cannotRun(String)
        case timedOut
        case interrupted
    }

    /// What a program is run with.
    package struct Conditions: Sendable {
        /// Beside that of this program.
        package var environment: [String: String]
        package var cancellation: Cancellation
        /// As whom it runs; nil: as this program.
        package var account: UserAccount?
        /// Receives each line of its standard error, on another thread.
        package var line: @Sendable (String) -> Void

        package init(
            environment: [String: String] = [:], cancellation: Cancellation, account: UserAccount? = nil,
            line: @escaping @Sendable (String) -> Void = { _ in }
        ) {
            (self.environment, self.cancellation, self.account, self.line) = (environment, cancellation, account, line)
        }
    }

    /// A program that was started.
    package struct Running {
        fileprivate let command: Command
        fileprivate let messages: OutputTail
        fileprivate let ending = Monitor<Result<Ending, any Error>?>(nil)

        package var hasEnded: Bool { ending.withLock { $0 != nil } }
        /// Whether there is such a program at all; to be asked when it has ended.
        package var couldRun: Bool {
            if case .success(.cannotRun)? = ending.withLock({ $0 }) { false } else { true }
        }
        /// The last lines that it has printed so far.
        package var lines: [String] { messages.kept }

        /// Waits for its end and throws a sentence, with the last lines that it printed, unless its status is 0. To be called once.
        package func wait() throws {
            let ending = ending.wait { $0 }
            let lines = messages.finish()
            func failed(_ what: String) -> Failure { Failure(.failed, "`\(command.text)` \(what)", output: lines) }
            switch try ending.get() {
            case .cannotRun(let reason): throw Failure(.failed, "cannot run `\(command.text)`: \(reason)")
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
    /// - Parameters:
    ///   - output: takes its standard output; nil: what it prints there is a message as well.
    ///   - endsGroup: what it leaves running ends with it. A hook may leave something running on purpose.
    package func start(output: OpenFile? = nil, endsGroup: Bool = false, under conditions: Conditions) throws -> Running {
        let running = Running(command: self, messages: try OutputTail(conditions.line))
        let messages = running.messages.descriptor
        Task {
            let result: Result<Ending, any Error>
            do { result = .success(try await race((output?.descriptor ?? messages, messages), endsGroup, conditions)) } catch {
                result = .failure(error)
            }
            // The file stays open as long as the program runs.
            withExtendedLifetime(output) {}
            running.ending.update { $0 = result }
        }
        return running
    }

    package func run(under conditions: Conditions) throws { try start(under: conditions).wait() }

    /// What a program that was run to its end came to.
    package struct Finished {
        /// The last that it printed.
        package let lines: [String]
        /// Why it failed; nil where it did not.
        package let failure: String?
        /// Whether there is such a program at all.
        package var couldRun = true
        /// What it exited with; nil where it was ended.
        package var status: Int32?

        /// Whether it ran, and did not say that it could not look.
        package var couldLook: Bool { couldRun && status != Self.skipped }

        /// The exit status by which a program says that it could not look, as test suites have it since GNU Automake's.
        private static let skipped: Int32 = 77
    }

    /// Runs it and keeps the last lines that it prints, also when it fails; what it has started and left running is ended with it.
    package func runKeepingOutput(under conditions: Conditions) throws -> Finished {
        try Self.finish(try start(endsGroup: true, under: conditions))
    }

    private static func finish(_ running: Running) throws -> Finished {
        do { try running.wait() } catch let error as Failure where error.code == .failed {
            var finished = Finished(lines: error.output, failure: error.message, couldRun: running.couldRun)
            if case .success(.status(.exited(let code)))? = running.ending.withLock({ $0 }) { finished.status = code }
            return finished
        }
        return Finished(lines: running.messages.kept, failure: nil, status: 0)
    }

    /// How long the output may stay open when the program itself has ended.
    private static let patienceMilliseconds = 5000

    /// Runs it and gives what it prints on its standard output.
    ///
    /// - Parameter limit: of the output's bytes; more is a failure.
    package func output(upTo limit: Int, under conditions: Conditions) throws -> (output: [UInt8], finished: Finished) {
        let stop = Cancellation(following: conditions.cancellation)
        var conditions = conditions
        conditions.cancellation = stop
        let (reading, running) = try startWithPipe(endsGroup: true, under: conditions)
        let collected = Monitor<[UInt8]>([])
        let isOver = Monitor(false)
        let reader = try Crew.start {
            var buffer = [UInt8](repeating: 0, count: 64 << 10)
            while collected.withLock({ $0.count <= limit }) {
                let count = buffer.withUnsafeMutableBytes { read(reading.descriptor, $0.baseAddress, $0.count) }
                if count < 0, errno == EINTR { continue }
                if count <= 0 { break }
                collected.withLock { $0 += buffer[..<count] }
            }
            if collected.withLock({ $0.count > limit }) { stop.cancel() }
            withExtendedLifetime(reading) {}
            isOver.update { $0 = true }
        }
        reader.detach()
        var finished: Finished
        do { finished = try Self.finish(running) } catch {
            // Stopped since it printed too much, and not by the operator.
            guard collected.withLock({ $0.count > limit }) else { throw error }
            finished = Finished(lines: [], failure: "`\(text)` prints more than \(limit >> 20) MiB")
        }
        if isOver.wait(upTo: Self.patienceMilliseconds, { $0 ? true : nil }) == nil {
            finished = Finished(lines: finished.lines, failure: "`\(text)` has ended, and something that it started keeps its output open")
        }
        return (collected.withLock { $0 }, finished)
    }

    /// Starts it, and gives where its standard output can be read.
    ///
    /// The writing end is the program's alone: as long as this one holds it, the output has no end.
    package func startWithPipe(endsGroup: Bool = false, under conditions: Conditions) throws -> (output: OpenFile, running: Running) {
        let (reading, writing) = try OpenFile.pipe(name: text)
        return (reading, try start(output: writing, endsGroup: endsGroup, under: conditions))
    }

    /// The program against its time limit and the operator's patience.
    ///
    /// - Parameter descriptors: for its standard output and its messages; kept open until it has ended.
    private func race(
        _ descriptors: (output: Int32, error: Int32), _ endsGroup: Bool, _ conditions: Conditions
    ) async throws -> Ending {
        try await withThrowingTaskGroup(of: Ending.self) { group in
            group.addTask { try await spawn(descriptors, endsGroup, conditions) }
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

    private func spawn(_ descriptors: (output: Int32, error: Int32), _ endsGroup: Bool, _ conditions: Conditions) async throws -> Ending {
        guard !arguments.isEmpty else { throw Failure(.usage, "a command without a program") }
        let words = (conditions.account?.prefix ?? []) + arguments
        let program = words[0]
        let variables = conditions.environment.merging(conditions.account?.environment ?? [:]) { own, _ in own }
        let environment = variables.map { (Environment.Key(stringLiteral: $0.key), Optional($0.value)) }
        let group = Monitor<pid_t?>(nil)
        // Its group is what it has started and left running, also where it has ended when it was asked to and they have not.
        defer { if endsGroup, let leader = group.withLock({ $0 }) { kill(-leader, SIGKILL) } }
        do {
            let result = try await Subprocess.run(
                program.contains("/") ? .path(FilePath(program)) : .name(program), arguments: Arguments(Array(words.dropFirst())),
                environment: .inherit.updating(Dictionary(uniqueKeysWithValues: environment)),
                workingDirectory: workingDirectory.map { FilePath($0) }, platformOptions: options, input: .none,
                output: .fileDescriptor(FileDescriptor(rawValue: descriptors.output), closeAfterSpawningProcess: false),
                error: .fileDescriptor(FileDescriptor(rawValue: descriptors.error), closeAfterSpawningProcess: false)
            ) { execution in group.update { $0 = execution.processIdentifier.value } }
            if conditions.account != nil, result.terminationStatus == .exited(UserAccount.notFound) {
                return .cannotRun("the user \(conditions.account?.name ?? "") finds no such program")
            }
            return .status(result.terminationStatus)
        } catch let error as SubprocessError {
            return .cannotRun("\(error)")
        }
    }

    private var options: PlatformOptions {
        var options = PlatformOptions()
        // A group of its own, so that what it starts ends with it.
        options.processGroupID = 0
        options.teardownSequence = [.gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: grace)]
        return options
    }
}
