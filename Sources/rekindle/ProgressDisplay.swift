import Glibc
import Synchronization
import Vault

/// One line on the terminal that shows how far an operation is; nothing where standard error is no terminal.
final class ProgressDisplay: Sendable {
    /// The line that is shown now, if any: messages wait for it to be wiped.
    private static let shown = Monitor<Bool>(false)

    private let progress: Progress
    private let isOver = Monitor(false)
    private let isActive: Bool

    init(_ progress: Progress, isQuiet: Bool) {
        self.progress = progress
        isActive = !isQuiet && Log.format == .text && Output.isTerminal(STDERR_FILENO)
    }

    /// Shows the progress while `body` runs.
    func during<Result>(_ body: () throws -> Result) throws -> Result {
        guard isActive else { return try body() }
        let started = ContinuousClock.now
        let thread = try Crew.start { [self] in
            while !isOver.withLock({ $0 }) {
                show(started)
                usleep(100_000)
            }
        }
        defer {
            isOver.withLock { $0 = true }
            thread.join()
            Self.pause {}
        }
        return try body()
    }

    /// Runs `body` with the line wiped.
    static func pause(_ body: () -> Void) {
        shown.withLock { isShown in
            if isShown { Output.writeError("\r\u{1B}[K") }
            isShown = false
            body()
        }
    }

    private func show(_ started: ContinuousClock.Instant) {
        let figures = progress.figures
        // A hostile vault may claim any sizes.
        let bytes = max(0, figures.bytes)
        let seconds = max(0.1, (ContinuousClock.now - started) / .seconds(1))
        var line = "\(figures.phase)  "
        if figures.bytesTotal > 0 {
            let share = min(1, Double(bytes) / Double(figures.bytesTotal))
            let filled = Int(share * 20)
            line += "[\(String(repeating: "#", count: filled))\(String(repeating: ".", count: 20 - filled))] \(Int(share * 100)) %  "
        }
        line += "\(Format.size(Int64(bytes)))"
        if figures.files > 0 { line += "  \(Format.plural(figures.files, "file"))" }
        let rate = min(1e15, Double(bytes) / seconds)
        line += "  \(Format.size(Int64(rate)))/s"
        if figures.bytesTotal > bytes, rate > 0, seconds > 2 {
            line += "  \(Format.duration(milliseconds: Int64(min(1e15, Double(figures.bytesTotal - bytes) / rate * 1000)))) left"
        }
        var size = winsize()
        let width = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
        Self.shown.withLock { isShown in
            Output.writeError("\r\(line.prefix(width - 1))\u{1B}[K")
            isShown = true
        }
    }
}
