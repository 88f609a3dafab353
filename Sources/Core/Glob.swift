/// Why a text is no pattern, as a sentence.
public struct GlobProblem: Error, CustomStringConvertible {
    /// The problem, as a sentence.
    public let description: String
}

/// A pattern for paths: `*`, `?`, `[a-z]`, `[!a-z]` within a component, `**` across them, `{a,b}` for either.
///
/// A pattern that begins with `/` counts from the top: of a snapshot, of a dataset, or of the machine that the dataset came from. Any
/// other may begin at every component: `*.tmp` and `cache/**` match at every depth. What matches a directory covers everything in it.
/// Bytes are compared, not letters; `\` takes the meaning from the character behind it, and three octal digits behind it are a byte.
public struct Glob: Sendable {
    /// As it was written.
    public let text: String
    /// Begins with `!`: what it covers is taken back from what the patterns before it left out.
    public let isNegated: Bool
    private let patterns: [[[UInt8]]]
    private let isAnchored: Bool

    private static let bytesMax = 4096
    private static let anyDepth = Array("**".utf8)

    /// Nil for a text that is no pattern.
    public init?(_ text: String) {
        do throws(GlobProblem) { self = try Self.parse(text) } catch { return nil }
    }

    /// A pattern as people write it; what can match nothing is a mistake.
    public static func parse(_ text: String) throws(GlobProblem) -> Glob { try Glob(parsing: text) }

    private init(parsing text: String) throws(GlobProblem) {
        func problem(_ reason: String) -> GlobProblem { GlobProblem(description: "\"\(text)\" is no pattern for paths: \(reason)") }
        isNegated = text.hasPrefix("!")
        let body = Self.withoutOctal(Array(text.utf8.dropFirst(isNegated ? 1 : 0)))
        guard text.utf8.count <= Self.bytesMax else { throw problem("it is longer than \(Self.bytesMax) bytes") }
        if body.first == UInt8(ascii: "~"), body.count == 1 || body[1] == UInt8(ascii: "/") {
            throw problem("~ is the shell's, which has left it alone here: write the path itself")
        }
        guard let alternatives = Braces.expand(body) else {
            throw problem("its braces stand for more than \(Braces.alternativesMax) patterns")
        }
        let isAnchored = body.first == UInt8(ascii: "/")
        self.isAnchored = isAnchored
        patterns = try alternatives.map { bytes throws(GlobProblem) in
            var parts = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: true).map(Array.init)
            guard !parts.isEmpty else { throw problem("it names nothing") }
            guard !parts.contains([UInt8(ascii: ".")]), !parts.contains(Array("..".utf8)) else {
                throw problem("it counts from the top of the data, and has no . or .. in it")
            }
            if !isAnchored, parts.first != Self.anyDepth { parts.insert(Self.anyDepth, at: 0) }
            return parts
        }
        self.text = text
    }

    /// Bytes for their octal escapes; one that would mean something in a pattern keeps its `\`.
    private static func withoutOctal(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if let byte = PathText.byte(bytes, index) {
                if "*?[]{},!\\/".utf8.contains(byte) { result.append(UInt8(ascii: "\\")) }
                result.append(byte)
                index += 4
            } else {
                // A `\` takes the next character along, which may be one itself.
                let count = bytes[index] == UInt8(ascii: "\\") ? min(2, bytes.count - index) : 1
                result += bytes[index..<index + count]
                index += count
            }
        }
        return result
    }

    /// Whether it matches the path or a directory above it.
    public func covers(_ path: [UInt8]) -> Bool { covers(PlacedPath(path)) }

    /// Whether it matches the path itself.
    public func matches(_ path: [UInt8]) -> Bool { matches(PlacedPath(path)) }

    /// - Parameter above: so many of the path's first components are not looked at by themselves: what they name is there anyway.
    package func covers(_ path: PlacedPath, above: Int = 0) -> Bool {
        let components = path.components
        return patterns.contains { pattern in
            (above + 1...max(above + 1, components.count)).contains { count in
                count <= components.count && matches(pattern, components[..<count], path)
            } || components.isEmpty && Self.matches([], pattern)
        }
    }

    package func matches(_ path: PlacedPath) -> Bool { patterns.contains { matches($0, path.components[...], path) } }

    private func matches(_ pattern: [[UInt8]], _ path: ArraySlice<[UInt8]>, _ placed: PlacedPath) -> Bool {
        if Self.matches(path, pattern) { return true }
        guard isAnchored, placed.isInDataset, !path.isEmpty else { return false }
        let inner = path.dropFirst()
        if !inner.isEmpty, Self.matches(inner, pattern) { return true }
        return placed.source.map { Self.matches(($0 + inner)[...], pattern) } ?? false
    }

    /// Rows of a table instead of recursion: no pattern takes more than its length times that of the path.
    private static func matches(_ path: ArraySlice<[UInt8]>, _ pattern: [[UInt8]]) -> Bool {
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
                for index in 0..<path.count where reached[index] && matches(path[path.startIndex + index], part) {
                    next[index + 1] = true
                }
            }
            reached = next
        }
        return reached[path.count]
    }

    /// One component, with the classic two-pointer walk that backtracks to the last `*` only.
    package static func matches(_ name: [UInt8], _ pattern: [UInt8]) -> Bool {
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

/// `{a,b}` in patterns, as shells have it: a pattern for each, braces within braces as well. Without a comma, or without an end, a brace is
/// a character like any other.
private enum Braces {
    static let alternativesMax = 256

    /// Nil where there are more than that.
    static func expand(_ pattern: [UInt8]) -> [[UInt8]]? {
        guard let (range, choices) = first(in: pattern) else { return [pattern] }
        var expanded: [[UInt8]] = []
        for choice in choices {
            guard let all = expand(Array(pattern[..<range.lowerBound]) + Array(choice) + Array(pattern[range.upperBound...])) else {
                return nil
            }
            expanded += all
            if expanded.count > alternativesMax { return nil }
        }
        return expanded
    }

    private static func first(in pattern: [UInt8]) -> (range: Range<Int>, choices: [ArraySlice<UInt8>])? {
        var index = 0
        while index < pattern.count {
            if pattern[index] == UInt8(ascii: "{"), let found = group(in: pattern, at: index) { return found }
            index += pattern[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return nil
    }

    /// The group that the brace at `start` opens, with what its commas part.
    private static func group(in pattern: [UInt8], at start: Int) -> (range: Range<Int>, choices: [ArraySlice<UInt8>])? {
        var (depth, index, begin) = (0, start, start + 1)
        var choices: [ArraySlice<UInt8>] = []
        while index < pattern.count {
            switch pattern[index] {
            case UInt8(ascii: "\\"): index += 1
            case UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: ",") where depth == 1:
                choices.append(pattern[begin..<index])
                begin = index + 1
            case UInt8(ascii: "}"):
                depth -= 1
                if depth == 0 { return choices.isEmpty ? nil : (start..<index + 1, choices + [pattern[begin..<index]]) }
            default: break
            }
            index += 1
        }
        return nil
    }
}

extension Array where Element == String {
    /// As patterns; one that can match nothing is a mistake.
    public func globs() throws(Failure) -> [Glob] {
        try map { text throws(Failure) in
            do throws(GlobProblem) { return try Glob.parse(text) } catch { throw Failure(.usage, error.description) }
        }
    }
}
