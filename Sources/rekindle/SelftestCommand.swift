import ArgumentParser
import Core
import PhotonicCore

struct SelftestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "selftest", abstract: "Run the photonic-core self-tests, over a directory of data if one is given.")

    @Argument(help: "A directory of data.") var directory: String?
    @Option(help: ArgumentHelp("What the data must satisfy; without, that its photonic.json describes it.", valueName: "file")) var suite:
        String?
    @Flag(help: "Print one JSON document instead of text.") var json = false

    func run() throws {
        let suite = try suite.map(Suite.read) ?? .dataSet
        let checks = SelfTest.deviceChecks() + (directory.map { suite.run(directory: $0).checks } ?? [])
        let failed = checks.filter { !$0.passed }
        if json {
            try Output.json(checks)
        } else {
            for check in failed { Output.line("FAILED  \(check.name): \(check.note ?? "")") }
            Output.line(
                "\(checks.count - failed.count) of \(checks.count) checks passed; `photonic-core selftest` shows each with its figures")
        }
        Output.flush()
        try ExitStatus.conclude(failed.isEmpty ? .success : .notValid)
    }
}
