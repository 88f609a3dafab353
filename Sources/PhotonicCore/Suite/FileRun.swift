import Glibc

/// That the checks of a file passed, and as what files that was: the next run need not read them again.
struct FileRun: Sendable, Codable, Equatable {
    struct Key: Hashable, Sendable {
        /// Of the check and all that it asks.
        let check: String
        let file: String
    }

    struct Source: Sendable, Codable, Equatable {
        let path: String
        let mark: FileMark
    }

    /// The definition of all checks and responses: raised when one of them changes or is added.
    static let definition = 2

    let check: String
    let file: String
    /// How many there were.
    let checks: Int
    /// The names of its responses, which the witness has.
    let responses: [String]
    let sources: [Source]

    var key: Key { Key(check: check, file: file) }

    /// nil where a file is so new that it may change again without a sign.
    init?(_ key: Key, checks: Int, responses: [String], _ sources: Set<String>, in folder: DataFolder) {
        (check, file, self.checks, self.responses) = (key.check, key.file, checks, responses)
        self.sources = sources.sorted().compactMap { path in
            folder.marks[path].flatMap { $0.isSettled(before: folder.opened) ? Source(path: path, mark: $0) : nil }
        }
        if self.sources.count < sources.count { return nil }
    }

    func isUnchanged(in folder: DataFolder) -> Bool {
        !sources.isEmpty && sources.allSatisfy { folder.mark(of: $0.path) == $0.mark }
    }
}

/// What was said earlier of files, to be taken over where they have not changed.
public struct EarlierRuns: Sendable {
    private let runs: [FileRun.Key: FileRun]
    private let responses: [[UInt8]: Response]

    /// Nothing.
    public init() { (runs, responses) = ([:], [:]) }

    init(_ runs: [FileRun], _ responses: [Response]) {
        self.runs = Dictionary(runs.map { ($0.key, $0) }) { first, _ in first }
        self.responses = responses.byKey
    }

    /// nil where not all of its responses were recorded.
    subscript(key: FileRun.Key) -> (run: FileRun, responses: [Response])? {
        guard let run = runs[key] else { return nil }
        let found = run.responses.compactMap { responses[Array($0.utf8)] }
        return found.count == run.responses.count ? (run, found) : nil
    }
}
