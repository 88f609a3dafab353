import ArgumentParser
import Operations
import Policy
import Vault

struct RestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Bring a snapshot back, and prove it.",
        discussion: """
            Datasets become folders of the target. Every digest is checked while writing; a file that is there and identical is left alone, so a
            restore that was stopped is resumed by running it again. With --policy its validations run over what was restored.

              rekindle restore latest --target /srv/back --policy policy.yaml
              rekindle restore @2026-02-03 --target /srv --include 'app-data/weights'
              rekindle restore latest --in-place --delete
            """)

    @Argument(help: "`latest`, the beginning of an id, or @TIME.") var snapshot: String
    @OptionGroup var common: CommonOptions
    @Option(help: ArgumentHelp("Where to; made if it is missing.", valueName: "dir")) var target: String?
    @Flag(help: "Each dataset back to the directory that it came from.") var inPlace = false
    @Option(help: ArgumentHelp("Only what matches, with all beneath it; may be repeated.", valueName: "glob")) var include: [String] = []
    @Option(help: ArgumentHelp("Not what matches; may be repeated.", valueName: "glob")) var exclude: [String] = []
    @Option(help: ArgumentHelp("What happens to files that are there already.", valueName: "always|changed|never")) var overwrite =
        Overwrite.changed
    @Flag(help: "Remove what the snapshot does not have from the directories that it restores.") var delete = false
    @Flag(help: "Only say what would be done.") var dryRun = false
    @Flag(help: "Leave the policy's validations out.") var skipValidation = false

    enum Overwrite: String, ExpressibleByArgument { case always, changed, never }

    func validate() throws {
        if (target == nil) == !inPlace { throw ValidationError("Give either --target DIR or --in-place.") }
    }

    func run() throws {
        let session = try common.begin()
        var request = RestoreRequest(vault: try session.vault(), snapshot: snapshot, target: target.map { .directory($0) } ?? .origin)
        request.policy = session.policy?.name
        request.filter = PathFilter(include: try include.globs(), exclude: try exclude.globs())
        request.overwrite = RestoreRequest.Overwrite(rawValue: overwrite.rawValue) ?? .changed
        request.deletes = delete
        request.isDryRun = dryRun
        request.cachePath = session.cachePath
        let steps = try session.policy.map { try PolicyRequest($0, file: common.policy ?? "").validation() } ?? []
        let report = try session.show { try Restore(request, progress: session.progress, cancellation: session.cancellation).run() }
        var results: [Validation.Result] = []
        if !dryRun, !skipValidation {
            session.progress.begin("validate")
            results = try session.show {
                try Validation(steps, cancellation: session.cancellation).run(target: target ?? "/") { directory(of: $0, report) }
            }
        }
        try RestoreRendering(report, results).print(json: common.json)
        if report.damagedCount > 0 || !report.passedOver.isEmpty { throw ExitStatus.Ending(status: .damaged) }
        if !report.isComplete { throw ExitStatus.Ending(status: .failed) }
        if results.contains(where: { !$0.passed }) { throw ExitStatus.Ending(status: .notValid) }
        if !report.incomplete.isEmpty { throw ExitStatus.Ending(status: .incomplete) }
    }

    private func directory(of dataset: String, _ report: RestoreReport) -> String? {
        guard let found = report.snapshot.record.datasets.first(where: { $0.name == dataset && $0.outcome != .failed }) else { return nil }
        return target.map { "\($0)/\(dataset)" } ?? found.source
    }
}
