import ArgumentParser
import Core
import FoundationEssentials
import PhotonicCore

/// The outcome of a run: a table, one JSON document, JUnit's XML or TAP.
struct Report: Encodable {
    enum Format: String, EnumerableFlag { case json, junit, tap }

    let directory: String?
    let passed: Int
    let failed: Int
    let checks: [CheckResult]

    init(directory: String?, checks: [CheckResult]) {
        self.directory = directory
        self.checks = checks
        passed = checks.count { $0.passed }
        failed = checks.count - passed
    }

    /// - Parameter onlyFailures: of the table, only what failed.
    func text(_ format: Format?, onlyFailures: Bool = false) throws -> String {
        switch format {
        case nil: table(onlyFailures: onlyFailures)
        case .json: try json()
        case .junit: junit()
        case .tap: tap()
        }
    }

    private func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    }

    private static let columns = 100

    /// A line a check beneath the source of what is expected, those that failed at the end, and a summary.
    private func table(onlyFailures: Bool) -> String {
        let shown = (onlyFailures ? [] : checks.filter(\.passed)) + checks.filter { !$0.passed }
        let header = ["", "check", "value", "expected", "tolerance", "unit"]
        let rows = shown.map { check in
            [
                check.passed ? "ok" : "FAILED", plain(check.name), check.value.map(CheckResult.digits) ?? "none",
                CheckResult.digits(check.expected), check.tolerance == 0 ? "exact" : CheckResult.digits(check.tolerance), check.unit,
            ]
        }
        var widths = header.indices.map { column in ([header] + rows).reduce(0) { max($0, $1[column].count) } }
        let others = widths.reduce(0, +) - widths[1] + 2 * (widths.count - 1)
        widths[1] = min(widths[1], max(header[1].count, Self.columns - others))
        var text = rows.isEmpty ? "" : line(header, widths)
        var source: String?
        for (check, row) in zip(shown, rows) {
            if check.source != source { text += "\(plain(check.source)):\n" }
            source = check.source
            text += line(row, widths)
            if let note = check.note { text += plain(note).wrapped(to: Self.columns - 8).map { "        \($0)\n" }.joined() }
        }
        let outcome = failed == 0 ? "all passed" : "\(failed) failed"
        return text + "\(checks.count) \(checks.count == 1 ? "check" : "checks"), \(outcome)\n"
    }

    private func junit() -> String {
        JUnit(
            "photonic-core",
            checks.map { check in
                JUnit.Case(check.name, of: check.file ?? "photonic-core", check.passed ? .passed : .failed(check.sentence))
            }
        ).text
    }

    /// The Test Anything Protocol, version 14.
    private func tap() -> String {
        let lines = checks.enumerated().map { number, check in
            // A `#` would begin a directive.
            let name = plain(check.name).replacing("\\", with: "\\\\").replacing("#", with: "\\#")
            if check.passed { return "ok \(number + 1) - \(name)\n" }
            let message = plain(check.sentence).replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            return "not ok \(number + 1) - \(name)\n  ---\n  message: \"\(message)\"\n  ...\n"
        }
        return "TAP version 14\n1..\(checks.count)\n" + lines.joined()
    }

    /// Names of files and of components may hold anything: what would end a line or steer a terminal is a question mark.
    private func plain(_ text: String) -> String {
        String(
            String.UnicodeScalarView(text.unicodeScalars.map { [.control, .format].contains($0.properties.generalCategory) ? "?" : $0 }))
    }

    /// A name that is longer than its column goes on in the next line.
    private func line(_ cells: [String], _ widths: [Int]) -> String {
        // Numbers stand to the right.
        let numbers = 2...4
        let names = cells[1].wrapped(to: widths[1])
        let padded = cells.indices.map { column in
            let cell = column == 1 ? names[0] : cells[column]
            let space = String(repeating: " ", count: max(0, widths[column] - cell.count))
            return numbers.contains(column) ? space + cell : cell + space
        }
        var text = padded.joined(separator: "  ")
        while text.last == " " { text.removeLast() }
        let indent = String(repeating: " ", count: widths[0] + 2)
        return text + "\n" + names.dropFirst().map { "\(indent)\($0)\n" }.joined()
    }
}
