import ArgumentParser
import Core
import FileTree
import PhotonicCore

struct PhotonicCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "photonic-core", abstract: "Silicon-photonics components and their self-tests.",
        version: Program.name.replacing("rekindle", with: "photonic-core"),
        subcommands: [SelfTestCommand.self, WitnessCommand.self, ComputeCommand.self])
}

struct SelfTestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "selftest",
        abstract: "Compare the device physics with published values, and check data.",
        discussion: """
            Without DIR, the components are checked: interferometers, meshes, rings,
            lasers, detectors, neurons. With DIR, the data in it as well: what the suite
            declares, or without one the data set that its photonic.json describes.

              photonic-core selftest /app/data --suite suite.yaml
              photonic-core selftest /app/data --suite suite.yaml --junit > report.xml

            Exit status: 0 if every check passed, 1 if one failed, 2 for a wrong command
            line or suite.
            """)

    @Argument(help: ArgumentHelp("A directory of data.", valueName: "dir"))
    var directory: String?

    @Option(help: ArgumentHelp("What the data must satisfy.", valueName: "file"))
    var suite: String?

    @Flag(help: "Print one JSON document, JUnit's XML or TAP instead of a table.")
    var format: Report.Format?

    @Flag(help: "Of the table, only what failed.")
    var failures = false

    func validate() throws {
        if suite != nil, directory == nil { throw ValidationError("A suite is about the data in a directory: name it.") }
    }

    func run() throws {
        try directory.map { try Directory.require($0) }
        let suite = try suite.map(Suite.read) ?? .dataSet
        let data = directory.map { suite.run(directory: $0).checks } ?? []
        let report = Report(directory: directory, checks: SelfTest.deviceChecks() + data)
        try StandardOutput.write(try report.text(format, onlyFailures: failures))
        if report.failed > 0 { throw ExitCode(1) }
    }
}
