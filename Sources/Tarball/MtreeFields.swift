import Core
import Glibc

/// A problem with a line, before its number is known.
struct Malformed: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
}

func memoryFind(_ start: UnsafeRawPointer, _ byte: UInt8, _ count: Int) -> Int? {
    memchr(start, Int32(byte), count).map { UnsafeRawPointer($0) - start }
}

/// Takes the words of a line one by one.
private struct Words {
    private var rest: ArraySlice<UInt8>?

    init(_ line: ArraySlice<UInt8>) { rest = line }

    var isAtEnd: Bool { rest == nil }

    mutating func next() -> ArraySlice<UInt8>? {
        guard let rest else { return nil }
        let end = rest.firstIndex(of: UInt8(ascii: " ")) ?? rest.endIndex
        // A blank at the end is followed by one more word, which is empty.
        self.rest = end == rest.endIndex ? nil : rest[(end + 1)...]
        return rest[..<end]
    }

    /// The value of the keyword that must come next.
    mutating func value(_ keyword: StaticString) throws(Malformed) -> ArraySlice<UInt8> {
        guard let word = next(), let value = strip(word, keyword) else { throw Malformed("expected \(keyword)") }
        return value
    }

    /// The value of a keyword that may come next.
    mutating func valueIfPresent(_ keyword: StaticString) -> ArraySlice<UInt8>? {
        var copy = self
        guard let word = copy.next(), let value = strip(word, keyword) else { return nil }
        self = copy
        return value
    }

    private func strip(_ word: ArraySlice<UInt8>, _ keyword: StaticString) -> ArraySlice<UInt8>? {
        let length = keyword.utf8CodeUnitCount
        guard word.count >= length else { return nil }
        for index in 0..<length where word[word.startIndex + index] != keyword.utf8Start[index] { return nil }
        return word[(word.startIndex + length)...]
    }
}

func parseEntryLine(_ text: ArraySlice<UInt8>) throws(Malformed) -> TreeEntry {
    var words = Words(text)
    guard let name = words.next() else { throw Malformed("an empty line") }
    let path = try parsePath(name)
    let type = try words.value("type=")
    let owner: UInt32 = try parseNumber(words.value("uid="))
    let group: UInt32 = try parseNumber(words.value("gid="))
    let mode = try parseMode(words.value("mode="))
    let modified = try parseTime(words.value("time="))
    let kind = try parseKind(type, &words)
    var entry = TreeEntry(path: path, kind: kind, mode: mode, owner: owner, group: group, modified: modified)
    if let tags = words.valueIfPresent("tags=") { try parseTags(tags, into: &entry) }
    guard words.isAtEnd else { throw Malformed("more than an entry says") }
    return entry
}

func parseComment(_ text: ArraySlice<UInt8>, into entry: inout TreeEntry) throws(Malformed) {
    var words = Words(text)
    guard let mark = words.next(), mark.elementsEqual("#:".utf8), let subject = words.next() else { throw Malformed("an unknown comment") }
    if subject.elementsEqual("xattr".utf8), let word = words.next(), words.isAtEnd, entry.dataExtents == nil, entry.hardLink == nil {
        try entry.attributes.append(parseAttribute(word))
    } else if subject.elementsEqual("hardlink".utf8), let word = words.next(), words.isAtEnd, entry.hardLink == nil {
        guard entry.contents != nil else { throw Malformed("a hard link that is no file") }
        entry.hardLink = try parsePath(word)
    } else if subject.elementsEqual("data".utf8), entry.dataExtents == nil, entry.hardLink == nil, let contents = entry.contents {
        var extents: [TreeEntry.DataExtent] = []
        var end: Int64 = 0
        while let word = words.next() {
            let extent = try parseExtent(word)
            guard extent.offset >= end, extent.length > 0, extent.offset <= contents.size, extent.length <= contents.size - extent.offset
            else { throw Malformed("a map of holes that does not fit its file") }
            end = extent.offset + extent.length
            extents.append(extent)
        }
        entry.dataExtents = extents
    } else {
        throw Malformed("an unknown comment")
    }
}

private func parseAttribute(_ word: ArraySlice<UInt8>) throws(Malformed) -> TreeEntry.Attribute {
    guard let equals = word.firstIndex(of: UInt8(ascii: "=")), let name = VisEncoding.decode(word[..<equals]),
        let value = VisEncoding.decode(word[(equals + 1)...]), !name.isEmpty, !name.contains(0), name.count <= 255, value.count <= 65_536
    else { throw Malformed("a malformed extended attribute") }
    return TreeEntry.Attribute(name: name, value: value)
}

private func parseExtent(_ word: ArraySlice<UInt8>) throws(Malformed) -> TreeEntry.DataExtent {
    guard let plus = word.firstIndex(of: UInt8(ascii: "+")) else { throw Malformed("a malformed map of holes") }
    return TreeEntry.DataExtent(offset: try parseNumber(word[..<plus]), length: try parseNumber(word[(plus + 1)...]))
}

