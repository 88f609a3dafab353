import ArgumentParser
import Core
import FileTree
import Operations
import Tarball
import Vault

struct LsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List the paths of a snapshot.", usage: "rekindle ls <snapshot> [<path>] [<options>]")

    @Argument(help: SnapshotWords.help, completion: .snapshot) var snapshot: String
    @Argument(help: "Only this path, or what matches this pattern, and what is beneath it.") var path: String?
    @OptionGroup var common: CommonOptions
    @Flag(name: .shortAndLong, help: "With mode, owner, size and time.") var long = false

    func run() throws {
        let session = try common.begin()
        let view = try session.view(snapshot)
        let isWanted: (TreePath) -> Bool = try path.map { try wanted($0, view) } ?? { _ in true }
        var listing = EntryListing(json: common.json, long: long)
        let none = path.map { Failure(.usage, "nothing in snapshot \(view.snapshot.shortID) matches \($0)") }
        try listing.list(none: none) { show in try view.entries { entry in if isWanted(entry.path) { try show(view, entry) } } }
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
        commandName: "find", abstract: "Find paths in all snapshots.", usage: "rekindle find <pattern> [<options>]",
        discussion: """
            A pattern knows *, ?, [a-z], {a,b} and ** (across directories); it may begin \
            at every directory unless it begins with /, which is the top of a snapshot, \
            of a dataset, or of the machine that was backed up.

              rekindle find 'weights/*.f32'
            """)

    @Argument(help: "What to look for.") var pattern: String
    @OptionGroup var common: CommonOptions
    @Option(help: ArgumentHelp("Only in this one.", valueName: "snapshot"), completion: .snapshot) var snapshot: String?
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
        // What cannot be looked at may have it.
        let none = damage.isEmpty ? Failure(.usage, "nothing matches \(pattern)") : nil
        try listing.list(isWhole: damage.isEmpty, none: none) { show in
            for view in views {
                try view.entries { entry in if view.matches(glob, entry.path) { try show(view, entry) } }
            }
        }
        for damaged in damage { Log.error(damaged.reason) }
        try ExitStatus.conclude(damage.isEmpty ? .success : .damaged)
    }
}

/// Prints entries as they come: a snapshot may have more of them than fit into memory.
struct EntryListing {
    struct Document: Encodable {
        /// The whole id of the snapshot that it is in.
        let snapshot: String
        /// In the snapshot: the dataset first.
        let path: String
        /// The path with escapes, where it is not UTF-8: its bytes can be had back.
        let pathEscaped: String?
        /// file, directory, link, fifo, character device, block device.
        let type: String
        /// In octal digits: "0644".
        let mode: String
        /// The number of the user.
        let owner: UInt32
        /// The number of the group.
        let group: UInt32
        /// Bytes of a file.
        let size: Int64?
        /// nil where no calendar reaches: before 1970, or after 9999.
        let modified: Timestamp?
        /// Seconds since 1970, whatever the calendar.
        let modifiedSeconds: Int64
        /// Of a file's content.
        let sha256: String?
        /// Of a symbolic link.
        let target: String?
        /// The same with escapes, where it is not UTF-8.
        let targetEscaped: String?
    }

    /// The fields beside the list.
    struct Rest: Encodable {
        /// Whether every entry could be read.
        let isComplete: Bool
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

    /// - Parameters:
    ///   - isWhole: whether everything that should be listed could be opened.
    ///   - none: thrown where there is nothing to list; nil where that is no mistake.
    mutating func list(isWhole: Bool = true, none: Failure? = nil, _ body: ((SnapshotView, TreeEntry) throws -> Void) throws -> Void) throws
    {
        var printed = 0
        defer { count = printed }
        var document = json ? JSONOutput.List("entries") : nil
        do {
            try body { view, entry in
                printed += 1
                if json { try document?.add(self.document(view, entry)) } else { Output.line(line(view, entry)) }
            }
            if printed == 0, let none { throw none }
        } catch {
            try document?.end(Rest(isComplete: false), broken: error)
            Output.flush()
            throw error
        }
        try document?.end(Rest(isComplete: isWhole), isWhole ? .success : .damaged)
        Output.flush()
    }

    private func document(_ view: SnapshotView, _ entry: TreeEntry) -> Document {
        var target: [UInt8]?
        if case .symbolicLink(let bytes) = entry.kind { target = bytes }
        return Document(
            snapshot: view.snapshot.id.hex, path: entry.path.text, pathEscaped: PathText.ifNeeded(entry.path.bytes),
            type: typeName(entry.kind),
            mode: "0" + String(entry.mode, radix: 8),
            owner: entry.owner, group: entry.group, size: entry.contents?.size, modified: Timestamp(modified: entry.modified),
            modifiedSeconds: entry.modified.seconds,
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
