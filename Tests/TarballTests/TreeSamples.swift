import Core
import TestSupport
import Testing

@testable import Tarball

/// Random trees: every kind of entry, with everything that an entry may have.
struct TreeSamples {
    private var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    /// Entries in path order.
    mutating func entries(_ count: Int) -> [TreeEntry] {
        var paths: Set<TreePath> = []
        while paths.count < count {
            let components = (0...random.below(3)).map { _ in name() }
            if let path = TreePath(Array(components.joined(separator: [UInt8(ascii: "/")]))) { paths.insert(path) }
        }
        var files: [(path: TreePath, contents: TreeEntry.FileContents)] = []
        return paths.sorted().map { path in
            var entry = TreeEntry(
                path: path, kind: kind(), mode: UInt16(random.below(0o10000)), owner: number(), group: number(), modified: time())
            if random.chance(50) { entry.changeMark = TreeEntry.ChangeMark(changed: time(), inode: random.next()) }
            entry.isUnstable = random.chance(10)
            entry.isGrowing = entry.contents != nil && !entry.isUnstable && random.chance(10)
            entry.attributes = (0..<max(0, random.below(6) - 3)).map { _ in
                TreeEntry.Attribute(name: Array("user.".utf8) + name().prefix(200), value: random.bytes(random.below(50)))
            }
            if let contents = entry.contents { decorate(&entry, contents, &files) }
            return entry
        }
    }

    private mutating func decorate(
        _ entry: inout TreeEntry, _ contents: TreeEntry.FileContents, _ files: inout [(path: TreePath, contents: TreeEntry.FileContents)]
    ) {
        if let first = files.randomElement(using: &random), random.chance(20) {
            entry.kind = .file(first.contents)
            entry.hardLink = first.path
        } else {
            files.append((entry.path, contents))
        }
        guard let size = entry.contents?.size, random.chance(30) else { return }
        var extents: [TreeEntry.DataExtent] = []
        var end: Int64 = 0
        while end < size, extents.count < random.below(6) {
            let offset = Int64.random(in: end..<size, using: &random)
            let length = Int64.random(in: 1...(size - offset), using: &random)
            extents.append(TreeEntry.DataExtent(offset: offset, length: length))
            end = offset + length
        }
        entry.dataExtents = extents
    }

    private mutating func kind() -> TreeEntry.Kind {
        switch random.below(9) {
        case 0: return .directory
        case 1: return .symbolicLink(target: [UInt8(ascii: "/")] + name())
        case 2: return .fifo
        case 3: return .characterDevice(major: number(), minor: number())
        case 4: return .blockDevice(major: number(), minor: number())
        default:
            let digest = SHA256Digest(of: random.bytes(8))
            let size = random.chance(10) ? Int64.max : Int64(random.below(1 << 30))
            return .file(
                TreeEntry.FileContents(
                    size: size, digest: digest, location: random.chance(70) ? .blob(digest) : .recipe(SHA256Digest(of: random.bytes(4)))))
        }
    }

    private mutating func time() -> TreeEntry.Time {
        let seconds = random.chance(20) ? -Int64(random.below(1 << 40)) - 1 : Int64(random.below(1 << 40))
        let nanoseconds = random.chance(50) ? [0, 1, 999_999_999, 100_000_000][random.below(4)] : UInt32(random.below(1_000_000_000))
        return TreeEntry.Time(seconds: seconds, nanoseconds: nanoseconds)
    }

    private mutating func number() -> UInt32 {
        random.chance(10) ? .max : UInt32(random.below(70_000))
    }

    private mutating func name() -> [UInt8] {
        switch random.below(4) {
        case 0: Array("file-\(random.below(1000))".utf8)
        case 1: Array("Ünïcode \(random.below(100))".utf8)
        case 2: random.bytes(1 + random.below(12)).map { $0 == 0 || $0 == UInt8(ascii: "/") ? 0xFF : $0 }
        default: [UInt8](repeating: UInt8(ascii: "x"), count: 1 + random.below(300))
        }
    }
}

/// The text of a tree.
func treeText(_ entries: [TreeEntry]) -> [UInt8] {
    var text = MtreeWriter.header
    for entry in entries { MtreeWriter.append(entry, to: &text) }
    return text
}

/// Reads a whole tree that comes in pieces of so many bytes.
func parseTree(_ text: [UInt8], pieceBytes: Int = .max) throws -> [TreeEntry] {
    var parser = MtreeParser()
    var entries: [TreeEntry] = []
    var position = 0
    while position < text.count {
        let end = pieceBytes < text.count - position ? position + pieceBytes : text.count
        parser.feed(Array(text[position..<end]))
        position = end
        while let parsed = try parser.next() { entries.append(parsed.entry) }
    }
    try parser.finish()
    return entries
}

extension TreeEntry {
    /// An entry with nothing special about it.
    static func plain(_ path: String, _ kind: Kind, mode: UInt16 = 0o644) throws -> TreeEntry {
        TreeEntry(
            path: try #require(TreePath(path)), kind: kind, mode: mode, owner: 0, group: 0,
            modified: Time(seconds: 1_700_000_000, nanoseconds: 123_456_789))
    }

    static func plainFile(_ path: String, _ content: [UInt8], mode: UInt16 = 0o644) throws -> TreeEntry {
        let digest = SHA256Digest(of: content)
        return try plain(path, .file(FileContents(size: Int64(content.count), digest: digest, location: .blob(digest))), mode: mode)
    }
}
