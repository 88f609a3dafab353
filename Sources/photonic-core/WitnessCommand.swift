import ArgumentParser
import Core
import FileTree
import PhotonicCore

struct WitnessCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "witness",
        abstract: "Record how data responds, or compare it with what was recorded.",
        discussion: """
            The responses are the outputs of networks for fixed inputs, resonances of rings, sums over weights: a checksum of what the data \
            does. `rekindle` records them with each backup and compares them after each restore; this does it by hand.

              photonic-core witness /app/data --suite suite.yaml > witness.json
              photonic-core witness /srv/back/app-data --suite suite.yaml --compare witness.json

            Exit status: 0 if all is as it was, 1 if not, 2 for a wrong command line, suite or witness.
            """)

    @Argument(help: ArgumentHelp("A directory of data.", valueName: "dir"))
    var directory: String

    @Option(help: ArgumentHelp("What the data must satisfy.", valueName: "file"))
    var suite: String?

    @Option(help: ArgumentHelp("A witness that was recorded.", valueName: "file"))
    var compare: String?

    @Flag(help: "Print the comparison as one JSON document, JUnit's XML or TAP instead of a table.")
    var format: Report.Format?

    func run() throws {
        try Directory.require(directory)
        let suite = try suite.map(Suite.read) ?? .dataSet
        let found = suite.run(directory: directory)
        guard let compare else {
            try StandardOutput.write(String(decoding: try Witness(suite: suite, found).encoded(), as: UTF8.self))
            let failed = found.checks.filter { !$0.passed }
            for check in failed.prefix(10) { StandardError.line("failed: \(check.name): \(check.note ?? "")") }
            if !failed.isEmpty { throw ExitCode(1) }
            return
        }
        let recorded: Witness
        do { recorded = try Witness(encoded: try OpenFile.contents(of: compare, limit: Witness.bytesMax)) } catch let error as SystemError {
            throw Failure(.usage, "cannot read \(compare): \(error.reason)")
        } catch {
            throw Failure(
                .usage, "\(compare) is no witness: \((error as? Failure)?.message ?? "\(error)")",
                hint: "`photonic-core witness` makes one.")
        }
        guard let checks = recorded.checks(against: found, of: suite) else {
            throw Failure(.usage, "\(compare) was recorded by another version of the model, and cannot be compared")
        }
        let report = Report(directory: directory, checks: checks)
        try StandardOutput.write(try report.text(format))
        if report.failed > 0 { throw ExitCode(1) }
    }
}
