import ArgumentParser
import Core
import FileTree
import Operations
import Tarball
import Vault

struct LsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "ls", abstract: "List the paths of a snapshot.")

    @Argument(help: "`latest`, the beginning of an id, or @TIME.") var snapshot: String
    @Argument(help: "Only this path, or what matches this pattern, and what is beneath it.") var path: String?
    @OptionGroup var common: CommonOptions
    @Flag(name: .shortAndLong, help: "With mode, owner, size and time.") var long = false

    func run() throws {
        let session = try common.begin()
        let view = try session.view(snapshot)
        let isWanted: (TreePath) -> Bool = try path.map { try wanted($0, view) } ?? { _ in true }
        var listing = EntryListing(json: common.json, long: long)
        try listing.list { show in try view.entries { entry in if isWanted(entry.path) { try show(view, entry) } } }
        if listing.count == 0, let path { throw Failure(.usage, "nothing in snapshot \(view.snapshot.shortID) matches \(path)") }
    }

    /// A path that is there, else a pattern.
    private func wanted(_ path: String, _ view: SnapshotView) throws -> (TreePath) -> Bool {
        do {
            let top = try view.entry(path).path
            return { $0.isWithin(top) }
        } catch let error as Failure where error.code == .usage && path.contains(where: { "*?[{".contains($0) }) {
            guard let glob = try [path].globs().first else { throw error }
            let filter = view.filter(including: glob)
            return { filter.selects($0.bytes) }
        }
    }
}

struct FindCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "find", abstract: "Find paths in all snapshots.",
        discussion: """
            A pattern knows *, ?, [a-z], {a,b} and ** (across directories); it may begin at
            every directory unless it begins with /, which is the top of a snapshot, of a
            dataset, or of the machine that was backed up.

              rekindle find 'weights/*.f32'
            """)

    @Argument(help: "What to look for.") var pattern: String
    @OptionGroup var common: CommonOptions
    @Option(help: ArgumentHelp("Only in this one.", valueName: "snapshot")) var snapshot: String?
    @Flag(name: .shortAndLong, help: "With mode, owner, size and time.") var long = false

    func run() throws {
        let session = try common.begin()
        guard let glob = try [pattern].globs().first else { return }
        let (views, damage) =
            try snapshot.map { ([try session.view($0)], []) }
            ?? session.repository().views(
                of: common.host.map { _ in session.host } ?? .any,
                cancellation: session.cancellation)
        var listing = EntryListing(json: common.json, long: long, showsSnapshot: true)
        try listing.list(isWhole: damage.isEmpty) { show in
            for view in views {
                try view.entries { entry in if view.matches(glob, entry.path) { try show(view, entry) } }
            }
        }
        for damaged in damage { Log.error(damaged.reason) }
        try ExitStatus.conclude(damage.isEmpty ? .success : .damaged)
        if listing.count == 0 { throw Failure(.usage, "nothing matches \(pattern)") }
    }
}

/// Prints entries as they come: a snapshot may have more of them than fit into memory.
struct EntryListing {
    private struct Document: Encodable {
        let snapshot: String
        let path: String
        /// The path with escapes, where it is not UTF-8: its bytes can be had back.
        let pathEscaped: String?
        let type: String
        let mode: String
        let owner: UInt32
        let group: UInt32
        let size: Int64?
        let modified: String
        let sha256: String?
        let target: String?
        let targetEscaped: String?
    }

    private let json: Bool
    private let long: Bool
    private let showsSnapshot: Bool
    private(set) var count = 0

    init(json: Bool, long: Bool, showsSnapshot: Bool = false) {
        self.json = json
        self.long = long
        self.showsSnapshot = showsSnapshot
    }

    /// - Parameter isWhole: whether everything that should be listed could be opened.
    mutating func list(isWhole: Bool = true, _ body: ((SnapshotView, TreeEntry) throws -> Void) throws -> Void) throws {
        var printed = 0
        defer { count = printed }
        var document = json ? Output.JSONList(opening: "{\"entries\": ") : nil
        let failure: (any Error)?
        do {
            try body { view, entry in
                printed += 1
                if json { try document?.add(self.document(view, entry)) } else { Output.line(line(view, entry)) }
            }
            failure = nil
        } catch { failure = error }
        document?.end(isComplete: failure == nil && isWhole)
        Output.flush()
        if let failure { throw failure }
    }

    private func document(_ view: SnapshotView, _ entry: TreeEntry) -> Document {
        var target: [UInt8]?
        if case .symbolicLink(let bytes) = entry.kind { target = bytes }
        return Document(
            snapshot: view.snapshot.id.hex, path: entry.path.text, pathEscaped: PathText.ifNeeded(entry.path.bytes),
            type: typeName(entry.kind),
            mode: "0" + String(entry.mode, radix: 8),
            owner: entry.owner, group: entry.group, size: entry.contents?.size, modified: Format.time(entry.modified),
            sha256: entry.contents?.digest.hex, target: target.map { String(decoding: $0, as: UTF8.self) },
            targetEscaped: target.flatMap { PathText.ifNeeded($0) })
    }

    private func typeName(_ kind: TreeEntry.Kind) -> String {
        switch kind {
        case .file: "file"
        case .directory: "directory"
        case .symbolicLink: "link"
        case .fifo: "fifo"
        case .characterDevice: "character device"
        case .blockDevice: "block device"
        }
    }

    private func line(_ view: SnapshotView, _ entry: TreeEntry) -> String {
        var line = showsSnapshot ? "\(view.snapshot.shortID)  " : ""
        if long {
            let size = entry.contents.map { String($0.size) } ?? "-"
            line +=
                "\(Format.mode(entry))  \(column("\(entry.owner):\(entry.group)", 11))  \(String(repeating: " ", count: max(0, 12 - size.count)))\(size)  "
            line += "\(Format.time(entry.modified))  "
        }
        line += Format.path(entry.path)
        if case .directory = entry.kind { line += "/" }
        if long, case .symbolicLink(let target) = entry.kind { line += " -> \(PathText.text(target))" }
        return line
    }

    private func column(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(0, width - text.count)) }
}
