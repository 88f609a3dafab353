import ArgumentParser
import Core
import FoundationEssentials
import Kubernetes
import Operations
import Policy
import Reports
import Tarball
import Vault

struct DriftCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drift", abstract: "Show how the live cluster differs from a snapshot.",
        usage: "rekindle drift [<snapshot>] --policy <file> [<options>]",
        discussion: """
            + is in the cluster only, - in the snapshot only, ~ differs: the lines \
            follow. Which cluster and which part of it the policy says. Secrets are \
            compared, and their content is not shown. The status is 0 when nothing \
            differs, 5 when something does, 3 when a part of the cluster could not be \
            read or compared.

              rekindle drift --policy policies/photon-neuro.yaml
            """)

    @Argument(help: SnapshotWords.help, completion: .snapshot) var snapshot = "latest"
    @Option(
        help: ArgumentHelp(
            "A key that opens encrypted secrets; without, those that this machine has encrypted are compared by their fingerprints.",
            valueName: "file"), completion: .file())
    var identity: [String] = []
    @OptionGroup var common: CommonOptions

    func run() throws {
        if common.policy == nil {
            throw UsageProblem.of("drift", "name the policy with --policy: it says which cluster, and which part of it")
        }
        let session = try common.begin()
        guard let policy = session.policy, let request = try PolicyRequest(policy, file: common.policy ?? "").manifests() else {
            throw Failure(.usage, "the policy names no manifests")
        }
        let identities = try identity.flatMap(ClusterOptions.identities)
        let view = try session.view(snapshot)
        let report = try session.show {
            try Drift(
                view, against: request, identities: identities, cache: try session.repository().cache, progress: session.progress,
                cancellation: session.cancellation
            ).run()
        }
        report.findings.listed.forEach(Log.finding)
        if common.json {
            try JSONOutput.print(report, report.outcome)
        } else if !common.isQuiet(report.outcome) {
            printText(report)
        }
        for (what, reason, _) in report.gaps.grouped { Log.error("\(what): \(reason)") }
        if report.sealed > 0 {
            Log.error("\(Figures.plural(report.sealed, "encrypted secret")) could not be compared: name the key with --identity")
        }
        Output.flush()
        try ExitStatus.conclude(report.outcome)
    }

    private func printText(_ report: Drift.Report) {
        for change in report.changes {
            Output.line("\(change.change.mark) \(Format.printable(change.path))")
            for line in DiffCommand.lines(change.difference ?? "") { Output.line("    \(Format.printable(line))") }
        }
        let unread = report.unread > 0 ? ", \(Figures.count(report.unread)) not read" : ""
        let sealed = report.sealed > 0 ? ", \(Figures.plural(report.sealed, "encrypted secret")) not compared" : ""
        let place = "snapshot \(report.snapshot.shortID), \(report.snapshot.record.time.forPeople) UTC, and \(report.target)"
        Output.line(
            "\(place): \(Figures.count(report.changes.count)) different, \(Figures.count(report.unchanged)) the same\(unread)\(sealed)")
    }
}
