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

            With --response, a response of the self-tests that has changed as the suite \
            does not let it is right as it is, and the next backups are compared with it.

              rekindle accept latest --policy policy.yaml --why "old logs were removed"
              rekindle accept latest --policy policy.yaml --why "recalibrated" \\
                --response "calibration.json: size"
            """)

    @Argument(help: SnapshotWords.help, completion: .snapshot) var snapshot: String
    @OptionGroup var common: CommonOptions
    @Option(help: ArgumentHelp("A response of the self-tests that is right as it is.", valueName: "name")) var response: String?
    @Option(help: ArgumentHelp("What you found.", valueName: "text")) var why: String

    private struct Document: Encodable {
        /// The whole id.
        let snapshot: String
        /// The name of the document in the vault.
        let evidence: String
    }

    func run() throws {
        let session = try common.begin()
        let (snapshot, evidence) = try Accept(session.choice(snapshot), response: response, why: why, in: try session.repository()).run()
        if common.json {
            try JSONOutput.print(Document(snapshot: snapshot.id.hex, evidence: evidence))
        } else {
            let accepted = response.map { [$0] } ?? snapshot.record.doubts.map { "\($0.dataset): \($0.reason)" }
            for text in accepted { Output.line(Format.printable("accepted: \(text)")) }
            let what = response == nil ? "counts as a good backup" : "is what the next ones are compared with in that"
            Output.line("\(snapshot.text), \(what); the evidence is \(evidence)")
        }
        Output.flush()
    }
}
