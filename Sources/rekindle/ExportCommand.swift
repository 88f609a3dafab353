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
        discussion: """
            The tarball is POSIX pax, compressed with zstd; GNU tar and bsdtar extract it
            to the same tree.

              rekindle export latest -o back.tar.zst
              tar --zstd --acls --xattrs --xattrs-include='*' -xpf back.tar.zst
            """)

    @Argument(help: "`latest`, the beginning of an id, or @TIME.") var snapshot: String
    @OptionGroup var common: CommonOptions
    @Option(name: .shortAndLong, help: ArgumentHelp("Else to standard output.", valueName: "file")) var output: String?

    private struct Document: Encodable {
        let snapshot: String
        let file: String
        let paths: Int
        let notes: [String]
    }

    func run() throws {
        let session = try common.begin()
        if output == nil, common.json { throw ValidationError("With --json the tarball needs a file of its own: -o FILE.") }
        if output == nil, Output.isTerminal(STDOUT_FILENO) {
            throw ValidationError("A tarball is not for a terminal: give a file with -o.")
        }
        let view = try session.view(snapshot)
        let report = try session.show { try Export(view, progress: session.progress, cancellation: session.cancellation).run(to: output) }
        Output.isReport = true
        if common.json {
            try Output.json(
                Document(snapshot: view.snapshot.id.hex, file: output ?? "", paths: report.paths, notes: report.notes))
            Output.flush()
        }
        for note in report.notes { Log.info("note: \(note)") }
        Log.info("exported \(Figures.count(report.paths)) paths of snapshot \(view.snapshot.shortID)")
    }
}
