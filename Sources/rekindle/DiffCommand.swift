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
        commandName: "diff", abstract: "Show what differs between two snapshots.", usage: "rekindle diff <old> [<new>] [<options>]",
        discussion: """
            + added, - removed, ~ changed (and in what), ? not known: one of the two \
            could not read it. For manifests the lines that differ follow.
            """
    )

    @OptionGroup var pair: SnapshotPair
    @OptionGroup var common: CommonOptions

    /// The fields beside the list.
    private struct Document: Encodable {
        /// The older one.
        let old: Snapshot
        /// The newer one.
        let new: Snapshot
        /// Whether nothing is left out: both were complete, and the comparison came to its end.
        let isComplete: Bool
    }

    func run() throws {
        let session = try common.begin()
        let (old, new) = try pair.views(session)
        let diff = SnapshotDiff(old: old, new: new)
        defer {
            for view in [old, new] where !view.snapshot.record.isComplete {
                Log.warning("snapshot \(view.snapshot.shortID) is not complete: what it could not read is not known (?)")
            }
        }
        let count = try Self.print(diff, "changes", json: common.json) {
            Document(old: old.snapshot, new: new.snapshot, isComplete: $0 == nil && diff.isComplete)
        }
        if count == 0, !common.json {
            Output.line(
                "no difference between \(old.snapshot.shortID) (\(old.snapshot.record.time.forPeople) UTC) and \(new.snapshot.shortID)")
        }
        Output.flush()
    }

    /// Prints each change as it is found; returns how many there are.
    ///
    /// - Parameters:
    ///   - name: of the list in the document.
    ///   - report: the document's other fields; is given why the comparison broke off, if it did.
    @discardableResult
    static func print<Report: Encodable>(
        _ diff: SnapshotDiff, _ name: String, json: Bool, _ report: ((any Error)?) -> Report
    ) throws -> Int {
        var list = json ? JSONOutput.List(name) : nil
        var count = 0
        do {
            try diff.run { change in
                count += 1
                let difference = try diff.manifestDifference(change)
                if json {
                    try list?.add(PathChange(change, difference: difference))
                } else {
                    printText(PathChange(change, difference: difference), change.entry.path)
                }
            }
        } catch {
            try list?.end(report(error), broken: error)
            Output.flush()
            throw error
        }
        try list?.end(report(nil))
        return count
    }

    private static func printText(_ change: PathChange, _ path: TreePath) {
        Output.line("\(change.change.mark) \(Format.path(path))\(change.aspects.map { "  (\($0.joined(separator: ", ")))" } ?? "")")
        for line in lines(change.difference ?? "") { Output.line("    \(Format.printable(line))") }
    }

    /// The lines of a unified diff but for those that only name the file, which has just been named.
    static func lines(_ difference: String) -> [String] {
        let naming = ["diff --git", "index ", "--- ", "+++ ", "new file", "deleted file"]
        return difference.split(separator: "\n").filter { line in !naming.contains { line.hasPrefix($0) } }.map(String.init)
    }
}

struct LogCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Show the git history of the manifests.", usage: "rekindle log [<options>]")

    @OptionGroup var common: CommonOptions
    @Option(name: [.customShort("n"), .long], help: ArgumentHelp("So many commits at most.", valueName: "count")) var limit: Int?

    private static let linesMax = 50

    private struct Document: Encodable {
        struct Commit: Encodable {
            /// Its id.
            let commit: String
            /// When it was made.
            let time: Timestamp
            /// The name of who made it.
            let author: String
            /// What it says of the changes.
            let message: String
        }

        /// The newest first.
        let commits: [Commit]
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
            let commits = entries.map {
                Document.Commit(
                    commit: $0.id.hex, time: Timestamp(milliseconds: $0.time * 1000), author: $0.author.name, message: $0.message)
            }
            try JSONOutput.print(Document(commits: commits))
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

/// Two snapshots that are compared.
struct SnapshotPair: ParsableArguments {
    @Argument(help: "The older one.", completion: .snapshot) var old: String
    @Argument(help: "The newer one.", completion: .snapshot) var new = "latest"

    func views(_ session: Session) throws -> (old: SnapshotView, new: SnapshotView) { (try session.view(old), try session.view(new)) }
}
