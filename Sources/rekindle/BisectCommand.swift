import ArgumentParser
import Core
import FoundationEssentials
import Operations
import Policy
import Tarball
import Vault

struct BisectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bisect", abstract: "Find the first snapshot whose validation fails, and what changed in it.",
        usage: "rekindle bisect --policy <file> --good <snapshot> [<options>]",
        discussion: """
            Snapshots between a good one and a bad one are restored into a scratch \
            directory and validated as the policy says, by halving: of a year of nights \
            some nine are looked at. Then what differs between the last good one and the \
            first bad one is shown.

              rekindle bisect --policy policies/photon-neuro.yaml --good @2026-02-03
            """)

    @OptionGroup var common: CommonOptions
    @Option(help: ArgumentHelp("A snapshot whose validation passes.", valueName: "snapshot"), completion: .snapshot) var good: String
    @Option(help: ArgumentHelp("A later one whose validation fails.", valueName: "snapshot"), completion: .snapshot) var bad = "latest"
    @Option(help: ArgumentHelp("Where the scratch directory is made; else TMPDIR, else /tmp.", valueName: "dir"), completion: .directory)
    var scratch: String?

    func run() throws {
        let session = try common.begin()
        guard let policy = session.policy else {
            throw UsageProblem.of("bisect", "name the policy with --policy: it says what is validated")
        }
        let steps = PolicyRequest(policy, file: common.policy ?? "").validation()
        guard !steps.isEmpty else { throw Failure(.usage, "the policy validates nothing, so nothing can be told good from bad") }
        var request = Bisect.Request(
            good: good, bad: bad, steps: steps, scratch: DrillCommand.scratchPlace(scratch))
        request.policy = policy.name
        request.host = session.host
        let report = try session.show { [request] in
            try Bisect(request, in: try session.repository(), progress: session.progress, cancellation: session.cancellation).run { trial in
                if !common.json { ProgressDisplay.pause { show(trial) } }
            }
        }
        let (old, new) = (try session.view(report.lastGood.id.hex), try session.view(report.firstBad.id.hex))
        let diff = SnapshotDiff(old: old, new: new)
        if !common.json {
            Output.line("first bad: \(report.firstBad.shortID) of \(report.firstBad.record.time.forPeople) UTC; what changed in it:")
        }
        try DiffCommand.print(diff, "changed", json: common.json) { _ in report }
        Output.flush()
    }

    private func show(_ trial: Bisect.Trial) {
        let verdict = trial.passed ? "good" : "BAD "
        let reason = trial.reasons.first.map { "  \(Format.printable($0))" } ?? ""
        Output.line("\(verdict)  \(trial.snapshot.shortID)  \(trial.snapshot.record.time.forPeople)\(reason)")
        Output.flush()
    }
}
