import ArgumentParser
import Glibc

// Without it, as in a bare chroot, Swift finds no arguments: what was asked for would be answered with the help and status 0.
guard access("/proc/self/cmdline", R_OK) == 0 else {
    var output = StandardError()
    print("/proc is not mounted, where this program finds its arguments. Run `mount -t proc proc /proc` and try again.", to: &output)
    exit(1)
}

// The parser's own status for a wrong command line is 64; this program's is 2.
do {
    var command = try PhotonicCommand.parseAsRoot()
    try command.run()
} catch {
    guard PhotonicCommand.exitCode(for: error) == .validationFailure else { PhotonicCommand.exit(withError: error) }
    var output = StandardError()
    print(PhotonicCommand.fullMessage(for: error), to: &output)
    exit(2)
}

/// Where `print` writes what is not a result.
private struct StandardError: TextOutputStream {
    mutating func write(_ text: String) {
        var text = text
        _ = text.withUTF8 { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
