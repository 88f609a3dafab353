import Core
import Operations
import PhotonicCore
import Proof
import Reports
import Restorer
import Tarball
import Vault

/// A restore's report for people and for programs.
struct RestoreRendering {
    private let report: RestoreReport
    private let results: [Validation.Result]

    init(_ report: RestoreReport, _ results: [Validation.Result]) {
        self.report = report
        self.results = results
    }

    struct Document: Encodable {
        struct Problem: Encodable {
            let path: String
            let reason: String
        }

        struct Step: Encodable {
            let name: String
            let verdict: Validation.Verdict
            let summary: String
            let checks: [CheckResult]
            /// The last lines that a program printed.
            let output: [String]
            let attempts: Int
            let durationMilliseconds: Int64

            init(_ result: Validation.Result) {
                name = result.name
                verdict = result.verdict
                summary = result.summary
                checks = result.checks
                output = result.output
                attempts = result.attempts
                durationMilliseconds = result.durationMilliseconds
            }
        }

        let snapshot: String
        let time: String
        let target: String
        let dryRun: Bool
        let complete: Bool
        let files: Int
        let bytes: Int64
        let identical: Int
        let kept: Int
        let directories: Int
        let others: Int
        let deleted: Int
        let damaged: [Problem]
        let damagedCount: Int
        let passedOver: [Problem]
        /// Datasets that the snapshot itself has only in part, or not at all.
        let incomplete: [SnapshotRecord.Dataset]
        let problems: [Problem]
        let problemCount: Int
        /// Those of the problems whose names are those of others on the target.
        let collisions: [Problem]
        /// Temporary files of killed restores that were removed.
        let leftovers: Int
        let notes: [String]
        let validation: [Step]
        let durationMilliseconds: Int64
    }

    var document: Document {
        Document(
            snapshot: report.snapshot.id.hex, time: report.snapshot.record.time.description, target: report.target,
            dryRun: report.isDryRun,
            complete: report.isComplete, files: report.files, bytes: report.bytes, identical: report.identical, kept: report.kept,
            directories: report.directories, others: report.others, deleted: report.deleted,
            damaged: report.damaged.map { .init(path: $0.path, reason: $0.reason) }, damagedCount: report.damagedCount,
            passedOver: report.passedOver.map { .init(path: $0.name, reason: $0.reason) }, incomplete: report.incomplete,
            problems: report.problems.map { .init(path: $0.path, reason: $0.reason) }, problemCount: report.problemCount,
            collisions: report.collisions.map { .init(path: $0.path, reason: $0.reason) }, leftovers: report.leftovers,
            notes: report.notes,
            validation: results.map { .init($0) },
            durationMilliseconds: report.durationMilliseconds)
    }

    func print(json: Bool) throws {
        if json {
            try Output.json(document)
        } else {
            printText()
        }
        report.findings.listed.forEach(Log.finding)
        for dataset in report.incomplete {
            Log.warning(
                dataset.outcome == .failed
                    ? "\(dataset.name) is not in this snapshot: its backup failed. `rekindle show` says why; an older snapshot may have it."
                    : "\(dataset.name) is in this snapshot without \(Figures.plural(Int(dataset.unreadable), "path")) that could not be read: see `rekindle show`."
            )
        }
        log(report.problems, report.problemCount)
        log(report.damaged, report.damagedCount)
        for damaged in report.passedOver { Log.error(damaged.asPassedOver) }
        Output.flush()
    }

    private func log(_ problems: [RestoreReport.Problem], _ count: Int) {
        for problem in problems { Log.error("\(Format.printable(problem.path)): \(problem.reason)") }
        if count > problems.count { Log.error("and \(Figures.count(count - problems.count)) more") }
    }

    private func printText() {
        let verb = report.isDryRun ? "would restore" : report.isComplete ? "restored" : "restored only in part:"
        Output.line(
            "\(verb) \(Figures.plural(report.files, "file")) (\(Figures.size(report.bytes))) of snapshot \(report.snapshot.shortID), \(report.snapshot.record.time.forPeople) UTC, to \(report.target)"
        )
        if report.identical > 0 { Output.line("\(Figures.plural(report.identical, "file")) identical already, left alone") }
        if report.kept > 0 { Output.line("\(Figures.plural(report.kept, "name")) kept as they were there") }
        if report.deleted > 0 { Output.line("\(Figures.plural(report.deleted, "name")) \(report.isDryRun ? "would be " : "")deleted") }
        if report.leftovers > 0 { Output.line("\(Figures.plural(report.leftovers, "file")) that a killed restore had left removed") }
        if report.damagedCount > 0 {
            Output.line("\(Figures.plural(report.damagedCount, "path")) could not be restored: the vault is damaged there")
        }
        if report.problemCount > 0 { Output.line("\(Figures.plural(report.problemCount, "path")) could not be written") }
        if !report.isDryRun {
            let what =
                report.kept > 0
                ? "every byte that was written is checked and synced; what was kept was not compared" : "every byte checked and synced"
            Output.line("\(what), in \(Figures.duration(milliseconds: report.durationMilliseconds))")
        }
        Self.print(results)
    }

    static func print(_ results: [Validation.Result]) {
        if results.isEmpty { return }
        var table = Table([("result", .left), ("took", .right), ("validation", .left)])
        for result in results {
            let verdict = result.failed ? "FAILED" : result.verdict.rawValue
            let took = result.verdict == .notRun ? "" : Figures.duration(milliseconds: result.durationMilliseconds)
            table.add(verdict, took, "\(result.name): \(result.summary)")
        }
        Output.write(table.text)
        for result in results where result.failed {
            for check in result.checks where !check.passed {
                Output.line("  \(Format.printable("\(check.name): \(check.note ?? "")"))")
            }
            for line in result.output { Output.line("  \(Format.printable(line))") }
        }
    }
}
