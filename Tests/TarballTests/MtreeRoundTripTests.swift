import Core
import TestSupport
import Testing

@testable import Tarball

@Suite struct MtreeRoundTripTests {
    @Test("Any tree is read back, whatever is in it", arguments: seeds)
    func roundTrip(seed: UInt64) throws {
        var samples = TreeSamples(seed: seed)
        let entries = samples.entries(300)
        let text = treeText(entries)
        #expect(text.allSatisfy { $0 == UInt8(ascii: "\n") || (0x20...0x7E).contains($0) })
        #expect(try parseTree(text) == entries)
    }

    @Test("A tree may come in pieces of any size", arguments: 1...64)
    func pieces(bytes: Int) throws {
        var samples = TreeSamples(seed: 77)
        let entries = samples.entries(8)
        #expect(try parseTree(treeText(entries), pieceBytes: bytes) == entries)
    }

    @Test("With each entry comes the very text it was read from", arguments: seeds)
    func text(seed: UInt64) throws {
        var samples = TreeSamples(seed: seed)
        let text = treeText(samples.entries(50))
        var parser = MtreeParser()
        parser.feed(text)
        var again = MtreeWriter.header
        while let parsed = try parser.next() { again += parsed.text }
        #expect(again == text)
    }

    @Test("A tree of no entries is a tree")
    func empty() throws {
        #expect(try parseTree(MtreeWriter.header).isEmpty)
        #expect(try parseTree(MtreeWriter.header, pieceBytes: 1).isEmpty)
    }

    @Test("An entry's spelling is the one that the format describes")
    func spelling() throws {
        let blob = SHA256Digest(of: Array("hello".utf8))
        var entry = try TreeEntry.plain("a dir/f", .file(.init(size: 5, digest: blob, location: .blob(blob))))
        entry.attributes = [.init(name: Array("user.k".utf8), value: Array("v w".utf8))]
        entry.dataExtents = [.init(offset: 0, length: 2), .init(offset: 4, length: 1)]
        entry.changeMark = .init(changed: .init(seconds: -1, nanoseconds: 5), inode: 42)
        entry.isUnstable = true
        var text: [UInt8] = []
        MtreeWriter.append(entry, to: &text)
        let expected = """
            #: xattr user.k=v\\040w
            #: data 0+2 4+1
            ./a\\040dir/f type=file uid=0 gid=0 mode=0644 time=1700000000.123456789 size=5 sha256digest=\(blob.hex) \
            contents=blobs/\(blob.hex) tags=ctime:-1.000000005,inode:42,unstable

            """
        #expect(String(decoding: text, as: UTF8.self) == expected)
    }

    @Test("Where a piece is missing, nothing is made up: what is read behind the gap was written", arguments: seeds)
    func gap(seed: UInt64) throws {
        var samples = TreeSamples(seed: seed)
        var random = SeededGenerator(seed: seed)
        let entries = samples.entries(60)
        let text = treeText(entries)
        for _ in 0..<40 {
            let start = random.below(text.count)
            let end = start + random.below(text.count - start)
            var parser = MtreeParser()
            var read: [TreeEntry] = []
            parser.feed(Array(text[..<start]))
            while let parsed = try parser.next() { read.append(parsed.entry) }
            parser.skipGap()
            parser.feed(Array(text[end...]))
            while let parsed = try parser.next() { read.append(parsed.entry) }
            try parser.finish()
            #expect(isSubsequence(read, of: entries), "gap \(start)..<\(end)")
            // At most the entry that the gap cuts, and the one behind it, are lost besides what was in it.
            let behind = entries.count { entry in (text.firstIndex(of: entry) ?? 0) >= end }
            #expect(read.count >= behind - 2, "gap \(start)..<\(end)")
        }
    }

    @Test("Two gaps, one after the other, are one")
    func doubleGap() throws {
        var samples = TreeSamples(seed: 5)
        let entries = samples.entries(20)
        var parser = MtreeParser()
        parser.skipGap()
        parser.skipGap()
        parser.feed(treeText(entries))
        var read: [TreeEntry] = []
        while let parsed = try parser.next() { read.append(parsed.entry) }
        #expect(isSubsequence(read, of: entries) && read.count >= entries.count - 2)
    }

    private func isSubsequence(_ part: [TreeEntry], of whole: [TreeEntry]) -> Bool {
        var rest = whole[...]
        for entry in part {
            guard let found = rest.firstIndex(of: entry) else { return false }
            rest = rest[(found + 1)...]
        }
        return true
    }
}

extension [UInt8] {
    /// Where the lines of an entry begin.
    fileprivate func firstIndex(of entry: TreeEntry) -> Int? {
        var lines: [UInt8] = []
        MtreeWriter.append(entry, to: &lines)
        return lines.isEmpty ? nil : firstRange(of: lines)?.lowerBound
    }
}
