import ArgumentParser
import Core
import Operations
import PhotonicCore
import Tarball
import Vault

struct WitnessCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "witness", abstract: "Show how data responded when it was backed up.", subcommands: [WitnessDiffCommand.self])
}

struct WitnessDiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Show what responds otherwise in one snapshot than in another.",
        usage: "rekindle witness diff <old> [<new>] [<options>]",
        discussion: """
            The self-tests record with each backup how the data responds: outputs of \
            networks, resonances, sizes, checksums. Each response that differs is shown \
            with what it is and was: new, moved (the suite does not say whether it may), \
            within drift, out of drift, gone; and what the suite asks otherwise.

              rekindle witness diff @2026-02-03 latest --policy policy.yaml
            """)

    @OptionGroup var pair: SnapshotPair
    @OptionGroup var common: CommonOptions

    private struct Document: Encodable {
        /// The older one.
        let old: Snapshot
        /// The newer one.
        let new: Snapshot
        /// Those that were tested in one of the two.
        let datasets: [WitnessDiff.Dataset]
    }

    func run() throws {
        let session = try common.begin()
        let (old, new) = try pair.views(session)
        let datasets = try WitnessDiff(old: old, new: new).run()
        if common.json {
            try JSONOutput.print(Document(old: old.snapshot, new: new.snapshot, datasets: datasets))
            return
        }
        var table = Table([("change", .left), ("dataset", .left), ("response", .left), ("", .left)])
        for dataset in datasets {
            for change in dataset.changes { table.add(change.kind.rawValue, dataset.name, change.name, change.note) }
        }
        if datasets.contains(where: { !$0.changes.isEmpty }) { Output.write(table.text) }
        for dataset in datasets where dataset.lack != nil { Output.line("\(dataset.name): \(dataset.lack ?? "")") }
        if datasets.isEmpty { Output.line("neither of the two was tested when it was backed up") }
        if !datasets.isEmpty, datasets.allSatisfy({ $0.changes.isEmpty && $0.lack == nil }) {
            Output.line("all responds in \(new.snapshot.shortID) as it did in \(old.snapshot.shortID)")
        }
        Output.flush()
    }
}
