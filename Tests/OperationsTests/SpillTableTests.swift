import Archiver
import Core
import FileTree
import Glibc
import TestSupport
import Testing

/// A table that is larger than its memory says what a dictionary says.
struct SpillTableTests {
    @Test func itSaysWhatADictionarySaysHoweverLittleMemoryItHas() throws {
        let scratch = try Scratch()
        var random = SeededGenerator(seed: 7)
        for memory in [0, 300, 4_000, 1 << 20] {
            let path = scratch("table-\(memory)")
            var table = SpillTable(bytesMax: memory) {
                try OpenFile.open("\(path)-\(UInt64.random(in: .min ... .max))", O_RDWR | O_CREAT | O_EXCL)
            }
            var known: [FileIdentity: [UInt8]] = [:]
            for _ in 0..<2_000 {
                let key = FileIdentity(device: .random(in: 0..<3, using: &random), inode: .random(in: 0..<60, using: &random))
                #expect(table.value(of: key) == known[key])
                if Int.random(in: 0..<4, using: &random) == 0 {
                    try table.remove(key)
                    known[key] = nil
                    continue
                }
                let value = (0..<Int.random(in: 1..<40, using: &random)).map { _ in UInt8.random(in: .min ... .max, using: &random) }
                try table.set(key, value)
                known[key] = value
                #expect(table.value(of: key) == value)
            }
            for device in 0..<3 as Range<UInt64> {
                for inode in 0..<60 as Range<UInt64> {
                    let key = FileIdentity(device: device, inode: inode)
                    #expect(table.value(of: key) == known[key])
                }
            }
            let files = try scratch.names().filter { $0.hasPrefix("table-\(memory)-") }.count
            #expect((files > 0) == (memory < 1 << 20))
        }
    }

    @Test func whatIsRemovedTakesNoMemory() throws {
        var table = SpillTable(bytesMax: 2_000) { throw SpillWasNeeded() }
        for inode in 0..<10_000 as Range<UInt64> {
            try table.set(FileIdentity(device: 1, inode: inode), [UInt8](repeating: 1, count: 100))
            try table.remove(FileIdentity(device: 1, inode: inode))
        }
        #expect(table.value(of: FileIdentity(device: 1, inode: 9_999)) == nil)
    }

    @Test func namesOfOneFileFindEachOtherInATableWithoutMemory() throws {
        let scratch = try Scratch()
        for number in 0..<12 {
            try scratch.write("\(number)", to: "a/\(number)")
            for folder in ["b", "c"] {
                _ = try scratch.folder(folder)
                try #require(link(scratch("a/\(number)"), scratch("\(folder)/\(number)")) == 0)
            }
        }
        let counter = Monitor(0)
        let path = scratch("table")
        var spilled = HardLinks(
            SpillTable(bytesMax: 0) {
                try OpenFile.open("\(path)-\(counter.withLock { $0 += 1; return $0 })", O_RDWR | O_CREAT | O_EXCL)
            })
        var held = HardLinks(SpillTable { throw SpillWasNeeded() })
        for folder in ["a", "b", "c"] {
            let directory = try Directory.open(scratch(folder))
            for number in 0..<12 {
                let status = try directory.status(of: Array("\(number)".utf8))
                let place = try #require(TreePath("data/\(folder)/\(number)"))
                let expected = try #require(try held.link(status, at: place))
                let link = try #require(try spilled.link(status, at: place))
                #expect(link.first == expected.first && link.first.description == "data/a/\(number)")
                #expect(link.isLast == expected.isLast && link.isLast == (folder == "c"))
                #expect(link.carried == expected.carried && link.carried == (folder == "a" || number % 2 == 0 ? nil : [1, 2, 3]))
                if folder == "a", number % 2 == 1 {
                    try held.carry(expected, [1, 2, 3])
                    try spilled.carry(link, [1, 2, 3])
                }
            }
        }
        #expect(try scratch.names().filter { $0.hasPrefix("table-") }.count > 20)
    }

    /// A directory that is mounted a second time inside the source shows more names than the file has.
    @Test(arguments: [0, 1 << 20]) func moreNamesThanAFileHasBeginAnotherGroup(memory: Int) throws {
        let scratch = try Scratch()
        try scratch.write("x", to: "a/1")
        try #require(link(scratch("a/1"), scratch("a/2")) == 0)
        let directory = try Directory.open(scratch("a"))
        let path = scratch("table")
        var links = HardLinks(
            SpillTable(bytesMax: memory) {
                try OpenFile.open("\(path)-\(UInt64.random(in: .min ... .max))", O_RDWR | O_CREAT | O_EXCL)
            })
        var found: [FileLink] = []
        for place in ["a/1", "a/2", "b/1", "b/2"] {
            let status = try directory.status(of: Array(place.suffix(1).utf8))
            let path = try #require(TreePath("data/\(place)"))
            found.append(try #require(try links.link(status, at: path)))
        }
        #expect(found.map(\.first.description) == ["data/a/1", "data/a/1", "data/b/1", "data/b/1"])
        #expect(found.map(\.isLast) == [false, true, false, true])
    }

    private struct SpillWasNeeded: Error {}
}
