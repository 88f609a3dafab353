import ArgumentParser
import Core
import Glibc
import StrictYAML

/// Runs the command; what it comes to, and what is to be said of that on standard error.
private func outcome() -> (status: Int32, message: String?) {
    // Without it, as in a bare chroot, Swift finds no arguments: what was asked for would be answered with the help and status 0.
    guard access("/proc/self/cmdline", R_OK) == 0 else {
        return (1, "/proc is not mounted, where this program finds its arguments. Run `mount -t proc proc /proc` and try again.")
    }
    do {
        var command = try PhotonicCommand.parseAsRoot()
        try command.run()
        return (0, nil)
    } catch let error as YAMLError {
        return (2, "\(error)")
    } catch let error as Failure {
        return (error.code == .usage ? 2 : 1, "\(error)")
    } catch {
        return outcome(of: error)
    }
}

private func outcome(of error: any Error) -> (status: Int32, message: String?) {
    switch PhotonicCommand.exitCode(for: error) {
    case .success:
        // The help and the version are what was asked for.
        do { try StandardOutput.write(PhotonicCommand.fullMessage(for: error, columns: 78) + "\n") } catch { return (1, "\(error)") }
        return (0, nil)
    // The parser's own status for a wrong command line is 64; this program's is 2.
    case .validationFailure:
        return (2, "\(ParserSentence.of(PhotonicCommand.message(for: error))). `photonic-core --help` says more.")
    // A check that failed has said so; anything else has not.
    default: return (1, error is ExitCode ? nil : "\(error)")
    }
}

let (status, message) = outcome()
if let message { StandardError.line("error: \(message)") }
exit(status)

/// Where results go. One that could not be written was not given.
enum StandardOutput {
    static func write(_ text: String) throws {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count > 0 { rest = rest.dropFirst(count) }
            if count < 0, errno != EINTR { throw SystemError("write to", path: "standard output", code: errno) }
        }
    }
}

/// Where what is not a result goes.
enum StandardError {
    static func line(_ text: String) {
        let bytes = Array((text + "\n").utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }
}
