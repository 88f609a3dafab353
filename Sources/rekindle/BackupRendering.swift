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

    private struct Document: Encodable {
        let snapshot: String?
        let time: String?
        let complete: Bool
        let inDoubt: Bool
        let dryRun: Bool
        let datasets: [SnapshotRecord.Dataset]
        let problems: [SnapshotRecord.Problem]
        let problemCount: Int
        let notes: [String]
        let noteCount: Int
        let storedBytes: Int64
        let parent: String?
        let gitCommit: String?
        let manifestChanges: String?
        let unprotectedClaims: [String]
        let selfTests: [SelfTests]
        let durationMilliseconds: Int64

        struct SelfTests: Encodable {
            let dataset: String
            let suite: String
            let checks: Int
            let failed: [CheckResult]
        }
    }

    func print(json: Bool) throws {
        if json {
            try Output.json(
                Document(
                    snapshot: report.snapshot?.id.hex, time: report.snapshot?.record.time.description, complete: report.isComplete,
                    inDoubt: !report.doubts.isEmpty,
                    dryRun: isDryRun,
                    datasets: report.datasets, problems: report.problems, problemCount: report.problemCount, notes: report.notes,
                    noteCount: report.noteCount, storedBytes: report.storedBytes, parent: report.parent,
                    gitCommit: report.snapshot?.record.gitCommit, manifestChanges: report.manifestChanges,
                    unprotectedClaims: report.unprotectedClaims,
                    selfTests: report.selfTests.map { .init(dataset: $0.dataset, suite: $0.suite, checks: $0.checks, failed: $0.failed) },
                    durationMilliseconds: report.durationMilliseconds))
        } else {
            printText()
        }
        for finding in report.findings.listed where finding.severity > .p2 { Log.finding(finding) }
        if report.noteCount > report.notes.count { Log.info("note: and \(Figures.count(report.noteCount - report.notes.count)) more") }
        for test in report.selfTests {
            for check in test.failed { Log.error("\(test.dataset): \(Format.printable("\(check.name): \(check.note ?? "")"))") }
        }
        for doubt in report.doubts { Log.warning("\(doubt.dataset): \(doubt.reason)") }
        if let snapshot = report.snapshot, !report.doubts.isEmpty {
            Log.warning(
                "it is saved, and counts as no good backup. If that is how it should be: rekindle accept \(snapshot.shortID) --why TEXT")
        }
        for problem in report.problems { Log.warning("\(Format.printable(problem.path)): \(problem.reason)") }
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
                ? "\(Figures.plural(test.checks, "self-test")) passed" : "\(test.failed.count) self-tests FAILED on the live data"
            Output.line("\(test.dataset): \(verdict)")
        }
        guard let snapshot = report.snapshot else {
            Output.line(isDryRun ? "dry run: nothing was saved" : "nothing was saved")
            return
        }
        Output.line(
            "saved \(snapshot.record.isComplete ? "" : "what could be read as ")snapshot \(snapshot.shortID), \(Figures.size(report.storedBytes)) stored, in \(Figures.duration(milliseconds: report.durationMilliseconds))"
        )
    }
}
