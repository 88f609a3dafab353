import ArgumentParser
import Core
import Glibc
import StrictYAML

// Without it, as in a bare chroot, Swift finds no arguments: what was asked for would be answered with the help and status 0.
guard access("/proc/self/cmdline", R_OK) == 0 else {
    StandardError.line("/proc is not mounted, where this program finds its arguments. Run `mount -t proc proc /proc` and try again.")
    exit(1)
}

// The parser's own status for a wrong command line is 64; this program's is 2.
do {
    var command = try PhotonicCommand.parseAsRoot()
    try command.run()
} catch let error as YAMLError {
    StandardError.line(error.description)
    exit(2)
} catch {
    guard PhotonicCommand.exitCode(for: error) == .validationFailure else { PhotonicCommand.exit(withError: error) }
    StandardError.line(PhotonicCommand.fullMessage(for: error))
    exit(2)
}

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
