import ArgumentParser
import FoundationEssentials
import PhotonicCore

struct PhotonicCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "photonic-core", abstract: "Silicon-photonics components and their self-tests.", subcommands: [SelfTestCommand.self])
}

struct SelfTestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "selftest",
        abstract: "Compare the device physics with published values, and check a data set.",
        discussion: """
            Without DIR, the components are checked: interferometers, meshes, rings, waveguides, detectors. With DIR, the data set \
            in it as well, as its photonic.json describes it: mesh phases, ring calibrations, weights, spike logs, notes.

            Exit status: 0 if every check passed, 1 if one failed, 2 for a wrong command line.
            """)

    @Argument(help: ArgumentHelp("A directory with photonic.json in it.", valueName: "dir"))
    var directory: String?

    @Flag(help: "Print one JSON document instead of a table.")
    var json = false

    func run() throws {
        let data = directory.map { SelfTest.dataChecks(directory: $0) } ?? []
        let report = Report(directory: directory, checks: SelfTest.deviceChecks() + data)
        print(json ? try report.json() : report.table(), terminator: "")
        if report.failed > 0 { throw ExitCode(1) }
    }
}
