import ArgumentParser
import Core
import FileTree
import Glibc
import Policy
import Vault

/// How a snapshot is named on the command line: in the help, and in what a shell completes.
enum SnapshotWords {
    static let help: ArgumentHelp = "`latest`, `latest-complete`, the beginning of an id, or @TIME."

    static func help(valueName: String) -> ArgumentHelp {
        ArgumentHelp("`latest`, `latest-complete`, the beginning of an id, or @TIME.", valueName: valueName)
    }

    private static let shownMax = 50

    /// What a shell offers: words, and the newest snapshots of the vault that the words before name.
    static func completions(_ words: [String]) -> [String] {
        ["latest", "latest-complete"] + snapshots(words).suffix(shownMax).reversed().map(\.shortID)
    }

    /// The names of hosts that a vault has snapshots of.
    static func hosts(_ words: [String]) -> [String] { ["any"] + Set(snapshots(words).map(\.record.host)).sorted() }

    /// Whatever is wrong is said by the command, and not while somebody types.
    private static func snapshots(_ words: [String]) -> [Snapshot] {
        func value(_ option: String) -> String? {
            let isNext = words.firstIndex(of: option).map { words.dropFirst($0 + 1).first }
            return isNext ?? words.first { $0.hasPrefix(option + "=") }.map { String($0.dropFirst(option.count + 1)) }
        }
        do {
            let policy = try value("--policy").map { try Policy.read($0) }
            let path = value("--vault") ?? policy?.vault ?? getenv("REKINDLE_VAULT").map { String(cString: $0) }
            guard let path else { return [] }
            return try Repository.open(at: path, cachePath: nil).snapshots().snapshots
        } catch { return [] }
    }
}

extension CompletionKind {
    static var snapshot: CompletionKind { .custom { words, _, _ in SnapshotWords.completions(words) } }
    static var host: CompletionKind { .custom { words, _, _ in SnapshotWords.hosts(words) } }
}
