import ArgumentParser
import Core
import FoundationEssentials
import Operations
import PhotonicCore
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

            Where the bad one passes as well, and with --differs-from, what the self-tests \
            recorded with each backup tells: the first night in which the data responds \
            otherwise than in the good one, but for what its suite lets change.

              rekindle bisect --policy policies/photon-neuro.yaml --good @2026-02-03
              rekindle bisect --policy prod.yaml --differs-from @2026-02-03
              rekindle bisect --policy prod.yaml --differs-from @2026-02-03 \\
                --response "weights/encoder.npy: sums"
            """)

    @OptionGroup var common: CommonOptions
    @Option(help: ArgumentHelp("A snapshot whose validation passes.", valueName: "snapshot"), completion: .snapshot) var good: String?
    @Option(help: ArgumentHelp("A good one: what responds otherwise is bad.", valueName: "snapshot"), completion: .snapshot)
    var differsFrom: String?
    @Option(help: ArgumentHelp("Only this response of the self-tests tells.", valueName: "name")) var response: String?
    @Option(help: ArgumentHelp("A later one whose validation fails.", valueName: "snapshot"), completion: .snapshot) var bad = "latest"
    @Option(help: ArgumentHelp("Where the scratch directory is made; else TMPDIR, else /tmp.", valueName: "dir"), completion: .directory)
    var scratch: String?

    func run() throws {
        let session = try common.begin()
        guard let policy = session.policy else {
            throw UsageProblem.of("bisect", "name the policy with --policy: it says what is validated")
        }
        let byResponses = differsFrom != nil || response != nil
        guard let good = differsFrom ?? good, differsFrom == nil || self.good == nil else {
            throw UsageProblem.of("bisect", "name the good snapshot, with --good or with --differs-from")
        }
        let steps = PolicyRequest(policy, file: common.policy ?? "").validation()
        guard !steps.isEmpty || byResponses else {
            throw Failure(.usage, "the policy validates nothing, so nothing can be told good from bad")
        }
        var request = Bisect.Request(
            good: good, bad: bad, steps: steps, scratch: DrillCommand.scratchPlace(scratch))
        (request.byResponses, request.response) = (byResponses, response)
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
            for found in report.responses { show(found) }
            Output.line("first bad: \(report.firstBad.shortID) of \(report.firstBad.record.time.forPeople) UTC; what changed in it:")
        }
        try DiffCommand.print(diff, "changed", json: common.json) { _ in report }
        Output.flush()
    }

    private func show(_ trial: Bisect.Trial) {
        let verdict = trial.passed ? "good" : "BAD "
        let reason = trial.reasons.first.map { "  \(Format.printable($0))" } ?? ""
        Output.line("\(verdict)  \(trial.snapshot.shortID)  \(trial.snapshot.record.time.forPeople)\(reason)")
        for line in trial.details { Output.line("      \(Format.printable(line))") }
        Output.flush()
    }

    private func show(_ found: ResponseSearch.Found) {
        Output.line(
            "since \(found.firstBad.shortID)  \(found.firstBad.record.time.forPeople)  \(found.dataset): \(Format.printable(found.change.name))"
        )
        Output.line("      \(Format.printable(found.change.note))")
    }
}
