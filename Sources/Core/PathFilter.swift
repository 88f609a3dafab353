/// Which paths are meant: those that some `include` covers (all, if there is none) and no `exclude` does. Of several that cover a path the
/// last counts, so that one that begins with `!` takes back what those before it left out.
public struct PathFilter: Sendable {
    /// Nothing: all paths.
    public var include: [Glob]
    /// The last that covers a path decides.
    public var exclude: [Glob]
    package var sources = DatasetSources()

    /// Without any pattern: everything.
    public init(include: [Glob] = [], exclude: [Glob] = []) {
        self.include = include
        self.exclude = exclude
    }

    /// Whether no pattern takes anything away.
    public var isEverything: Bool { include.isEmpty && exclude.isEmpty }

    /// Whether a path of the tree is meant.
    public func selects(_ path: [UInt8]) -> Bool {
        if isEverything { return true }
        let path = PlacedPath(path, sources)
        return (include.isEmpty || include.contains { $0.covers(path) })
            && !(exclude.last { $0.covers(path) }.map { !$0.isNegated } ?? false)
    }
}

/// Which of some patterns matched anything.
package struct PatternUse {
    package let patterns: [Glob]
    private var isUsed: [Bool]

    package init(_ patterns: [Glob]) {
        self.patterns = patterns
        isUsed = patterns.map { _ in false }
    }

    package var unused: [Glob] { zip(patterns, isUsed).filter { !$0.1 }.map(\.0) }

    /// Notes those that cover the path, and gives the last.
    ///
    /// - Parameter above: see `Glob.covers`.
    @discardableResult
    package mutating func last(covering path: PlacedPath, above: Int = 0) -> Glob? {
        var last: Glob?
        for index in patterns.indices where patterns[index].covers(path, above: above) {
            isUsed[index] = true
            last = patterns[index]
        }
        return last
    }
}

extension Glob {
    /// For a report, where the pattern matched nothing.
    package var asUnused: String {
        isNegated
            ? "the exclude \"\(text)\" takes nothing back: nothing matches it, or it lies in a directory that is left out as a whole"
            : "the exclude \"\(text)\" matches nothing"
    }
}
