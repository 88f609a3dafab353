import Core
import FileTree
import Glibc

/// What a program prints: each line to whoever listens, and the last ones kept, however much it prints before.
///
/// The pipe is emptied as long as anybody holds its other end: what a program leaves running may go on writing.
package final class OutputTail: Sendable {
    /// The program's end, held until it has ended.
    private let writing: Monitor<OpenFile?>
    /// The descriptor the program writes to.
    package let descriptor: Int32
    private let lines = Monitor(LastLines())
    private let isOver = Monitor(false)

    /// - Parameter line: receives each line, on another thread.
    package init(_ line: @escaping @Sendable (String) -> Void = { _ in }) throws {
        let (reading, writing) = try OpenFile.pipe(name: "a program's messages")
        descriptor = writing.descriptor
        self.writing = Monitor(writing)
        let thread = try Crew.start { [lines, isOver] in
            Self.empty(reading.descriptor) { bytes in lines.withLock { $0.add(bytes) }.forEach(line) }
            lines.withLock { $0.end() }.forEach(line)
            withExtendedLifetime(reading) {}
            isOver.update { $0 = true }
        }
        thread.detach()
    }

    /// Calls `body` with what there is to read, until the other end is closed by all who hold it.
    private static func empty(_ source: Int32, _ body: (ArraySlice<UInt8>) -> Void) {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = buffer.withUnsafeMutableBytes { read(source, $0.baseAddress, $0.count) }
            if count > 0 { body(buffer[..<count]) }
            if count == 0 || count < 0 && errno != EINTR { return }
        }
    }

    /// How long what the program left in the pipe may take to be read.
    private static let patienceMilliseconds = 250

    /// To be called when the program has ended: gives what was printed last.
    package func finish() -> [String] {
        writing.withLock { $0 = nil }
        _ = isOver.wait(upTo: Self.patienceMilliseconds) { $0 ? true : nil }
        return kept
    }

    /// The last lines so far.
    package var kept: [String] { lines.withLock { $0.kept } }
}

/// The last lines of a text that comes in pieces.
private struct LastLines {
    private static let bytesMax = 4 << 10
    private static let linesMax = 20

    private(set) var kept: [String] = []
    private var open: [UInt8] = []

    /// Returns the lines that are whole now. One that is too long is cut.
    mutating func add(_ bytes: ArraySlice<UInt8>) -> [String] {
        var whole: [String] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") || open.count == Self.bytesMax {
                whole += end()
                if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { continue }
            }
            open.append(byte)
        }
        return whole
    }

    /// Ends the line that is open; empty ones are none.
    mutating func end() -> [String] {
        if open.isEmpty { return [] }
        let line = String(decoding: open, as: UTF8.self)
        open = []
        kept.append(line)
        while kept.count > Self.linesMax || kept.count > 1 && kept.reduce(0, { $0 + $1.utf8.count }) > Self.bytesMax { kept.removeFirst() }
        return [line]
    }
}
