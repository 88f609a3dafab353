/// A pattern for paths: `*`, `?`, `[a-z]`, `[!a-z]` within a component, `**` across them.
///
/// A pattern that begins with `/` counts from the top; any other may begin at every component: `*.tmp` and `cache/**` match
/// at every depth. What matches a directory covers everything in it. Bytes are compared, not letters.
public struct Glob: Sendable {
    private let components: [[UInt8]]
    public let text: String

    /// Nil for a pattern that can match nothing: an empty one, or one with `.` or `..` in it.
    public init?(_ text: String) {
        var parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: true).map(Array.init)
        guard !parts.isEmpty, !parts.contains([UInt8(ascii: ".")]), !parts.contains(Array("..".utf8)), text.utf8.count <= 4096 else {
            return nil
        }
        if !text.hasPrefix("/"), parts.first != Self.anyDepth { parts.insert(Self.anyDepth, at: 0) }
        components = parts
        self.text = text
    }

    private static let anyDepth = Array("**".utf8)

    /// Whether it matches the path or a directory above it.
    public func covers(_ path: [UInt8]) -> Bool {
        let parts = path.split(separator: UInt8(ascii: "/")).map(Array.init)
        return (1...max(1, parts.count)).contains { matches(parts[..<min($0, parts.count)], components[...]) }
    }

    /// Whether it matches the path itself.
    public func matches(_ path: [UInt8]) -> Bool {
        let parts = path.split(separator: UInt8(ascii: "/")).map(Array.init)
        return matches(parts[...], components[...])
    }

    /// Rows of a table instead of recursion: no pattern takes more than its length times that of the path.
    private func matches(_ path: ArraySlice<[UInt8]>, _ pattern: ArraySlice<[UInt8]>) -> Bool {
        var reached = [Bool](repeating: false, count: path.count + 1)
        reached[0] = true
        for part in pattern {
            var next = [Bool](repeating: false, count: path.count + 1)
            if part == Self.anyDepth {
                var isOpen = false
                for index in reached.indices {
                    isOpen = isOpen || reached[index]
                    next[index] = isOpen
                }
            } else {
                for index in 0..<path.count where reached[index] && Self.matches(path[path.startIndex + index], part) {
                    next[index + 1] = true
                }
            }
            reached = next
        }
        return reached[path.count]
    }

    /// One component, with the classic two-pointer walk that backtracks to the last `*` only.
    static func matches(_ name: [UInt8], _ pattern: [UInt8]) -> Bool {
        var (at, pat) = (0, 0)
        var star: (pattern: Int, name: Int)?
        while at < name.count {
            if pat < pattern.count, pattern[pat] == UInt8(ascii: "*") {
                star = (pat, at)
                pat += 1
            } else if pat < pattern.count, let length = matchOne(name[at], pattern, pat) {
                at += 1
                pat += length
            } else if let last = star {
                pat = last.pattern + 1
                at = last.name + 1
                star = (last.pattern, at)
            } else {
                return false
            }
        }
        return pattern[pat...].allSatisfy { $0 == UInt8(ascii: "*") }
    }

    /// How much of the pattern stands for this byte; nil if it does not.
    private static func matchOne(_ byte: UInt8, _ pattern: [UInt8], _ index: Int) -> Int? {
        switch pattern[index] {
        case UInt8(ascii: "?"): return 1
        case UInt8(ascii: "\\") where index + 1 < pattern.count: return pattern[index + 1] == byte ? 2 : nil
        case UInt8(ascii: "["):
            guard index + 2 < pattern.count, let end = pattern[(index + 2)...].firstIndex(of: UInt8(ascii: "]")) else {
                return byte == UInt8(ascii: "[") ? 1 : nil
            }
            var set = pattern[(index + 1)..<end]
            let isNegated = set.first == UInt8(ascii: "!") || set.first == UInt8(ascii: "^")
            if isNegated { set.removeFirst() }
            return contains(set, byte) != isNegated ? end - index + 1 : nil
        default: return pattern[index] == byte ? 1 : nil
        }
    }

    private static func contains(_ set: ArraySlice<UInt8>, _ byte: UInt8) -> Bool {
        var index = set.startIndex
        while index < set.endIndex {
            if index + 2 < set.endIndex, set[index + 1] == UInt8(ascii: "-") {
                if set[index] <= byte, byte <= set[index + 2] { return true }
                index += 3
            } else {
                if set[index] == byte { return true }
                index += 1
            }
        }
        return false
    }
}

/// Which paths are meant: those that some `include` covers (all, if there is none) and no `exclude` does.
public struct PathFilter: Sendable {
    public var include: [Glob]
    public var exclude: [Glob]

    public init(include: [Glob] = [], exclude: [Glob] = []) {
        self.include = include
        self.exclude = exclude
    }

    public var isEverything: Bool { include.isEmpty && exclude.isEmpty }

    public func selects(_ path: [UInt8]) -> Bool {
        (include.isEmpty || include.contains { $0.covers(path) }) && !exclude.contains { $0.covers(path) }
    }
}
