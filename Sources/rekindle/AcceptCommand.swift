import ArgumentParser
import Core
import Operations
import Tarball
import Vault

struct AcceptCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "accept", abstract: "Settle the doubts of a snapshot: what it has is what it should have.",
        usage: "rekindle accept <snapshot> --why <text> [<options>]",
        discussion: """
            A backup that finds a dataset emptied, far smaller than in the last nights, \
            or its disk not mounted, is saved with status 3 and counts as no good \
            backup. Look at the source first. Once accepted it counts, and the next \
            backups are measured by it. What was accepted, why and by whom stays in the \
            vault.

              rekindle accept latest --policy policy.yaml --why "old logs were removed"
            """)

    @Argument(help: SnapshotWords.help, completion: .snapshot) var snapshot: String
    @OptionGroup var common: CommonOptions
    @Option(help: ArgumentHelp("What you found.", valueName: "text")) var why: String

    private struct Document: Encodable {
        /// The whole id.
        let snapshot: String
        /// The name of the document in the vault.
        let evidence: String
    }

    func run() throws {
        let session = try common.begin()
        let (snapshot, evidence) = try Accept(session.choice(snapshot), why: why, in: try session.repository()).run()
        if common.json {
            try JSONOutput.print(Document(snapshot: snapshot.id.hex, evidence: evidence))
        } else {
            for doubt in snapshot.record.doubts { Output.line(Format.printable("accepted: \(doubt.dataset): \(doubt.reason)")) }
            Output.line("\(snapshot.text), counts as a good backup; the evidence is \(evidence)")
        }
        Output.flush()
    }
}
