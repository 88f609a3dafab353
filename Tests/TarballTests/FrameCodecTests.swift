import Core
import TestSupport
import Testing

@testable import Tarball

@Suite struct FrameCodecTests {
    private func sample(_ size: Int, seed: UInt64 = 3) -> [UInt8] {
        var random = SeededGenerator(seed: seed)
        // Half noise, half something that compresses.
        return random.bytes(size / 2) + [UInt8](repeating: 0x41, count: size - size / 2)
    }

    @Test("What was sealed opens to the same bytes", arguments: [0, 1, 512, 1024, 100_000, 3 << 20])
    func roundTrip(size: Int) throws {
        let codec = try FrameCodec()
        let tar = sample(size)
        let frame = try codec.seal(tar)
        #expect(try codec.open(frame, tarBytes: size) == tar)
        #expect(try codec.seal(tar) == frame)
    }

    @Test("A frame opens only to the size that it has", arguments: [0, 1, 1023, 1025, 2048, FrameCodec.tarBytesMax])
    func wrongSize(size: Int) throws {
        let codec = try FrameCodec()
        let frame = try codec.seal(sample(1024))
        #expect(throws: Failure.self) { try codec.open(frame, tarBytes: size) }
    }

    @Test("A size beyond the limit is refused before anything is allocated")
    func sizeLimit() throws {
        let codec = try FrameCodec()
        let frame = try codec.seal(sample(1024))
        #expect(throws: Failure.self) { try codec.open(frame, tarBytes: FrameCodec.tarBytesMax + 1) }
        #expect(throws: Failure.self) { try codec.open(frame, tarBytes: .max) }
    }

    @Test("A frame that is cut short anywhere does not open")
    func truncated() throws {
        let codec = try FrameCodec()
        let frame = try codec.seal(sample(600))
        for count in 0..<frame.count {
            #expect(throws: Failure.self) { try codec.open(Array(frame.prefix(count)), tarBytes: 600) }
        }
    }

    @Test("Nothing may follow a frame, not even another frame")
    func trailing() throws {
        let codec = try FrameCodec()
        let frame = try codec.seal(sample(600))
        let second = try codec.seal([])
        for tail in [[0], frame, second, SeekTable().encoded()] {
            #expect(throws: Failure.self) { try codec.open(frame + tail, tarBytes: 600) }
        }
    }

    @Test("A flipped bit is an error, or was one that means nothing")
    func flipped() throws {
        let codec = try FrameCodec()
        let tar = sample(400)
        var frame = try codec.seal(tar)
        var unnoticed = 0
        for index in frame.indices {
            for bit in 0..<8 {
                frame[index] ^= 1 << bit
                if let opened = try? codec.open(frame, tarBytes: 400) {
                    #expect(opened == tar, "bit \(bit) of byte \(index)")
                    unnoticed += 1
                }
                frame[index] ^= 1 << bit
            }
        }
        // Unused bits of the header; never the content.
        #expect(unnoticed <= 8)
    }

    @Test("Bytes that are no frame do not open", arguments: seeds)
    func noise(seed: UInt64) throws {
        let codec = try FrameCodec()
        var random = SeededGenerator(seed: seed)
        for _ in 0..<100 {
            let bytes = random.bytes(random.below(100))
            #expect(throws: Failure.self) { try codec.open(bytes, tarBytes: 100) }
        }
    }

    @Test("A codec that refused a frame opens the next")
    func reuse() throws {
        let codec = try FrameCodec()
        let tar = sample(5000)
        let frame = try codec.seal(tar)
        _ = try? codec.open(Array(frame.dropLast()), tarBytes: 5000)
        #expect(try codec.open(frame, tarBytes: 5000) == tar)
    }

    @Test("A document names its size itself, up to a limit")
    func document() throws {
        let text = sample(1000)
        let stored = try ZstdCompressor(level: FrameCodec.level).compress(text.span.bytes)
        #expect(try ZstdDecompressor().decompress(document: stored, limit: 1000) == text)
        for bad in [[], Array(stored.dropLast()), stored + [0], Array(stored.dropFirst())] {
            #expect(throws: Failure.self) { try ZstdDecompressor().decompress(document: bad, limit: 1000) }
        }
        #expect(throws: Failure.self) { try ZstdDecompressor().decompress(document: stored, limit: 999) }
    }

    @Test("A frame without a content size is refused as a document")
    func sizelessDocument() throws {
        let scratch = try Scratch()
        let file = try scratch.write(sample(1000), to: "text")
        // From a pipe zstd does not know the size.
        let output = try run("sh", "-c", "cat '\(file)' | zstd -c -q")
        #expect(output.status == 0)
        #expect(throws: Failure.self) { try ZstdDecompressor().decompress(document: output.bytes, limit: 1 << 20) }
    }
}
