import Core
import Glibc
internal import StrictYAML

/// One kind of check. It is made from its part of the suite, with problems where that is wrong.
protocol SuiteStep: Sendable {
    /// The files that it looks at, perhaps with `*` in the last part of a path.
    var files: [String] { get }

    func run(in folder: DataFolder, _ report: inout SuiteReport)
}

extension SuiteStep {
    func looks(at file: String) -> Bool { files.contains { fnmatch($0, file, FNM_PATHNAME | FNM_PERIOD) == 0 } }

    /// Runs `body` for each file that a pattern names; one that cannot be read or matches none is a failed check.
    func forEachFile(
        _ pattern: String, in folder: DataFolder, source: String, _ report: inout SuiteReport,
        _ body: (String, inout Findings, inout [Response]) throws(DataProblem) -> Void
    ) {
        let files: [String]
        do throws(DataProblem) {
            files = try folder.files(matching: pattern)
            if files.isEmpty { throw DataProblem("no file has such a name.") }
        } catch {
            var findings = Findings(pattern, source: source)
            findings.check("readable", 0, 1, unit: CheckResult.isSo, note: "\(pattern): \(error.reason)")
            return report.checks += findings.checks
        }
        for file in files {
            report.add(file, source: source, in: folder) { findings, responses throws(DataProblem) in
                try body(file, &findings, &responses)
            }
        }
    }
}

extension YAMLMapping {
    /// The path of a file beneath the directory that is checked, perhaps with `*` in its last part.
    func file(_ key: String = "file", of what: String) -> String? {
        guard require(key, of: what), let path = text(key) else { return nil }
        guard TreePath(path) != nil else {
            problems.add(
                value(key) ?? node, "\"\(key)\" is no path beneath the data", "write it relative to the directory, as weights/a.npy")
            return nil
        }
        return path
    }
}
