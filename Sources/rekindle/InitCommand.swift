import ArgumentParser
import Storage
import Vault

struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Make a vault in an empty or new directory.", usage: "rekindle init <directory> [<options>]",
        discussion: """
            A vault is a directory of write-once files in standard formats; RESTORE.md \
            in it tells how to read it without rekindle.
            """)

    @Argument(help: "Where. Put it on another disk than the data.", completion: .directory) var directory: String
    @OptionGroup var output: OutputOptions

    private struct Document: Encodable {
        /// Where it is.
        let vault: String
        /// Its own, in its header and in every record.
        let id: String
        /// When it was made.
        let created: String
    }

    func run() throws {
        output.begin()
        let vault = try Vault.create(at: directory)
        Output.isReport = true
        if output.json {
            try JSONOutput.print(Document(vault: vault.store.location, id: vault.header.id, created: vault.header.created))
        } else if !output.quiet {
            Output.line("made the vault \(vault.header.id) at \(vault.store.location)")
        }
        Output.flush()
    }
}
