import Core
import Glibc
import Reports
import Synchronization
import Vault

/// One line on the terminal that shows how far an operation is; nothing where standard error is no terminal.
final class ProgressDisplay: Sendable {
    /// The line that is shown now, if any: messages wait for it to be wiped.
    private static let shown = Monitor<Bool>(false)

    private let progress: Progress
    private let isOver = Monitor(false)
    private let isActive: Bool
    private let isTerminal: Bool
    /// Where nobody looks at a line that moves, one now and then says for what is waited.
    private static let lineInterval = Duration.seconds(30)

    init(_ progress: Progress, isQuiet: Bool) {
        self.progress = progress
        isTerminal = Output.isTerminal(STDERR_FILENO) && Log.format == .text
        isActive = !isQuiet
    }

    /// Shows the progress while `body` runs.
    func during<Result>(_ body: () throws -> Result) throws -> Result {
        guard isActive else { return try body() }
        let started = ContinuousClock.now
        let thread = try Crew.start { [self] in
            var last = (phase: "", time: started)
            while !isOver.withLock({ $0 }) {
                if isTerminal { show(started) } else { tell(started, &last) }
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

    /// A line for each half minute that one thing in a cluster takes.
    private func tell(_ started: ContinuousClock.Instant, _ last: inout (phase: String, time: ContinuousClock.Instant)) {
        let (figures, now) = (progress.figures, ContinuousClock.now)
        if figures.phase != last.phase { last = (figures.phase, now) }
        guard let total = figures.objectsTotal, now - last.time >= Self.lineInterval else { return }
        last.time = now
        let done = Self.objects(figures, of: total, isDrawn: false)
        let taken = Figures.duration(milliseconds: Int64((now - started) / .milliseconds(1)))
        Log.info("\(figures.phase)\(done.isEmpty ? "" : ": \(done)"), \(taken) so far")
    }

    private func show(_ started: ContinuousClock.Instant) {
        let figures = progress.figures
        let seconds = max(0.1, (ContinuousClock.now - started) / .seconds(1))
        let rest = figures.objectsTotal.map { Self.objects(figures, of: $0) } ?? Self.bytes(figures, seconds)
        let line = "\(figures.phase)  \(rest)"
        var size = winsize()
        let width = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
        Self.shown.withLock { isShown in
            Output.writeError("\r\(line.prefix(width - 1))\u{1B}[K")
            isShown = true
        }
    }

    private static func objects(_ figures: Progress.Figures, of total: Int, isDrawn: Bool = true) -> String {
        guard total > 0 else { return figures.files > 0 ? Figures.plural(figures.files, "object") : "" }
        let share = isDrawn ? bar(Double(figures.files) / Double(total)) : ""
        return share + "\(Figures.count(figures.files)) of \(Figures.plural(total, "object"))"
    }

    private static func bytes(_ figures: Progress.Figures, _ seconds: Double) -> String {
        // A hostile vault may claim any sizes.
        let bytes = max(0, figures.bytes)
        var line = figures.bytesTotal > 0 ? bar(Double(bytes) / Double(figures.bytesTotal)) : ""
        line += "\(Figures.size(Int64(bytes)))"
        if figures.files > 0 { line += "  \(Figures.plural(figures.files, "file"))" }
        let rate = min(1e15, Double(bytes) / seconds)
        line += "  \(Figures.size(Int64(rate)))/s"
        if figures.bytesTotal > bytes, rate > 0, seconds > 2 {
            line += "  \(Figures.duration(milliseconds: Int64(min(1e15, Double(figures.bytesTotal - bytes) / rate * 1000)))) left"
        }
        return line
    }

    private static func bar(_ share: Double) -> String {
        let share = min(1, share)
        let filled = Int(share * 20)
        return "[\(String(repeating: "#", count: filled))\(String(repeating: ".", count: 20 - filled))] \(Int(share * 100)) %  "
    }
}
