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
        let thread = try Crew.start { [self] in
            var phase = Phase()
            while !isOver.withLock({ $0 }) {
                let figures = progress.figures
                phase.follow(figures)
                if isTerminal { show(figures, phase) } else { tell(figures, &phase) }
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

    /// The part of the operation that is under way.
    private struct Phase {
        private(set) var name = ""
        private(set) var started = ContinuousClock.now
        /// When a line of it was printed last.
        var told = ContinuousClock.now

        mutating func follow(_ figures: Progress.Figures) {
            if figures.phase == name { return }
            (name, started, told) = (figures.phase, .now, .now)
        }

        /// At least a little, as it is divided by.
        var seconds: Double { max(0.1, (ContinuousClock.now - started) / .seconds(1)) }

        var soFar: String { "\(Figures.wholeSeconds(milliseconds: Int64(seconds * 1000))) so far" }
    }

    /// A line for each half minute that one thing in a cluster, or a validation, takes.
    private func tell(_ figures: Progress.Figures, _ phase: inout Phase) {
        guard let total = figures.objectsTotal, ContinuousClock.now - phase.told >= Self.lineInterval else { return }
        phase.told = .now
        let done = Self.objects(figures, of: total, isDrawn: false)
        Log.info("\(phase.name)\(done.isEmpty ? "" : ": \(done)"), \(phase.soFar)")
    }

    private func show(_ figures: Progress.Figures, _ phase: Phase) {
        let rest = figures.objectsTotal.map { total in
            let done = Self.objects(figures, of: total)
            return done.isEmpty && phase.seconds > 1 ? phase.soFar : done
        }
        let line = Format.printable("\(phase.name)  \(rest ?? Self.bytes(figures, phase.seconds))")
        let width = Output.width(STDERR_FILENO) ?? 80
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
        let (read, carried) = (max(0, figures.bytes), max(0, figures.carriedBytes))
        let done = read.addingReportingOverflow(carried).partialValue
        var line = figures.bytesTotal > 0 ? bar(Double(done) / Double(figures.bytesTotal)) : ""
        line += Figures.size(Int64(read))
        if figures.files > 0 { line += "  \(Figures.plural(figures.files, "file"))" }
        line += "  \(Figures.size(Int64(min(1e15, Double(read) / seconds))))/s"
        if figures.bytesTotal > done, done > 0, seconds > 2 {
            let left = Double(figures.bytesTotal - done) / Double(done) * seconds * 1000
            line += "  \(Figures.wholeSeconds(milliseconds: Int64(min(1e15, left)))) left"
        }
        return figures.current.isEmpty ? line : "\(line)  \(figures.current)"
    }

    private static func bar(_ share: Double) -> String {
        let share = max(0, min(1, share))
        let filled = Int(share * 20)
        return "[\(String(repeating: "#", count: filled))\(String(repeating: ".", count: 20 - filled))] \(Int(share * 100)) %  "
    }
}
