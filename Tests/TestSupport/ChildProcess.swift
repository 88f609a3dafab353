public import Foundation
import Glibc

/// A program that a test runs.
///
/// By `posix_spawn` and `waitpid`: Foundation's `Process` learns of a child's end from a socket that another child, started at the same
/// moment and left running, may hold open; then it waits for ever.
public final class ChildProcess: Sendable {
    /// How it ended, and what it printed.
    public struct Outcome: Sendable {
        /// The exit status; minus the signal if one ended it.
        public let status: Int32
        public let bytes: [UInt8]
        public let errors: String

        /// What went to standard output.
        public var text: String { String(decoding: bytes, as: UTF8.self) }
        public var lines: [String] { text.split(separator: "\n").map(String.init) }
    }

    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    public let id: pid_t
    // Files, so that nothing fills up and nobody has to read along.
    private let output: FileHandle
    private let errors: FileHandle

    /// Starts a program, found in PATH, with the file `input` as its standard input.
    public init(
        _ command: [String], in directory: String? = nil, environment: [String: String] = ProcessInfo.processInfo.environment,
        input: String = "/dev/null"
    ) throws {
        (output, errors) = (try Self.temporaryFile(), try Self.temporaryFile())
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output.fileDescriptor, 1)
        posix_spawn_file_actions_adddup2(&actions, errors.fileDescriptor, 2)
        // Threads of a pool block signals, and libraries ignore some: neither is for the child.
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        let command = (directory.map { ["env", "-C", $0] } ?? []) + command
        var arguments = command.map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var id: pid_t = 0
        let code = posix_spawnp(&id, command[0], &actions, &attributes, &arguments, &variables)
        guard code == 0 else { throw Failure(description: "\(command[0]) does not start: \(String(cString: strerror(code)))") }
        self.id = id
    }

    /// Waits for its end, on this thread.
    public func wait() throws -> Outcome {
        var state: Int32 = 0
        while waitpid(id, &state, 0) < 0 {
            guard errno == EINTR else { throw Failure(description: "cannot wait for \(id): \(String(cString: strerror(errno)))") }
        }
        let signal = state & 0x7f
        return Outcome(
            status: signal == 0 ? (state >> 8) & 0xff : -signal, bytes: try Self.contents(output),
            errors: String(decoding: try Self.contents(errors), as: UTF8.self))
    }

    public func kill(_ signal: Int32 = SIGKILL) { _ = Glibc.kill(id, signal) }

    /// Runs a program to its end.
    public static func run(
        _ command: [String], in directory: String? = nil, environment: [String: String] = ProcessInfo.processInfo.environment,
        input: String = "/dev/null"
    ) throws -> Outcome {
        try ChildProcess(command, in: directory, environment: environment, input: input).wait()
    }

    private static func temporaryFile() throws -> FileHandle {
        var template = Array("/tmp/rekindle-test-output-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0, fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else {
            throw Failure(description: "no temporary file in /tmp: \(String(cString: strerror(errno)))")
        }
        unlink(template)
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    private static func contents(_ file: FileHandle) throws -> [UInt8] {
        try file.seek(toOffset: 0)
        return Array(try file.readToEnd() ?? Data())
    }
}
