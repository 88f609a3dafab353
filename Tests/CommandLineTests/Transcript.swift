import Foundation
import TestSupport
import Testing

/// What an operator types, and what the program answers, word for word.
///
/// A line that begins with `$ ` is given to bash; what follows is standard output, then standard error with `! ` before each line, then the
/// status in brackets, unless it is 0. `exists: PATH` and `absent: PATH` say what must be there and what must not be left behind. Blanks count as one,
/// and what differs each time is a word: <id>, <time>, <amount>. Those of terminals keep their blanks, and each digit of what differs is a 0 there; `terminal 80 COMMAND`
/// runs a command in one of 80 columns, whose colours are shown as ‹red:…›. REKINDLE_RECORD=1 writes what the program answers into the files.
struct Transcript: CustomTestStringConvertible {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Transcripts").path

    private let path: String
    private var isOfTerminal: Bool { path.contains("/Terminal/") }
    var testDescription: String { URL(fileURLWithPath: path).lastPathComponent }

    /// Those of a folder, in the order of their names.
    static func all(in folder: String = "") -> [Transcript] {
        let place = "\(Self.folder)/\(folder)"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
        return names.filter { $0.hasSuffix(".txt") }.sorted().map { Transcript(path: "\(place)/\($0)") }
    }

    /// Types it into a shell in the scratch folder.
    func check(in scratch: Scratch) throws {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try scratch.folder("bin")
        try scratch.link("bin/rekindle", to: Program.path)
        try scratch.program("bin/terminal", Self.terminal)
        var answered: [String] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if line.hasPrefix("$ ") {
                answered += [line] + (try answer(to: String(line.dropFirst(2)), in: scratch))
            } else if let path = ["exists: ", "absent: "].first(where: line.hasPrefix).map({ String(line.dropFirst($0.count)) }) {
                answered.append((scratch.exists(path) ? "exists: " : "absent: ") + path)
            } else if line.isEmpty || line.hasPrefix("#") {
                answered.append(line)
            }
        }
        let answer = answered.joined(separator: "\n")
        if ProcessInfo.processInfo.environment["REKINDLE_RECORD"] != nil {
            return try answer.write(toFile: path, atomically: true, encoding: .utf8)
        }
        #expect(answer == text, "\(path) is not as it is written")
    }

    private func answer(to command: String, in scratch: Scratch) throws -> [String] {
        var environment = scratch.environment
        environment["PATH"] = "\(scratch("bin")):\(environment["PATH"] ?? "/usr/bin:/bin")"
        let outcome = try ChildProcess.run(["bash", "-c", command], in: scratch.path, environment: environment)
        let normal = isOfTerminal ? Self.terminalLines : Self.lines
        let lines = normal(outcome.text, scratch) + normal(outcome.errors, scratch).map { "! \($0)" }
        return lines + (outcome.status == 0 ? [] : ["[\(outcome.status)]"])
    }

    /// A terminal of so many columns; progress, which comes and goes, is not shown.
    private static let terminal = """
        exec bash -c 'columns=$1; shift; printf -v command "%q " "$@"
        script -qec "stty cols $columns rows 40; export TERM=xterm; $command" /dev/null < /dev/null | tr -d "\\r"
        exit ${PIPESTATUS[0]}' terminal "$@"
        """

    /// As a person sees them: columns stand where they stand, and each digit of what differs is a 0.
    private static func terminalLines(_ text: String, _ scratch: Scratch) -> [String] {
        var text = text.replacingOccurrences(of: scratch.path, with: "<here>")
        for (code, name) in [("31", "red"), ("32", "green"), ("33", "yellow")] {
            text = text.replacingOccurrences(
                of: "\u{1B}\\[1;\(code)m([^\u{1B}]*)\u{1B}\\[0m", with: "‹\(name):$1›", options: .regularExpression)
        }
        text = text.replacingOccurrences(of: "[^\n]*\u{1B}\\[K", with: "", options: .regularExpression)
        let figures = #"\b[0-9a-f]{10,64}\b|\d{8}T\d{6}\.\d{3}Z|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|\d+(\.\d+)? (s|KiB|MiB)\b"#
        var result = ""
        var rest = text[...]
        while let found = rest.range(of: figures, options: .regularExpression) {
            result += rest[..<found.lowerBound] + rest[found].map { $0.isHexDigit && !$0.isUppercase ? "0" : String($0) }.joined()
            rest = rest[found.upperBound...]
        }
        result += rest
        result = result.replacingOccurrences(of: #"note: [^\n]* lies in memory, [^\n]*\n"#, with: "", options: .regularExpression)
        return result.split(separator: "\n", omittingEmptySubsequences: false).dropLast(result.hasSuffix("\n") || result.isEmpty ? 1 : 0)
            .map { $0.isEmpty ? "." : String($0) }
    }

    /// Without what differs each time. An empty line stands as a dot, so that it cannot be taken for one of the transcript's own.
    private static func lines(_ text: String, _ scratch: Scratch) -> [String] {
        var text = text.replacingOccurrences(of: scratch.path, with: "<here>")
        let patterns = [
            (#"\d{8}T\d{6}\.\d{3}Z|\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?( ?UTC|Z)?"#, "<time>"),
            (#"\b[0-9a-f]{10,64}\b"#, "<id>"), (#" of \S+, <time>"#, " of <host>, <time>"), (#"(?m)^host +\S+$"#, "host <host>"),
            (#"age1[0-9a-z]{50,}"#, "<key>"),
            (#"127\.0\.0\.1:\d+"#, "<server>"), (#"the cluster \(v\S+\): \d+ lists"#, "the cluster (<version>): <count> lists"),
            (#"\b\d+(\.\d+)? (s|ms|min|h|B|KiB|MiB|GiB)\b( \d\d min)?"#, "<amount>"),
            (#""durationMilliseconds" ?: ?\d+"#, #""durationMilliseconds":<amount>"#), (#" +"#, " "), (#" +\n"#, "\n"),
            // Where /tmp is in memory, backups say so.
            (#"note: [^\n]* lies in memory, [^\n]*\n"#, ""),
        ]
        for (pattern, word) in patterns { text = text.replacingOccurrences(of: pattern, with: word, options: .regularExpression) }
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast(text.hasSuffix("\n") || text.isEmpty ? 1 : 0)
            .map { $0.isEmpty ? "." : String($0) }
    }
}
