import ArgumentParser
import Core
import FileTree
import Operations
import Policy
import Reports
import Tarball
import Vault

struct SnapshotsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshots", abstract: "List the snapshots, oldest first.", usage: "rekindle snapshots [<options>]",
        discussion: """
            Those of a policy where --policy names its file, or just its name; of a host \
            with --host.

              rekindle snapshots --vault /backup/photon --policy photon-neuro --limit 10
            """)

    @OptionGroup var common: CommonOptions
    @Option(help: ArgumentHelp("Only those with this tag.", valueName: "tag")) var tag: String?
    @Option(name: [.customShort("n"), .long], help: ArgumentHelp("Only so many, the newest.", valueName: "count")) var limit: Int?

    private struct Document: Encodable {
        /// Oldest first.
        let snapshots: [SnapshotDocument]
        /// Records that cannot be read.
        let damaged: [SnapshotList.Damage]
    }

    func run() throws {
        if let limit, limit < 1 { throw UsageProblem.of("snapshots", "--limit is a number from 1 on") }
        let (session, name) = try begin()
        let vault = try session.repository().vault
        let list = try vault.snapshots()
        let all = list.snapshots.filter {
            (tag == nil || $0.record.tags.contains(tag ?? "")) && (name == nil || $0.record.policy == name)
                && (common.host == nil || common.host == "any" || $0.record.host == common.host)
        }
        let chosen = limit.map { all.suffix($0) } ?? all[...]
        let accepted = try vault.acceptances(of: Array(chosen))
        let now = Timestamp.now()
        let clocks = Dictionary(chosen.compactMap { snapshot in list.clockProblem(of: snapshot, now: now).map { (snapshot.id, $0) } }) {
            $1
        }
        if common.json {
            try JSONOutput.print(
                Document(snapshots: chosen.map(SnapshotDocument.init), damaged: list.damage), list.damage.isEmpty ? .success : .damaged)
        } else {
            var table = Table([
                ("snapshot", .left), ("time (UTC)", .left), ("policy", .left), ("host", .left), ("files", .right), ("size", .right),
                ("new", .right),
                ("tags", .left), ("state", .left), ("paths", .left),
            ])
            for snapshot in chosen {
                let record = snapshot.record
                table.add(
                    snapshot.shortID, record.time.forPeople, record.policy ?? "-", record.host,
                    Figures.count(record.datasets.reduce(0) { $0 + $1.files }), Figures.size(record.datasets.reduce(0) { $0 + $1.bytes }),
                    Figures.size(record.datasets.reduce(0) { $0 + $1.newBytes }), record.tags.joined(separator: ","),
                    Self.state(snapshot, clock: clocks[snapshot.id] != nil, isAccepted: accepted.contains(snapshot.id.hex)),
                    record.datasets.map(\.source).joined(separator: ", "))
            }
            if chosen.isEmpty { Output.line("no snapshots") } else { Output.write(table.text) }
        }
        Output.flush()
        for snapshot in chosen { if let problem = clocks[snapshot.id] { Log.warning("snapshot \(snapshot.shortID): \(problem)") } }
        for damaged in list.damage { Log.error("\(damaged.reason). Run `rekindle verify`.") }
        try ExitStatus.conclude(list.damage.isEmpty ? .success : .damaged)
    }
}

extension SnapshotsCommand {
    /// In a disaster the file of a policy may be lost, and its name is known.
    private func begin() throws -> (Session, policy: String?) {
        guard let text = common.policy, !text.contains("/"), !Directory.exists(text) else {
            let session = try common.begin()
            return (session, session.policy?.name)
        }
        var options = common
        options.policy = nil
        return (try options.begin(), text)
    }

    private static func state(_ snapshot: Snapshot, clock isWrong: Bool, isAccepted: Bool) -> String {
        let record = snapshot.record
        let words = [
            record.isComplete ? nil : "incomplete", record.doubts.isEmpty ? nil : isAccepted ? "accepted" : "in doubt",
            isWrong ? "wrong clock" : nil,
        ]
        return words.compactMap(\.self).joined(separator: ", ")
    }
}

