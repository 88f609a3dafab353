import ArgumentParser
import Core
import FileTree
import GitHistory
import Manifests
import Operations
import Policy
import Reports
import Tarball
import Vault

struct DiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Show what differs between two snapshots.",
        discussion:
            "+ added, - removed, ~ changed (and in what), ? not known: one of the two could not read it. For manifests the lines that differ follow."
    )

    @Argument(help: "The older one.") var old: String
    @Argument(help: "The newer one.") var new = "latest"
    @OptionGroup var common: CommonOptions

    private struct Change: Encodable {
        let change: String
        let path: String
        let pathEscaped: String?
        let aspects: [String]?
        let difference: String?
    }

    func run() throws {
        let session = try common.begin()
        let (old, new) = (try session.view(old), try session.view(new))
        let diff = SnapshotDiff(old: old, new: new)
        var document =
            common.json
            ? Output.JSONList(opening: "{\"old\": \"\(old.snapshot.id.hex)\", \"new\": \"\(new.snapshot.id.hex)\", \"changes\": ") : nil
        let failure: (any Error)?
        var count = 0
        do {
            try diff.run { change in
                count += 1
                let difference = try diff.manifestDifference(change)
                if common.json { try document?.add(self.change(change, difference)) } else { Self.printText(change, difference) }
            }
            failure = nil
        } catch { failure = error }
        document?.end(isComplete: failure == nil && diff.isComplete)
        if count == 0, failure == nil, !common.json {
            Output.line(
                "no difference between \(old.snapshot.shortID) (\(old.snapshot.record.time.forPeople) UTC) and \(new.snapshot.shortID)")
        }
        Output.flush()
        for view in [old, new] where !view.snapshot.record.isComplete {
            Log.warning("snapshot \(view.snapshot.shortID) is not complete: what it could not read is not known (?)")
        }
        if let failure { throw failure }
    }

    private func change(_ change: SnapshotDiff.Change, _ difference: String?) -> Change {
        let (_, word, aspects) = Self.describe(change)
        return Change(
            change: word, path: change.entry.path.text, pathEscaped: PathText.ifNeeded(change.entry.path.bytes), aspects: aspects,
            difference: difference)
    }

    static func printText(_ change: SnapshotDiff.Change, _ difference: String?) {
        let (mark, _, aspects) = describe(change)
        Output.line("\(mark) \(Format.path(change.entry.path))\(aspects.map { "  (\($0.joined(separator: ", ")))" } ?? "")")
        for line in lines(difference ?? "") { Output.line("    \(Format.printable(line))") }
    }

    private static func describe(_ change: SnapshotDiff.Change) -> (mark: String, word: String, aspects: [String]?) {
        switch change {
        case .added: ("+", "added", nil)
        case .removed: ("-", "removed", nil)
        case .changed(_, _, let aspects): ("~", "changed", aspects)
        case .unknown: ("?", "unknown", nil)
        }
    }

    /// The lines of a unified diff but for those that only name the file, which has just been named.
    static func lines(_ difference: String) -> [String] {
        let naming = ["diff --git", "index ", "--- ", "+++ ", "new file", "deleted file"]
        return difference.split(separator: "\n").filter { line in !naming.contains { line.hasPrefix($0) } }.map(String.init)
    }
}

struct LogCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "log", abstract: "Show the git history of the manifests.")

    @OptionGroup var common: CommonOptions
    @Option(name: [.customShort("n"), .long], help: ArgumentHelp("So many commits at most.", valueName: "count")) var limit: Int?

    private static let linesMax = 50

    private struct Document: Encodable {
        let commit: String
        let time: String
        let author: String
        let message: String
    }

    func run() throws {
        let session = try common.begin()
        let entries = try session.show {
            try ManifestLog(
                try session.repository(), policy: session.policy?.name, host: session.host,
                cancellation: session.cancellation
            ).run(limit: limit)
        }
        if common.json {
            try Output.json(
                entries.map {
                    Document(
                        commit: $0.id.hex, time: Timestamp(milliseconds: $0.time * 1000).description, author: $0.author.name,
                        message: $0.message)
                })
        } else {
            for entry in entries {
                Output.line("\(entry.id.hex.prefix(10))  \(Timestamp(milliseconds: entry.time * 1000).forPeople)  \(entry.author.name)")
                let lines = entry.message.split(separator: "\n")
                for line in lines.prefix(Self.linesMax) { Output.line("    \(Format.printable(String(line)))") }
                if lines.count > Self.linesMax {
                    Output.line("    and \(Figures.count(lines.count - Self.linesMax)) more lines: --json has them")
                }
            }
        }
        Output.flush()
    }
}
