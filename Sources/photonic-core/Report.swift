import ArgumentParser
import FoundationEssentials
import Glibc
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

    func text(_ format: Format?) throws -> String {
        switch format {
        case nil: table()
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

    /// A line a check, the sentence of a failed one below it, and a summary.
    private func table() -> String {
        let header = ["", "check", "value", "expected", "tolerance", "unit", "source"]
        let rows = checks.map { check in
            [
                check.passed ? "ok" : "FAILED", plain(check.name), check.value.map(short) ?? "none", short(check.expected),
                check.tolerance == 0 ? "exact" : short(check.tolerance), check.unit, check.source,
            ]
        }
        let widths = header.indices.map { column in ([header] + rows).reduce(0) { max($0, $1[column].count) } }
        var text = line(header, widths)
        for (check, row) in zip(checks, rows) {
            text += line(row, widths)
            if let note = check.note { text += "        \(plain(note))\n" }
        }
        let outcome = failed == 0 ? "all passed" : "\(failed) failed"
        return text + "\(checks.count) checks, \(outcome)\n"
    }

    /// As JUnit's own XML reporter writes it, and as continuous integration reads it.
    private func junit() -> String {
        let cases = checks.map { check in
            let attributes = "classname=\"\(escaped(check.file ?? "photonic-core"))\" name=\"\(escaped(check.name))\""
            if check.passed { return "    <testcase \(attributes)/>\n" }
            return "    <testcase \(attributes)>\n      <failure message=\"\(escaped(sentence(check)))\"/>\n    </testcase>\n"
        }
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites tests="\(checks.count)" failures="\(failed)">
              <testsuite name="photonic-core" tests="\(checks.count)" failures="\(failed)">
            \(cases.joined())  </testsuite>
            </testsuites>

            """
    }

    private func escaped(_ text: String) -> String {
        text.unicodeScalars.map { scalar in
            switch scalar {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            case "\"": "&quot;"
            // XML has no way to say these.
            case ..<" ", "\u{7F}"..<"\u{A0}", "\u{FFFE}", "\u{FFFF}": "?"
            default: String(scalar)
            }
        }.joined()
    }

    /// The Test Anything Protocol, version 14.
    private func tap() -> String {
        let lines = checks.enumerated().map { number, check in
            // A `#` would begin a directive.
            let name = plain(check.name).replacing("\\", with: "\\\\").replacing("#", with: "\\#")
            if check.passed { return "ok \(number + 1) - \(name)\n" }
            let message = plain(sentence(check)).replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            return "not ok \(number + 1) - \(name)\n  ---\n  message: \"\(message)\"\n  ...\n"
        }
        return "TAP version 14\n1..\(checks.count)\n" + lines.joined()
    }

    /// Names of files and of components may hold anything: what would end a line or steer a terminal is a question mark.
    private func plain(_ text: String) -> String {
        String(
            String.UnicodeScalarView(text.unicodeScalars.map { [.control, .format].contains($0.properties.generalCategory) ? "?" : $0 }))
    }

    private func sentence(_ check: CheckResult) -> String {
        let unit = check.unit.isEmpty ? "" : " \(check.unit)"
        let figures = "\(check.value.map(short) ?? "no number") instead of \(short(check.expected))\(unit)"
        let tolerance = check.tolerance == 0 ? "" : ", within \(short(check.tolerance))\(unit)"
        return "\(figures)\(tolerance)" + (check.note.map { ". \($0)" } ?? "")
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        // Numbers stand to the right; the last column needs no padding.
        let numbers = 2...4
        let padded = cells.indices.map { column in
            let space = String(repeating: " ", count: widths[column] - cells[column].count)
            return numbers.contains(column) ? space + cells[column] : column == cells.count - 1 ? cells[column] : cells[column] + space
        }
        return padded.joined(separator: "  ") + "\n"
    }

    /// Ten digits: all of a CRC-32, and enough of a physical quantity.
    private func short(_ number: Double) -> String {
        var buffer = [CChar](repeating: 0, count: 32)
        _ = withVaList([number]) { vsnprintf(&buffer, buffer.count, "%.10g", $0) }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
