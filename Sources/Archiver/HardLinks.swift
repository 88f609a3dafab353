package import Core
package import FileTree

/// One name of a file with several, as it lies beside the first of them.
package struct FileLink: Sendable {
    /// The file whose name it is.
    package let identity: FileIdentity
    /// The first name in path order.
    package let first: TreePath
    /// Whether no further name can come.
    package let isLast: Bool
    /// The first name's entry, as text of a tree, where it was carried over.
    package let carried: [UInt8]?

    /// The target that this name's entry records: none for the first name.
    package func target(for path: TreePath) -> TreePath? { path == first ? nil : first }
}

/// The files with several names that a scan has met, each until all of its names have come.
package struct HardLinks: Sendable {
    private var known: SpillTable

    package init(_ table: SpillTable) { known = table }

    /// The link that this name is; nil for a file with one name only.
    package mutating func link(_ status: FileStatus, at path: TreePath) throws -> FileLink? {
        guard status.kind == .regular, status.linkCount > 1 else { return nil }
        let identity = status.identity
        // An inode may have been given to another file since.
        var met = known.value(of: identity).flatMap { Met($0) }.flatMap { $0.isStill(status) ? $0 : nil } ?? Met(first: path, status)
        met.namesLeft -= met.namesLeft > 0 ? 1 : 0
        if met.namesLeft == 0 { try known.remove(identity) } else { try known.set(identity, met.bytes) }
        return FileLink(identity: identity, first: met.first, isLast: met.namesLeft == 0, carried: met.carried.isEmpty ? nil : met.carried)
    }

    /// Remembers what the tree says of a first name that is not read again: a further name that is read needs it.
    package mutating func carry(_ link: FileLink, _ text: [UInt8]) throws {
        guard !link.isLast, var met = known.value(of: link.identity).flatMap({ Met($0) }) else { return }
        met.carried = text
        try known.set(link.identity, met.bytes)
    }

    private struct Met {
        let first: TreePath
        private let size: Int64
        private let modified: FileTime
        var namesLeft: UInt64
        var carried: [UInt8] = []

        init(first: TreePath, _ status: FileStatus) {
            self.first = first
            (size, modified, namesLeft) = (status.size, status.modified, status.linkCount)
        }

        func isStill(_ status: FileStatus) -> Bool { size == status.size && modified == status.modified }

        private static let words = 5

        /// Five words, then the path and the entry.
        var bytes: [UInt8] {
            let numbers = [size, modified.seconds, Int64(modified.nanoseconds), Int64(bitPattern: namesLeft), Int64(first.bytes.count)]
            return numbers.withUnsafeBytes { Array($0) } + first.bytes + carried
        }

        init?(_ bytes: [UInt8]) {
            let head = Self.words * MemoryLayout<Int64>.size
            guard bytes.count >= head else { return nil }
            let numbers = bytes.withUnsafeBytes { raw in
                (0..<Self.words).map { raw.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Int64>.size, as: Int64.self) }
            }
            guard numbers[4] >= 0, numbers[4] <= Int64(bytes.count - head), let path = TreePath(Array(bytes[head..<head + Int(numbers[4])]))
            else { return nil }
            first = path
            (size, namesLeft) = (numbers[0], UInt64(bitPattern: numbers[3]))
            modified = FileTime(seconds: numbers[1], nanoseconds: UInt32(truncatingIfNeeded: numbers[2]))
            carried = Array(bytes[(head + Int(numbers[4]))...])
        }
    }
}
