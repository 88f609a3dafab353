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

    /// - Parameter isText: whether to print the report itself; messages come in any case.
    func print(isText: Bool) {
        if isText { printText() }
        report.findings.listed.forEach(Log.finding)
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
        var table = Table([("result", .left), ("took", .right), ("looks at", .left), ("validation", .left)])
        for result in results {
            let verdict = result.failed ? "FAILED" : result.verdict == .notVerified ? "COULD NOT VERIFY" : result.verdict.rawValue
            let took = result.verdict == .notRun ? "" : Figures.duration(milliseconds: result.durationMilliseconds)
            table.add(verdict, took, result.looksAt?.rawValue ?? "", "\(result.name): \(result.summary)")
            guard result.failed || result.verdict == .notVerified else { continue }
            for check in result.checks where !check.passed { table.add(below: "\(check.name): \(check.sentence)") }
            for line in result.output { table.add(below: line) }
        }
        Output.write(table.text)
    }
}
