import ArgumentParser
import Core
import Operations
import Vault

struct CatCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cat", abstract: "Write one file of a snapshot to standard output.",
        usage: "rekindle cat <snapshot> <path> [<options>]",
        discussion: """
            Each piece is checked before it is written. If a later piece is damaged, \
            what was written so far is right, and the status is 4.
            """
    )

    @Argument(help: SnapshotWords.help, completion: .snapshot) var snapshot: String
    @Argument(help: "The path, as `ls` shows it.") var path: String
    @OptionGroup var common: CommonOptions

    func run() throws {
        if common.json {
            throw UsageProblem.of("cat", "a file's bytes are no JSON document: leave out --json, or see `rekindle ls --json`")
        }
        let session = try common.begin()
        let view = try session.view(snapshot)
        let entry = try view.entry(path)
        do {
            try view.read(entry) { bytes in
                Output.write(bytes.withUnsafeBytes { Array($0) })
                try session.cancellation.check()
            }
        } catch {
            Output.flush()
            throw error
        }
        Output.flush()
    }
}