func parsePath(_ word: ArraySlice<UInt8>) throws(Malformed) -> TreePath {
    guard word.starts(with: "./".utf8) else { throw Malformed("a path that does not begin with ./") }
    let text = word.dropFirst(2)
    // A component must not smuggle in a separator through an escape.
    guard let bytes = VisEncoding.decode(text),
        bytes.count(where: { $0 == UInt8(ascii: "/") }) == text.count(where: { $0 == UInt8(ascii: "/") }),
        let path = TreePath(bytes)
    else { throw Malformed("a path that no backup writes: empty, absolute, with . or .. in it, or badly escaped") }
    return path
}

private func parseKind(_ type: ArraySlice<UInt8>, _ words: inout Words) throws(Malformed) -> TreeEntry.Kind {
    switch String(decoding: type, as: UTF8.self) {
    case "file":
        let size: Int64 = try parseNumber(words.value("size="))
        guard let digest = SHA256Digest(hex: try words.value("sha256digest=")) else { throw Malformed("a malformed digest") }
        guard let location = ContentLocation(text: try words.value("contents=")) else { throw Malformed("malformed contents=") }
        return .file(TreeEntry.FileContents(size: size, digest: digest, location: location))
    case "dir": return .directory
    case "link":
        guard let target = VisEncoding.decode(try words.value("link=")), !target.isEmpty, !target.contains(0), target.count <= 4096 else {
            throw Malformed("a malformed link target")
        }
        return .symbolicLink(target: target)
    case "fifo": return .fifo
    case "char":
        let (major, minor) = try parseDevice(words.value("device="))
        return .characterDevice(major: major, minor: minor)
    case "block":
        let (major, minor) = try parseDevice(words.value("device="))
        return .blockDevice(major: major, minor: minor)
    default: throw Malformed("an unknown type")
    }
}

private func parseDevice(_ value: ArraySlice<UInt8>) throws(Malformed) -> (UInt32, UInt32) {
    let parts = value.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].elementsEqual("native".utf8) else { throw Malformed("a malformed device") }
    return (try parseNumber(parts[1]), try parseNumber(parts[2]))
}

private func parseTags(_ value: ArraySlice<UInt8>, into entry: inout TreeEntry) throws(Malformed) {
    var tags = value.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)[...]
    if tags.count >= 2, tags[0].starts(with: "ctime:".utf8), tags[1].starts(with: "inode:".utf8) {
        let changed = try parseTime(tags[0].dropFirst(6))
        entry.changeMark = TreeEntry.ChangeMark(changed: changed, inode: try parseNumber(tags[1].dropFirst(6)))
        tags = tags.dropFirst(2)
    }
    if tags.first?.elementsEqual("unstable".utf8) == true {
        entry.isUnstable = true
        tags = tags.dropFirst()
    } else if tags.first?.elementsEqual("grew".utf8) == true {
        guard entry.contents != nil else { throw Malformed("what grows is a file") }
        entry.isGrowing = true
        tags = tags.dropFirst()
    }
    guard tags.isEmpty else { throw Malformed("unknown tags") }
}

/// A number in its one spelling: no sign, no leading zero.
private func parseNumber<Number: FixedWidthInteger>(_ text: ArraySlice<UInt8>) throws(Malformed) -> Number {
    guard text.first != UInt8(ascii: "0") || text.count == 1 else { throw Malformed("a number with a leading zero") }
    return try parseDigits(text)
}

private func parseDigits<Number: FixedWidthInteger>(_ text: ArraySlice<UInt8>) throws(Malformed) -> Number {
    var value: Number = 0
    guard !text.isEmpty, text.count <= 20 else { throw Malformed("a malformed number") }
    for digit in text {
        guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { throw Malformed("a malformed number") }
        let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
        let (sum, carry) = tens.addingReportingOverflow(Number(digit - UInt8(ascii: "0")))
        if overflow || carry { throw Malformed("a number too large") }
        value = sum
    }
    return value
}

private func parseMode(_ text: ArraySlice<UInt8>) throws(Malformed) -> UInt16 {
    var mode: UInt16 = 0
    // A zero, then what the number needs.
    guard text.first == UInt8(ascii: "0"), (2...5).contains(text.count), text.count == 2 || text[text.startIndex + 1] != UInt8(ascii: "0")
    else { throw Malformed("a malformed mode") }
    for digit in text {
        guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "7") else { throw Malformed("a malformed mode") }
        mode = mode << 3 | UInt16(digit - UInt8(ascii: "0"))
    }
    return mode
}

private func parseTime(_ text: ArraySlice<UInt8>) throws(Malformed) -> TreeEntry.Time {
    guard let dot = text.firstIndex(of: UInt8(ascii: ".")), text.endIndex - dot == 10 else { throw Malformed("a malformed time") }
    let isNegative = text.first == UInt8(ascii: "-")
    let magnitude: UInt64 = try parseNumber(text[(isNegative ? text.startIndex + 1 : text.startIndex)..<dot])
    // One more below zero than above it.
    guard magnitude <= UInt64(Int64.max) + (isNegative ? 1 : 0) else { throw Malformed("a time too far away") }
    let seconds = isNegative ? Int64(truncatingIfNeeded: 0 &- magnitude) : Int64(magnitude)
    if isNegative, magnitude == 0 { throw Malformed("a malformed time") }
    return TreeEntry.Time(seconds: seconds, nanoseconds: try parseDigits(text[(dot + 1)...]))
}
