import ArgumentParser
import Core
import FileTree
import PhotonicCore

struct SelftestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "selftest", abstract: "Run the photonic-core self-tests, over a directory of data if one is given.",
        usage: "rekindle selftest [<directory>] [--suite <file>] [<options>]")

    @Argument(help: "A directory of data.", completion: .directory) var directory: String?
    @Option(
        help: ArgumentHelp("What the data must satisfy; without, that its photonic.json describes it.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"])) var suite: String?
    @OptionGroup var output: OutputOptions

    private struct Document: Encodable {
        /// Of the device physics, then of the data.
        let checks: [CheckResult]
    }

    func run() throws {
        output.begin()
        try directory.map { try Directory.require($0) }
        let suite = try suite.map(Suite.read) ?? .dataSet
        let checks = SelfTest.deviceChecks() + (directory.map { suite.run(directory: $0).checks } ?? [])
        let failed = checks.filter { !$0.passed }
        if output.json {
            try JSONOutput.print(Document(checks: checks), failed.isEmpty ? .success : .notValid)
        } else {
            for check in failed { Output.line("\(Style.failed)  \(Format.printable("\(check.name): \(check.sentence)"))") }
            Output.line(
                "\(checks.count - failed.count) of \(checks.count) checks passed; `photonic-core selftest` shows each with its figures")
        }
        Output.flush()
        try ExitStatus.conclude(failed.isEmpty ? .success : .notValid)
    }
}
