import Age
import ArgumentParser
import Core
import FileTree
import Glibc
import Operations
import Vault

struct KeygenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keygen", abstract: "Make a key for encrypted secrets.", usage: "rekindle keygen --output <file> [<options>]",
        discussion: """
            Prints the recipient (age1…) for the policy's `recipients`, and writes the \
            identity, which opens what was encrypted to it. The machine that backs up \
            needs only the recipient: keep the identity elsewhere, where a disaster does \
            not reach it, and not in one place alone. It is a key of age: `age -d -i KEY \
            NAME.yaml.age | kubectl apply -f -` works without this program.

              rekindle keygen --output photon.key
            """)

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("Where the identity is written; an existing file is never overwritten.", valueName: "file"), completion: .file())
    var output: String
    @OptionGroup var messages: OutputOptions

    private struct Document: Encodable {
        /// The public key, for the policy's `recipients`.
        let recipient: String
        /// The file that the secret key was written into.
        let identity: String
    }

    func run() throws {
        messages.begin()
        let identity = AgeIdentity.generate()
        let recipient = try identity.recipient
        let text = "# made by rekindle keygen\n# public key: \(recipient)\n\(identity.secretText)\n"
        do throws(SystemError) { try OutputFile.writeSecret(Array(text.utf8), to: output) } catch {
            guard [EEXIST, ENOENT, ENOTDIR, EISDIR].contains(error.code) else { throw error }
            throw Failure(.usage, "\(error)", hint: "Nothing was written: a key goes into a new file of its own.")
        }
        if messages.json {
            try JSONOutput.print(Document(recipient: "\(recipient)", identity: output))
        } else {
            Output.line("\(recipient)")
        }
        Output.flush()
        Log.info("the identity is in \(output): without it nobody opens the secrets in a backup, so keep it safe, and apart from the vault")
    }
}
