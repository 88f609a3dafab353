import ArgumentParser
import Core
import Glibc
import Operations
import Reports
import Tarball
import Vault

struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a snapshot as a plain tarball with real names and all metadata.",
        usage: "rekindle export <snapshot> [--output <file>] [<options>]",
        discussion: """
            The tarball is POSIX pax, compressed with zstd; GNU tar and bsdtar extract \
            it to the same tree.

              rekindle export latest -o back.tar.zst
              tar --zstd --acls --xattrs --xattrs-include='*' -xpf back.tar.zst
            """)

    @Argument(help: SnapshotWords.help, completion: .snapshot) var snapshot: String
    @OptionGroup var common: CommonOptions
    @Option(name: .shortAndLong, help: ArgumentHelp("Else to standard output.", valueName: "file"), completion: .file()) var output: String?

    func run() throws {
        let session = try common.begin()
        if output == nil, common.json { throw UsageProblem.of("export", "with --json the tarball needs a file of its own: -o FILE") }
        if output == nil, Output.isTerminal(STDOUT_FILENO) {
            throw UsageProblem.of("export", "a tarball is not for a terminal: give a file with -o")
        }
        let view = try session.view(snapshot)
        let report = try session.show { try Export(view, progress: session.progress, cancellation: session.cancellation).run(to: output) }
        Output.isReport = true
        if common.json { try JSONOutput.print(report) }
        Output.flush()
        report.findings.listed.forEach(Log.finding)
        Log.info("exported \(Figures.count(report.paths)) paths of snapshot \(view.snapshot.shortID)")
    }
}
