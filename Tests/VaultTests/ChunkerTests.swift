import Core
import Tarball
import TestSupport
import Testing

@testable import Vault

@Suite struct ChunkerTests {
    private let small = Chunker(.init(minimum: 256, average: 1024, maximum: 4096))

    private func cuts(_ bytes: [UInt8], _ chunker: Chunker) -> [Int] {
        var lengths: [Int] = []
        var start = 0
        while start < bytes.count {
            lengths.append(chunker.firstChunk(of: bytes.span.extracting(start..<bytes.count).bytes))
            start += lengths.last ?? bytes.count
        }
        return lengths
    }

    /// Made by another implementation, from the format's description. A change here costs every vault its deduplication.
    @Test("The cuts are where they have always been")
    func golden() {
        #expect(
            cuts(noise(32_768, seed: 1), small) == [
                1160, 1125, 1318, 1238, 633, 1317, 1098, 1275, 1242, 1318, 1816, 1131, 1149, 2282, 1046, 1171, 1046, 1276, 1165, 1293, 610,
                1198,
                1058, 1249, 1763, 1263, 528,
            ])
        let chunking = VaultHeader.Chunking.standard
        #expect(cuts(noise(3 << 20, seed: 1), Chunker(chunking.files)) == [951_010, 627_938, 966_768, 545_946, 54_066])
        #expect(cuts(noise(300_000, seed: 2), Chunker(chunking.trees)) == [66_859, 79_302, 84_689, 69_150])
    }

    @Test("Content without any variety is cut at the maximum", arguments: [UInt8(0), 255])
    func monotonous(byte: UInt8) {
        #expect(cuts([UInt8](repeating: byte, count: 10_000), small) == [4096, 4096, 1808])
    }

    @Test("No chunk is longer than the maximum, and only the last is shorter than the minimum", arguments: seeds)
    func bounds(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<20 {
            let bytes = random.bytes(random.below(30_000))
            let lengths = cuts(bytes, small)
            #expect(lengths.reduce(0, +) == bytes.count)
            #expect(lengths.allSatisfy { $0 <= 4096 } && lengths.dropLast().allSatisfy { $0 > 256 })
        }
    }

    @Test("Short content is one chunk", arguments: [0, 1, 255, 256])
    func short(size: Int) {
        #expect(small.firstChunk(of: noise(size, seed: 1).span.bytes) == size)
    }

    @Test("A cut depends on what is before it only", arguments: seeds)
    func prefix(seed: UInt64) {
        let bytes = noise(20_000, seed: seed)
        let first = small.firstChunk(of: bytes.span.bytes)
        for count in [first, first + 1, 4096, 5000] {
            #expect(small.firstChunk(of: bytes.span.extracting(0..<count).bytes) == first)
        }
    }

    @Test("The average is near the one that was asked for")
    func average() {
        let count = cuts(noise(1 << 20, seed: 9), small).count
        #expect((600...1500).contains((1 << 20) / count))
    }

    @Test("An insertion moves only the cuts next to it", arguments: seeds)
    func insertion(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let bytes = random.bytes(200_000)
        for _ in 0..<5 {
            var changed = bytes
            changed.insert(contentsOf: random.bytes(1 + random.below(500)), at: random.below(bytes.count))
            let known = Set(pieces(bytes))
            let new = pieces(changed).filter { !known.contains($0) }
            #expect(new.count <= 8, "\(new.count) new chunks of \(known.count)")
        }
    }

    private func pieces(_ bytes: [UInt8]) -> [SHA256Digest] {
        var start = 0
        return cuts(bytes, small).map { length in
            defer { start += length }
            return SHA256Digest(of: Array(bytes[start..<start + length]))
        }
    }
}
