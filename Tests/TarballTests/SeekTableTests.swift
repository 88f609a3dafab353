import TestSupport
import Testing

@testable import Tarball

@Suite struct SeekTableTests {
    private let table = SeekTable(frames: [.init(storedBytes: 100, tarBytes: 1024), .init(storedBytes: 20, tarBytes: 1024)])

    private func packBytes(_ table: SeekTable) -> Int {
        table.frames.reduce(SeekTable.storedBytes(count: table.frames.count)) { $0 + $1.storedBytes }
    }

    @Test("A table is read back, and its footer tells how many frames there are", arguments: seeds)
    func roundTrip(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for count in [0, 1, 2, 40] {
            let table = SeekTable(
                frames: (0..<count).map { _ in .init(storedBytes: random.below(1 << 27), tarBytes: random.below(FrameCodec.tarBytesMax + 1))
                })
            let bytes = table.encoded()
            #expect(bytes.count == SeekTable.storedBytes(count: count))
            #expect(SeekTable.frameCount(footer: Array(bytes.suffix(SeekTable.footerBytes))) == count)
            #expect(SeekTable(encoded: bytes, packBytes: packBytes(table)) == table)
        }
    }

    @Test("The layout is that of zstd's seekable format")
    func layout() {
        let bytes = SeekTable(frames: [.init(storedBytes: 0x0102_0304, tarBytes: 0x0506)]).encoded()
        #expect(
            bytes == [
                0x5E, 0x2A, 0x4D, 0x18, 17, 0, 0, 0, 4, 3, 2, 1, 6, 5, 0, 0, 1, 0, 0, 0, 0, 0xB1, 0xEA, 0x92, 0x8F,
            ])
    }

    @Test("A table that does not fill the pack is refused")
    func wrongPack() {
        for difference in [-1, 1, 17, -17] {
            #expect(SeekTable(encoded: table.encoded(), packBytes: packBytes(table) + difference) == nil)
        }
    }

    @Test("A table that is cut short or has something before or after it is refused")
    func wrongLength() {
        let bytes = table.encoded()
        for count in 0..<bytes.count {
            #expect(SeekTable(encoded: Array(bytes.prefix(count)), packBytes: packBytes(table)) == nil)
            #expect(SeekTable(encoded: Array(bytes.suffix(count)), packBytes: packBytes(table)) == nil)
        }
        #expect(SeekTable(encoded: bytes + [0], packBytes: packBytes(table) + 1) == nil)
        #expect(SeekTable(encoded: [0] + bytes, packBytes: packBytes(table) + 1) == nil)
    }

    @Test("A flipped bit is refused or says something else, in one spelling")
    func flipped() {
        var bytes = table.encoded()
        for index in bytes.indices {
            for bit in 0..<8 {
                bytes[index] ^= 1 << bit
                if let read = SeekTable(encoded: bytes, packBytes: packBytes(table)) {
                    #expect(read.encoded() == bytes && read != table, "bit \(bit) of byte \(index)")
                }
                bytes[index] ^= 1 << bit
            }
        }
    }

    @Test("A footer that announces more than a pack can hold is refused")
    func hostileCount() {
        let tail: [UInt8] = [0, 0xB1, 0xEA, 0x92, 0x8F]
        #expect(SeekTable.frameCount(footer: [0, 0, 2, 0] + tail) == 1 << 17)
        #expect(SeekTable.frameCount(footer: [1, 0, 2, 0] + tail) == nil)
        #expect(SeekTable.frameCount(footer: [255, 255, 255, 255] + tail) == nil)
        #expect(SeekTable.frameCount(footer: [0, 0, 0, 0, 1] + tail.dropFirst()) == nil)
        #expect(SeekTable.frameCount(footer: []) == nil && SeekTable.frameCount(footer: [0] + [0, 0, 0, 0] + tail) == nil)
    }

    @Test("A frame that claims more tar than any frame holds is refused")
    func hostileFrame() {
        let hostile = SeekTable(frames: [.init(storedBytes: 10, tarBytes: FrameCodec.tarBytesMax + 1)])
        #expect(SeekTable(encoded: hostile.encoded(), packBytes: packBytes(hostile)) == nil)
    }

    @Test("zstd decodes a pack as if the table were not there")
    func stockTool() throws {
        let scratch = try Scratch()
        let codec = try FrameCodec()
        var random = SeededGenerator(seed: 8)
        var (pack, whole, table) = ([UInt8](), [UInt8](), SeekTable())
        for size in [1024, 70_000, 1024] {
            let tar = random.bytes(size)
            let frame = try codec.seal(tar)
            table.frames.append(.init(storedBytes: frame.count, tarBytes: size))
            pack += frame
            whole += tar
        }
        let file = try scratch.write(pack + table.encoded(), to: "pack.zst")
        let decoded = try run("zstd", "-dc", file)
        #expect(decoded.status == 0 && decoded.bytes == whole)
        let list = try run("zstd", "-l", "-v", file)
        #expect(list.status == 0 && list.text.contains("Zstandard Frames: 3") && list.text.contains("Skippable Frames: 1"))
        #expect(try run("zstd", "-tq", file).status == 0)
    }
}
