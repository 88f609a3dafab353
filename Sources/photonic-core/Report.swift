import FoundationEssentials
import Glibc
import PhotonicCore

/// The outcome of a run, as one JSON document or a table.
struct Report: Encodable {
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

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    }

    /// A line a check, the sentence of a failed one below it, and a summary.
    func table() -> String {
        let header = ["", "check", "value", "expected", "tolerance", "unit", "source"]
        let rows = checks.map { check in
            [
                check.passed ? "ok" : "FAILED", check.name, check.value.map(short) ?? "none", short(check.expected),
                check.tolerance == 0 ? "exact" : short(check.tolerance), check.unit, check.source,
            ]
        }
        let widths = header.indices.map { column in ([header] + rows).reduce(0) { max($0, $1[column].count) } }
        var text = line(header, widths)
        for (check, row) in zip(checks, rows) {
            text += line(row, widths)
            if let note = check.note { text += "        \(note)\n" }
        }
        let outcome = failed == 0 ? "all passed" : "\(failed) failed"
        return text + "\(checks.count) checks, \(outcome)\n"
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
