import Core
import Storage
import Tarball
import TestSupport
import Testing

@testable import Vault

@Suite struct IndexFileTests {
    private static let hex = String(repeating: "a", count: 64)

    private func decode(_ text: String) throws -> [IndexEntry] {
        let stored = try ZstdCompressor(level: FrameCodec.level).compress(Array(text.utf8).span.bytes)
        var entries: [IndexEntry] = []
        try IndexFile.decode(stored, name: "index") { entries.append($0) }
        return entries
    }

    @Test("An index is read back line by line", arguments: seeds)
    func roundTrip(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let entries = (0..<200).map { _ in sampleEntry(&random) }
        var again: [IndexEntry] = []
        try IndexFile.decode(IndexFile.encode(entries), name: "index") { again.append($0) }
        #expect(again == entries)
    }

    @Test("An index of nothing is an index")
    func empty() throws {
        #expect(try decode("").isEmpty)
    }

    @Test(
        "A line that is malformed, or cannot be true, is damage",
        arguments: [
            "\n", "\(hex)\n", "\(hex)\t\(hex)\n", "\(hex)\t\(hex)\t0\t10\t1024\t512\n", "\(hex)\t\(hex)\t0\t10\t1024\t512\t5\t6\n",
            "\(hex)\t\(hex)\t0\t10\t1024\t512\t5", "\(hex) \(hex)\t0\t10\t1024\t512\t5\n", "\(hex)\t\(hex)\t-1\t10\t1024\t512\t5\n",
            "\(hex)\t\(hex)\t\t10\t1024\t512\t5\n", "\(hex)\t\(hex)\t0x1\t10\t1024\t512\t5\n", "\(hex)\t\(hex)\t0\t10\t1024\t512\t5\r\n",
            "\(hex)\t\(hex)\t0\t0\t1024\t512\t5\n", "\(hex)\t\(hex)\t0\t268435457\t1024\t512\t5\n",
            "\(hex)\t\(hex)\t0\t10\t1024\t512\t513\n",
            "\(hex)\t\(hex)\t0\t10\t1024\t511\t5\n", "\(hex)\t\(hex)\t0\t10\t99999999999\t512\t5\n",
            "\(hex)\t\(hex)\t4294967296\t10\t1024\t512\t5\n",
            "\(hex)\t\(hex)\t999999999999999999999\t10\t1024\t512\t5\n", "\(hex)\t\(hex)\t0\t10\t71303169\t512\t5\n",
            "\(hex)\t\(hex)\t0\t10\t71303168\t512\t67108865\n", "\(hex.uppercased())\t\(hex)\t0\t10\t1024\t512\t5\n",
            "\(hex)\t\(hex)\t0\t10\t1024\t512\t5\n\n", "\(hex)\t\(hex)\t0\t10\t1024\t512\t5\nx",
        ])
    func hostileLines(text: String) {
        #expect(errorCode { _ = try decode(text) } == .damaged)
    }

    @Test("The line that is wrong is named")
    func lineNumber() {
        let good = "\(Self.hex)\t\(Self.hex)\t0\t10\t1024\t512\t5\n"
        let error = #expect(throws: Failure.self) { try decode(good + good + "bad\n") }
        #expect(error?.message.contains("line 3") == true)
    }

    @Test("An index that is cut short or followed by anything is damage")
    func frame() throws {
        var random = SeededGenerator(seed: 1)
        let stored = try IndexFile.encode((0..<5).map { _ in sampleEntry(&random) })
        for bytes in [[], Array(stored.dropLast()), stored + [0], stored + stored, [UInt8](repeating: 0, count: 100)] {
            #expect(errorCode { try IndexFile.decode(bytes, name: "index") { _ in } } == .damaged)
        }
    }

    @Test("A stored index with any one bit flipped is damage: it is not what its name says")
    func flipped() throws {
        let test = try TestVault()
        var random = SeededGenerator(seed: 2)
        try IndexStore.write((0..<3).map { _ in sampleEntry(&random) }, to: test.vault.store)
        let name = try #require(try test.vault.store.list(.indexes).first?.name)
        let bytes = try test.scratch.read(name.text)
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 1 << (index % 8)
            try test.scratch.write(changed, to: name.text)
            #expect(errorCode { try IndexStore.read(name, in: test.vault.store) { _ in } } == .damaged, "byte \(index)")
        }
    }
}

/// An entry that can be true.
func sampleEntry(_ random: inout SeededGenerator, id: SHA256Digest? = nil, pack: SHA256Digest? = nil) -> IndexEntry {
    let tarBytes = 1024 + random.below(FrameCodec.tarBytesMax - 1024)
    let offset = 512 + random.below(tarBytes - 512)
    let size = min(random.below(tarBytes - offset + 1), BlobMember.contentBytesMax)
    return IndexEntry(
        id: id ?? SHA256Digest(of: random.bytes(16)),
        location: BlobLocation(
            pack: pack ?? SHA256Digest(of: random.bytes(16)), frameOffset: random.below(1 << 32),
            frameStoredBytes: 1 + random.below(1 << 28),
            frameTarBytes: tarBytes, offset: offset, size: size))
}
