import Core

/// Reads trees back, piece by piece, accepting what `MtreeWriter` writes and nothing else.
///
/// Feed it bytes as they come and take entries until it asks for more. A tree may come from a damaged or hostile vault:
/// every line, number and name is bounded and checked, and paths must come in strictly rising order.
public struct MtreeParser: Sendable {
    public struct Failure: Error, Sendable, CustomStringConvertible {
        public let line: Int
        public let reason: String
        public var description: String { "line \(line) of the tree: \(reason)" }
    }

    /// An entry and the very bytes it was read from, comments and newline included.
    public struct Parsed: Sendable {
        public let entry: TreeEntry
        public let text: [UInt8]
    }

    private static let entryBytesMax = 8 << 20

    private var buffer: [UInt8] = []
    private var position = 0
    private var line = 0
    private var headerLines = 0
    private var previous: TreePath?
    /// Lines still to be passed over after a gap: the rest of a broken one, then up to a whole entry.
    private var skipping = Skip.nothing

    private enum Skip { case nothing, brokenLine, entry }

    public init() {}

    public mutating func feed(_ bytes: [UInt8]) {
        buffer.removeSubrange(..<position)
        position = 0
        buffer.append(contentsOf: bytes)
    }

    /// Call where a piece of the text is missing: what was begun is dropped, and so is the first entry behind the gap, which may
    /// have lost its comments.
    public mutating func skipGap() {
        buffer = []
        position = 0
        headerLines = 2
        line = max(line, 2)
        skipping = .brokenLine
    }

    /// The one entry that a writer made this text of.
    package static func entry(of text: [UInt8]) throws(Failure) -> TreeEntry? {
        var parser = MtreeParser()
        parser.headerLines = 2
        parser.line = 2
        parser.feed(text)
        return try parser.next()?.entry
    }

    /// The next entry, or nil when more bytes are needed.
    public mutating func next() throws(Failure) -> Parsed? {
        while skipping != .nothing {
            guard let end = endOfLine(from: position) else {
                try checkLength()
                return nil
            }
            if skipping == .brokenLine {
                skipping = .entry
            } else if buffer[position] != UInt8(ascii: "#") {
                skipping = .nothing
            }
            line += 1
            position = end + 1
        }
        var comments: [ArraySlice<UInt8>] = []
        var start = position
        var lines = 0
        while let end = endOfLine(from: start) {
            let text = buffer[start..<end]
            lines += 1
            if line + lines <= 2 {
                try checkHeader(text)
                headerLines += 1
                line += lines
                lines = 0
                position = end + 1
            } else if text.first == UInt8(ascii: "#") {
                comments.append(text)
            } else {
                line += lines
                return try entry(text, comments, end: end)
            }
            start = end + 1
        }
        try checkLength()
        return nil
    }

    private func checkLength() throws(Failure) {
        if buffer.count - position > Self.entryBytesMax {
            throw Failure(line: line + 1, reason: "an entry longer than \(Self.entryBytesMax) bytes")
        }
    }

    /// Call at the end of the input: a tree that stops in the middle of a line or of its header is an error.
    public func finish() throws(Failure) {
        if headerLines < 2 { throw Failure(line: 1, reason: "not a tree: the header is missing") }
        if position != buffer.count, skipping == .nothing {
            throw Failure(line: line + 1, reason: "the tree ends in the middle of an entry")
        }
    }

    private func endOfLine(from start: Int) -> Int? {
        buffer.withUnsafeBytes { bytes in
            guard start < bytes.count, let base = bytes.baseAddress,
                let found = memoryFind(base + start, UInt8(ascii: "\n"), bytes.count - start)
            else { return nil }
            return start + found
        }
    }

    private func checkHeader(_ text: ArraySlice<UInt8>) throws(Failure) {
        let expected = line == 0 ? "#mtree" : "#: rekindle tree 1"
        guard text.elementsEqual(expected.utf8) else { throw Failure(line: line + 1, reason: "expected \(expected)") }
    }

    private mutating func entry(_ text: ArraySlice<UInt8>, _ comments: [ArraySlice<UInt8>], end: Int) throws(Failure) -> Parsed {
        do throws(Malformed) {
            var entry = try parseEntryLine(text)
            for comment in comments { try parseComment(comment, into: &entry) }
            if let previous, !(previous < entry.path) { throw Malformed("\(entry.path) is out of order") }
            if let first = entry.hardLink, !(first < entry.path) { throw Malformed("a hard link to a later path") }
            previous = entry.path
            let whole = Array(buffer[position...end])
            position = end + 1
            return Parsed(entry: entry, text: whole)
        } catch {
            throw Failure(line: line, reason: error.reason)
        }
    }
}
