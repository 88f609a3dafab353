/// Some paths beneath a directory, of which alone something is wanted: each with all beneath it.
public struct PathSelection: Sendable, Equatable {
    /// By their bytes, without a slash at either end.
    private let paths: [[UInt8]]

    /// - Parameter paths: from the directory on; in any order.
    public init(_ paths: [[UInt8]]) { self.paths = Set(paths).sorted { $0.lexicographicallyPrecedes($1) } }

    /// How many were asked for.
    public var count: Int { paths.count }

    /// What a path is to the selection.
    public enum Relation: Sendable, Equatable {
        /// It was asked for, by itself: as which of them.
        case chosen(Int)
        /// It lies beneath one that was.
        case beneath
        /// It leads to one.
        case above
        /// Nothing.
        case outside
    }

    /// What `path` is to the selection.
    public func relation(of path: [UInt8]) -> Relation {
        let place = firstIndex(notBefore: path)
        if place < paths.count, paths[place] == path { return .chosen(place) }
        for (index, byte) in path.enumerated() where byte == UInt8(ascii: "/") {
            let parent = Array(path[..<index])
            let found = firstIndex(notBefore: parent)
            if found < paths.count, paths[found] == parent { return .beneath }
        }
        let beneath = path + [UInt8(ascii: "/")]
        let next = firstIndex(notBefore: beneath)
        return next < paths.count && paths[next].starts(with: beneath) ? .above : .outside
    }

    /// One of them, as it was asked for.
    public subscript(index: Int) -> [UInt8] { paths[index] }

    private func firstIndex(notBefore path: [UInt8]) -> Int {
        var (low, high) = (0, paths.count)
        while low < high {
            let middle = (low + high) / 2
            if paths[middle].lexicographicallyPrecedes(path) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
