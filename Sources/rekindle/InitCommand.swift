import ArgumentParser
import Storage
import Vault

struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Make a vault in an empty or new directory.",
        discussion:
            "A vault is a directory of write-once files in standard formats; RESTORE.md in it tells how to read it without rekindle.")

    @Argument(help: "Where. Put it on another disk than the data.") var directory: String
    @Flag(help: "Print one JSON document instead of text.") var json = false

    private struct Document: Encodable {
        let vault: String
        let id: String
        let created: String
    }

    func run() throws {
        let vault = try Vault.create(at: directory)
        Output.isReport = true
        if json {
            try Output.json(Document(vault: vault.store.location, id: vault.header.id, created: vault.header.created))
        } else {
            Output.line("made the vault \(vault.header.id) at \(vault.store.location)")
        }
        Output.flush()
    }
}
