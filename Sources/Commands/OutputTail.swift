import Core
import FileTree
import Glibc

/// The last lines that a program prints, however much it prints before: a pipe that is emptied while the program runs.
package struct OutputTail {
    private static let bytesMax = 4 << 10
    private static let linesMax = 20

    /// The descriptor the program writes to.
    package let descriptor: Int32
    private let source: Int32
    private let bytes = Monitor<[UInt8]>([])
    private let isOver = Cancellation()
    private let thread: Crew.Member

    package init() throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw SystemError("make", path: "a pipe", code: errno) }
        (source, descriptor) = (ends[0], ends[1])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(source, F_SETFL, O_NONBLOCK)
        do {
            thread = try Crew.start { [source, bytes, isOver] in
                while !isOver.isCancelled {
                    var wait = pollfd(fd: source, events: Int16(POLLIN), revents: 0)
                    _ = poll(&wait, 1, 50)
                    Self.drain(source, into: bytes)
                }
            }
        } catch {
            for end in ends { close(end) }
            throw error
        }
    }

    /// Ends the reading, and gives what was printed last. What the program left behind may go on writing: nobody listens.
    package func finish() -> [String] {
        isOver.cancel()
        thread.join()
        Self.drain(source, into: bytes)
        close(source)
        close(descriptor)
        let text = String(decoding: bytes.withLock { $0 }, as: UTF8.self)
        return text.split(whereSeparator: \.isNewline).suffix(Self.linesMax).map(String.init)
    }

    /// Bounded, since somebody may write without end.
    private static func drain(_ source: Int32, into bytes: Monitor<[UInt8]>) {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        for _ in 0..<16 {
            let count = buffer.withUnsafeMutableBytes { read(source, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            bytes.withLock { bytes in
                bytes += buffer[..<count]
                if bytes.count > bytesMax { bytes.removeFirst(bytes.count - bytesMax) }
            }
        }
    }
}
