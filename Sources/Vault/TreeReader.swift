import Core
public import Tarball

/// Reads a snapshot's tree entry by entry; memory does not grow with it.
///
/// A piece of the tree that is lost does not end the reading: it is noted in `damage`, and the entries after it are read.
public struct TreeReader: Sendable {
    private let reader: BlobReader
    private let tree: TreeLocation
    private let recipe: Recipe
    private var nextPart = 0
    private var parser = MtreeParser()
    private var whole = SHA256Hasher()
    private var directories: [TreePath] = []
    private var entries: Int64 = 0
    private var isFinished = false

    /// The parts of the tree that cannot be read, in sentences. Empty at the end: the tree is whole.
    public private(set) var damage: [String] = []

    /// Throws `.damaged` when not even the list of the tree's pieces can be read.
    public init(_ reader: BlobReader, _ snapshot: Snapshot) throws {
        guard let tree = TreeLocation(snapshot.record.tree) else {
            throw Failure(.damaged, "the record of snapshot \(snapshot.shortID) names no tree")
        }
        self.reader = reader
        self.tree = tree
        recipe = try reader.recipe(tree.recipe)
    }

    /// The ids of the pieces that the tree's text is made of, and of their list.
    var blobs: [SHA256Digest] { [tree.recipe] + recipe.parts.map(\.id) }

    /// The next entry in path order, or nil at the end.
    public mutating func next() throws -> MtreeParser.Parsed? {
        while !isFinished {
            do throws(MtreeParser.Failure) {
                if let parsed = try parser.next() {
                    if !isPlaced(parsed.entry) { damage.append("\(parsed.entry.path) lies in no directory of the tree") }
                    entries += 1
                    return parsed
                }
                if nextPart == recipe.parts.count { try parser.finish() }
            } catch {
                // What follows a malformed line cannot be trusted to mean what it says.
                damage.append(error.description)
                isFinished = true
                return nil
            }
            if nextPart == recipe.parts.count { finish() } else { try feed() }
        }
        return nil
    }

    private mutating func feed() throws {
        let part = recipe.parts[nextPart]
        nextPart += 1
        do {
            let text = try reader.blob(part.id)
            whole.update(text)
            parser.feed(text)
        } catch let error as Failure where error.code == .damaged {
            damage.append("a piece of \(part.size) bytes of the tree is lost, with the entries in it: \(error.message)")
            parser.skipGap()
        }
    }

    private mutating func finish() {
        isFinished = true
        if damage.isEmpty, whole.finish() != tree.digest || recipe.size != tree.bytes || entries != tree.entries {
            damage.append("the tree is not the one that the record names")
        }
    }

    /// An entry's directory must have come before it. After a gap it may have been in the gap.
    private mutating func isPlaced(_ entry: TreeEntry) -> Bool {
        while let last = directories.last, !entry.path.isWithin(last) { directories.removeLast() }
        defer { if case .directory = entry.kind { directories.append(entry.path) } }
        return !damage.isEmpty || entry.path.parent == directories.last
    }
}
