import ArgumentParser
import Glibc

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
