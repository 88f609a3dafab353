import Core
import Glibc
import Vault

/// Standard output and standard error.
enum Output {
    private static let buffer = Monitor<[UInt8]>([])

    /// Writes to standard output, some at a time.
    static func write(_ text: String) { write(Array(text.utf8)) }

    static func write(_ bytes: [UInt8]) {
        let isFull = buffer.withLock { buffer in
            buffer += bytes
            return buffer.count >= 64 << 10
        }
        if isFull { flush() }
    }

    static func line(_ text: String = "") { write(text + "\n") }

    /// A line whole, or as much of it as is taken: there is nowhere else to say that it was not.
    static func writeError(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                var wait = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
                if poll(&wait, 1, 1000) <= 0 { return }
            } else if errno != EINTR {
                return
            }
        }
    }

    /// Set when the work of a command is done: what is printed then only tells of it, and its status is that of the work.
    nonisolated(unsafe) static var isReport = false
    nonisolated(unsafe) private static var isBroken = false

    /// A failed write ends the program: quietly when the reader has gone, as for every filter. A report that cannot be
    /// written undoes nothing: that is reported, and the command goes on to its status.
    static func flush() {
        // Under the lock to its end, so that what two threads print does not mix.
        buffer.withLock { buffer in
            send(buffer)
            buffer.removeAll(keepingCapacity: true)
        }
    }

    private static func send(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty, !isBroken {
            let count = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                let level = isReport ? "warning" : "error"
                if errno != EPIPE { writeError("\(level): cannot write to standard output: \(String(cString: strerror(errno)))\n") }
                if !isReport { _exit(ExitStatus.failed.rawValue) }
                isBroken = true
            }
        }
    }

    /// The columns of a terminal; nil where it is none, or does not say.
    static func width(_ descriptor: Int32) -> Int? {
        var size = winsize()
        return ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : nil
    }

    static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }
}
