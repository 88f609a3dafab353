import Core
import Operations
import PhotonicCore
import Proof
import Reports
import Tarball
import Vault

/// A backup's report for people and for programs.
struct BackupRendering {
    private let report: BackupReport
    private let isDryRun: Bool

    init(_ report: BackupReport, isDryRun: Bool) {
        self.report = report
        self.isDryRun = isDryRun
    }

    /// - Parameter isText: whether to print the report itself; messages come in any case.
    func print(isText: Bool) {
        if isText { printText() }
        for finding in report.findings.listed where finding.severity > .p2 { Log.finding(finding) }
        if report.noteCount > report.notes.count { Log.info("note: and \(Figures.count(report.noteCount - report.notes.count)) more") }
        for test in report.selfTests {
            for check in test.failed { Log.error("\(test.dataset): \(Format.printable("\(check.name): \(check.sentence)"))") }
        }
        for doubt in report.doubts { Log.warning("\(doubt.dataset): \(doubt.reason)") }
        if let snapshot = report.snapshot, !report.doubts.isEmpty {
            Log.warning(
                "it is saved, and counts as no good backup. If that is how it should be: rekindle accept \(snapshot.shortID) --why TEXT")
        }
        for problem in report.findings.problems { Log.finding(problem) }
        if report.problemCount > report.problems.count {
            Log.warning("and \(Figures.count(report.problemCount - report.problems.count)) more, counted in the snapshot's record")
        }
        Output.flush()
    }

    private func printText() {
        var table = Table([
            ("dataset", .left), ("files", .right), ("unchanged", .right), ("size", .right), ("new", .right), ("unreadable", .right),
            ("state", .left),
        ])
        for dataset in report.datasets {
            table.add(
                dataset.name, Figures.count(dataset.files), Figures.count(dataset.unchanged), Figures.size(dataset.bytes),
                Figures.size(dataset.newBytes), Figures.count(dataset.unreadable),
                dataset.outcome != .complete ? dataset.outcome.rawValue : dataset.doubts == nil ? "" : "in doubt")
        }
        Output.write(table.text)
        if let changes = report.manifestChanges { Output.line("manifests: \(changes)") }
        for test in report.selfTests {
            let verdict =
                test.failed.isEmpty
                ? "\(Figures.plural(test.checks, "self-test")) passed"
                : "\(Figures.plural(test.failed.count, "self-test")) \(Style.failed) on the live data"
            Output.line("\(test.dataset): \(verdict)")
            if let moved = Self.moved(test.changes) { Output.line("\(test.dataset): \(moved)") }
        }
        guard let snapshot = report.snapshot else {
            Output.line(isDryRun ? "dry run: nothing was saved" : "nothing was saved")
            return
        }
        Output.line(
            "saved \(snapshot.record.isComplete ? "" : "what could be read as ")snapshot \(snapshot.shortID), \(Figures.size(report.storedBytes)) stored, in \(Figures.duration(milliseconds: report.durationMilliseconds))"
        )
    }

    /// What responds otherwise than when it was last sound; what the suite lets change is not worth a line.
    private static func moved(_ changes: [WitnessChange]) -> String? {
        let told: [(WitnessChange.Kind, String)] = [
            (.moved, "changed"), (.new, "new"), (.gone, "gone"), (.suite, "asked otherwise by the suite"),
        ]
        let parts = told.compactMap { kind, word in
            let found = changes.filter { $0.kind == kind && !$0.isAgainst }
            guard let first = found.first else { return nil as String? }
            let names = found.count == 1 ? first.name : "\(first.name), …"
            return "\(Figures.count(found.count)) \(word) (\(Format.printable(names)))"
        }
        return parts.isEmpty ? nil : "responses: \(parts.joined(separator: ", ")); `rekindle show` names them"
    }
}
