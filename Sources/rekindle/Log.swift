import Core
import Operations
import Vault

/// How messages are written.
enum LogFormat: String, CaseIterable { case text, json }

/// One line on standard error with --log-format json.
struct LogLine: Encodable {
    /// What a line is about, where it is more than a message.
    enum Event: String, Encodable {
        /// The first line of a run.
        case started
        /// The last line of a run.
        case finished
        /// What a program of the policy printed on its standard error.
        case output
        /// A path that a backup saves, or a restore writes, since it is new or has changed; with -v.
        case change
    }

    /// When it was written.
    var time = Timestamp.now()
    /// INFO, WARNING or ERROR.
    let level: String
    /// A sentence.
    let message: String
    /// What the line is about, where it is more than a sentence.
    var event: Event?
    /// The verb; of the first and the last line.
    var command: String?
    /// The dataset, or the step, whose program printed it; of `output`.
    var dataset: String?
    /// Of `change`.
    var change: ChangeKind?
    /// Of `change`.
    var path: String?
    /// Of a finding.
    var severity: Severity?
    /// The path, object or dataset that a finding is about.
    var subject: String?
    /// What to do next; of an error.
    var hint: String?
    /// The exit status; of the last line.
    var status: Int32?
    /// The same as a word.
    var outcome: String?
    /// Of the whole run; of the last line.
    var durationMilliseconds: Int64?

    init(_ level: String, _ message: String) { (self.level, self.message) = (level, message) }
}

/// Messages on standard error: lines for people, or JSON lines for machines.
enum Log {
    private static let settings = Monitor((format: LogFormat.text, isQuiet: false, isOver: false))

    /// Set once, before anything is logged.
    static var format: LogFormat {
        get { settings.withLock { $0.format } }
        set { settings.withLock { $0.format = newValue } }
    }

    /// Whether to leave out what is no more than information.
    static var isQuiet: Bool {
        get { settings.withLock { $0.isQuiet } }
        set { settings.withLock { $0.isQuiet = newValue } }
    }

    static func info(_ message: String) { write(LogLine("INFO", message)) }
    static func warning(_ message: String) { write(LogLine("WARNING", message)) }
    static func error(_ message: String) { write(LogLine("ERROR", message)) }

    static func error(_ failure: DocumentError) {
        let stop = [".", "?"].contains { failure.message.hasSuffix($0) } ? "" : "."
        var line = LogLine("ERROR", failure.hint.map { "\(failure.message)\(stop) \($0)" } ?? failure.message)
        if format == .json {
            line = LogLine("ERROR", failure.message)
            line.hint = failure.hint
        }
        write(line)
    }

    static func finding(_ finding: Finding) {
        let text = finding.subject.isEmpty ? finding.text : "\(finding.subject): \(finding.text)"
        let (level, isNote) =
            switch finding.severity {
            case .p1: ("ERROR", false)
            case .p2, .p3: ("WARNING", false)
            case .p4: ("INFO", true)
            }
        var line = LogLine(level, format == .text && isNote ? "note: \(text)" : text)
        (line.severity, line.subject) = (finding.severity, finding.subject.isEmpty ? nil : finding.subject)
        // Text that came with a finding is of one line.
        write(line, isOneLine: true)
        // Where it was not shown as it came.
        if isQuiet { finding.output.forEach { write(LogLine(level, "  \($0)"), isOneLine: true) } }
    }

    /// What a program printed. People see who it was.
    static func output(_ text: String, of dataset: String) {
        var line = LogLine("INFO", format == .text ? "  \(dataset)| \(text)" : text)
        (line.event, line.dataset) = (.output, dataset)
        write(line, isOneLine: true)
    }

    static func change(_ kind: ChangeKind, _ path: String) {
        var line = LogLine("INFO", format == .text ? "\(kind.mark) \(path)" : "\(kind.rawValue) \(path)")
        (line.event, line.change, line.path) = (.change, kind, path)
        write(line, isOneLine: true)
    }

    /// The first line of a run, for machines.
    static func started() {
        var line = LogLine("INFO", "\(Invocation.current.verb) started")
        (line.event, line.command) = (.started, Invocation.current.verb)
        if format == .json { write(line) }
    }

    /// The last line of a run, for machines.
    static func finished(_ status: ExitStatus) {
        var line = LogLine("INFO", "\(Invocation.current.verb) finished: \(status.word)")
        (line.event, line.command, line.status, line.outcome) = (.finished, Invocation.current.verb, status.code, status.word)
        line.durationMilliseconds = Invocation.current.started.duration(to: .now).milliseconds
        if format == .json { write(line) }
        // What a program that a hook left running prints comes too late.
        settings.withLock { $0.isOver = true }
    }

    private static func write(_ line: LogLine, isOneLine: Bool = false) {
        if settings.withLock({ $0.isOver }) { return }
        if isQuiet, line.level == "INFO", line.event == nil || line.event == .output { return }
        ProgressDisplay.pause {
            switch format {
            case .text:
                // Names and reasons may come from anywhere; only the line breaks of a list of problems are meant.
                let lines =
                    isOneLine ? [line.message] : line.message.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
                Output.writeError(Self.lead(line.level) + lines.map(Format.printable).joined(separator: "\n") + "\n")
            case .json:
                do { Output.writeError(String(decoding: try JSONOutput.element(line), as: UTF8.self) + "\n") } catch {
                    // A line that cannot be encoded is still worth its text.
                    Output.writeError(line.message + "\n")
                }
            }
        }
    }

    private static func lead(_ level: String) -> String {
        switch level {
        case "ERROR": Style.standardError.paint("error:", .bad) + " "
        case "WARNING": Style.standardError.paint("warning:", .careful) + " "
        default: ""
        }
    }
}
