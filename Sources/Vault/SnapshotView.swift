public import Core
import FileTree
public import Tarball

/// A snapshot opened for looking into it.
public struct SnapshotView: Sendable {
    /// The snapshot.
    public let snapshot: Snapshot
    /// Damaged records that are newer than the snapshot, where that was asked for as `latest` or `@TIME`.
    public let passedOver: [SnapshotList.Damage]
    /// Where its datasets came from.
    package let sources: DatasetSources
    package let vault: Vault
    package let reader: BlobReader
    package let cancellation: Cancellation

    package init(
        vault: Vault, snapshot: Snapshot, reader: BlobReader, cancellation: Cancellation, passedOver: [SnapshotList.Damage] = []
    ) {
        self.cancellation = cancellation
        self.passedOver = passedOver
        self.vault = vault
        sources = DatasetSources(snapshot.record)
        self.snapshot = snapshot
        self.reader = reader
    }

    /// Calls `body` with every entry in path order. A tree with a part lost is an error, thrown when the rest has been given.
    public func entries(_ body: (TreeEntry) throws -> Void) throws {
        var tree = try TreeReader(reader, snapshot)
        while let parsed = try tree.next() {
            try cancellation.check()
            try body(parsed.entry)
        }
        if let damage = tree.damage.first { throw Failure(.damaged, "snapshot \(snapshot.shortID): \(damage)", hint: Self.hint) }
    }

    /// The entry of a path; an error if there is none.
    public func entry(_ path: String) throws -> TreeEntry {
        guard let wanted = TreePath(Self.relative(path)) else { throw Failure(.usage, "\(path) is no path in a snapshot") }
        let places = [wanted] + placesOfOrigin(path)
        var tree = try TreeReader(reader, snapshot)
        var found: TreeEntry?
        while let entry = try tree.next()?.entry {
            try cancellation.check()
            if entry.path == wanted { return entry }
            if found == nil, places.contains(entry.path) { found = entry }
            if places.allSatisfy({ $0 < entry.path }) { break }
        }
        if let found { return found }
        if let damage = tree.damage.first { throw Failure(.damaged, "snapshot \(snapshot.shortID): \(damage)", hint: Self.hint) }
        throw Failure(
            .usage, "there is no \(path) in snapshot \(snapshot.shortID)", hint: "`rekindle ls \(snapshot.shortID)` lists what is there.")
    }

    /// Gives a file's content to `write`, each piece checked first; when it returns, the whole was what the tree says.
    public func read(_ entry: TreeEntry, _ write: (borrowing RawSpan) throws -> Void) throws {
        guard let contents = entry.contents else {
            throw Failure(
                .usage, "\(entry.path) is not a file", hint: "`rekindle ls \(snapshot.shortID) \(entry.path)` lists what is in a directory."
            )
        }
        try reader.read(contents, write)
    }

    /// A whole file of at most `limit` bytes.
    package func content(_ entry: TreeEntry, limit: Int) throws -> [UInt8]? {
        guard let contents = entry.contents, contents.size <= limit else { return nil }
        var bytes: [UInt8] = []
        try reader.read(contents) { span in span.withUnsafeBytes { bytes += $0 } }
        return bytes
    }

    package static let hint = "Run `rekindle verify` to see what is affected."

    /// Where a path of the machine that was backed up is in this snapshot; datasets may lie in one another.
    private func placesOfOrigin(_ path: String) -> [TreePath] {
        guard path.hasPrefix("/") else { return [] }
        let components = PlacedPath.components(PathText.bytes(path))
        return snapshot.record.datasets.compactMap { dataset in
            guard let place = dataset.place else { return nil }
            let source = PlacedPath.components(PathText.bytes(place))
            guard components.starts(with: source) else { return nil }
            return TreePath(Array(([Array(dataset.name.utf8)] + components.dropFirst(source.count)).joined(separator: [UInt8(ascii: "/")])))
        }
    }

    /// A path as typed, spelt as `PathText` has it: with or without a slash at either end, or `./` before it.
    package static func relative(_ path: String) -> [UInt8] {
        let components = PlacedPath.components(PathText.bytes(path)).drop { $0 == [UInt8(ascii: ".")] }
        return Array(components.joined(separator: [UInt8(ascii: "/")]))
    }
}

extension SnapshotView {
    /// The part of this snapshot that a pattern covers.
    public func filter(including glob: Glob) -> PathFilter {
        var filter = PathFilter(include: [glob])
        filter.sources = sources
        return filter
    }

    /// Whether a pattern matches a path of this snapshot itself.
    public func matches(_ glob: Glob, _ path: TreePath) -> Bool { glob.matches(PlacedPath(path.bytes, sources)) }
}

extension DatasetSources {
    /// Of the datasets that came from directories.
    public init(_ record: SnapshotRecord) {
        self.init()
        for dataset in record.datasets {
            if let place = dataset.place { byName[Array(dataset.name.utf8)] = PlacedPath.components(PathText.bytes(place)) }
        }
    }
}