/// A record with the id that names it.
struct SnapshotDocument: Encodable {
    /// The whole id.
    let id: String
    /// Whether all that the policy named is in it.
    let isComplete: Bool
    /// All that is recorded about it.
    let record: SnapshotRecord

    init(_ snapshot: Snapshot) {
        id = snapshot.id.hex
        isComplete = snapshot.record.isComplete
        record = snapshot.record
    }
}

struct ShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show all that is recorded about a snapshot.", usage: "rekindle show <snapshot> [<options>]")

    @Argument(help: SnapshotWords.help, completion: .snapshot) var snapshot: String
    @OptionGroup var common: CommonOptions

    func run() throws {
        let session = try common.begin()
        let repository = try session.repository()
        let (vault, list) = (repository.vault, try repository.snapshots())
        let chosen = try repository.choose(session.choice(snapshot), in: list)
        for damaged in list.passedOver(by: snapshot, for: chosen) { Log.warning(damaged.asPassedOver) }
        if common.json {
            try JSONOutput.print(SnapshotDocument(chosen))
        } else {
            printText(chosen, isAccepted: try vault.acceptances(of: [chosen]).contains(chosen.id.hex))
        }
        Output.flush()
    }

    private func printText(_ snapshot: Snapshot, isAccepted: Bool) {
        let record = snapshot.record
        func line(_ name: String, _ value: String?) {
            if let value, !value.isEmpty {
                Output.line(name + String(repeating: " ", count: max(1, 11 - name.count)) + Format.printable(value))
            }
        }
        line("snapshot", snapshot.id.hex)
        line("time", "\(record.time)")
        line("duration", Figures.duration(milliseconds: record.durationMilliseconds))
        line("host", record.host)
        line("policy", record.policy)
        line("program", record.program)
        line("tags", record.tags.joined(separator: ", "))
        line("parent", record.parent)
        line("manifests", record.gitCommit.map { "commit \($0)" })
        line("tree", "\(record.tree.digest), \(Figures.count(record.tree.entries)) paths")
        line("complete", record.isComplete ? "yes" : "no")
        Output.line()
        var table = Table([
            ("dataset", .left), ("files", .right), ("directories", .right), ("other", .right), ("size", .right), ("new", .right),
            ("unreadable", .right), ("from", .left), ("state", .left),
        ])
        for dataset in record.datasets {
            table.add(
                dataset.name, Figures.count(dataset.files), Figures.count(dataset.directories), Figures.count(dataset.others),
                Figures.size(dataset.bytes), Figures.size(dataset.newBytes), Figures.count(dataset.unreadable),
                Format.printable(dataset.source),
                dataset.outcome == .complete ? "" : dataset.outcome.rawValue)
        }
        Output.write(table.text)
        for doubt in record.doubts {
            Output.line("\(isAccepted ? "accepted" : "in doubt"): \(Format.printable("\(doubt.dataset): \(doubt.reason)"))")
        }
        printResponses(record)
        for claim in record.unprotectedClaims ?? [] { Output.line("not in this backup: the data of the claim \(Format.printable(claim))") }
        for problem in record.problems {
            Output.line("problem: \(Format.printable("\(problem.path): \(problem.reason)"))")
            for line in problem.output ?? [] { Output.line("           \(Format.printable(line))") }
        }
        if record.problemCount > record.problems.count {
            Output.line("problem: and \(Figures.count(record.problemCount - record.problems.count)) more")
        }
    }

    private func printResponses(_ record: SnapshotRecord) {
        for witness in record.witnesses ?? [] {
            for change in witness.changes ?? [] {
                Output.line("\(change.kind): \(Format.printable("\(witness.dataset): \(change.response): \(change.note)"))")
            }
            if let count = witness.changeCount { Output.line("in all \(Figures.count(count)) responses of \(witness.dataset) are others") }
        }
    }
}
