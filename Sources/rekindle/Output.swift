import Core
import FoundationEssentials
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

    static func writeError(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }

    /// Set when the work of a command is done: what is printed then only tells of it, and its status is that of the work.
    nonisolated(unsafe) static var isReport = false
    nonisolated(unsafe) private static var isBroken = false

    /// A failed write ends the program: quietly when the reader has gone, as for every filter. A report that cannot be
    /// written undoes nothing: that is reported, and the command goes on to its status.
    static func flush() {
        let bytes = buffer.withLock { buffer in
            defer { buffer.removeAll(keepingCapacity: true) }
            return buffer
        }
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

    /// One JSON document.
    static func json(_ value: some Encodable) throws { write(try encoded(value)) }

    static func encoded(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return Array(try encoder.encode(value)) + [UInt8(ascii: "\n")]
    }

    /// One JSON value in one line: an element of a list too long to hold.
    static func jsonElement(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }

    /// A JSON document with a list that is written as it grows: it may be longer than what fits into memory.
    struct JSONList {
        private var isEmpty = true

        /// - Parameter opening: the document up to the list.
        init(opening: String) { Output.write(opening + "[\n") }

        mutating func add(_ element: some Encodable) throws {
            let bytes = try Output.jsonElement(element)
            Output.write((isEmpty ? [] : Array(",\n".utf8)) + bytes)
            isEmpty = false
        }

        func end(isComplete: Bool) { Output.write("\n], \"complete\": \(isComplete)}\n") }
    }

    static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }
}

/// How messages are written.
enum LogFormat: String { case text, json }

/// Messages on standard error: lines for people, or JSON lines for machines.
enum Log {
    private struct Line: Encodable {
        let time: String
        let level: String
        let message: String
    }

    /// Set once, before anything is logged.
    nonisolated(unsafe) static var format = LogFormat.text

    static func info(_ message: String) { log("INFO", message) }

    static func finding(_ finding: Finding) {
        let text = Format.printable(finding.subject.isEmpty ? finding.text : "\(finding.subject): \(finding.text)")
        switch finding.severity {
        case .p1: error(text)
        case .p2, .p3: warning(text)
        case .p4: info("note: \(text)")
        }
    }

    static func warning(_ message: String) { log("WARNING", message) }
    static func error(_ message: String) { log("ERROR", message) }

    private static func log(_ level: String, _ message: String) {
        ProgressDisplay.pause {
            switch format {
            case .text:
                // Names and reasons may come from anywhere; only the line breaks of a list of problems are meant.
                let text = message.split(separator: "\n", omittingEmptySubsequences: false).map { Format.printable(String($0)) }
                    .joined(separator: "\n")
                Output.writeError(level == "INFO" ? "\(text)\n" : "\(level.lowercased()): \(text)\n")
            case .json:
                let line = Line(time: Timestamp.now().description, level: level, message: message)
                // A line that cannot be encoded is still worth its text.
                let text = (try? Output.jsonElement(line)).map { String(decoding: $0, as: UTF8.self) } ?? message
                Output.writeError(text + "\n")
            }
        }
    }
}
