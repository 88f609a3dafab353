import Testing

@testable import Tarball

/// Holes that are found by looking for zeros.
@Suite struct DataMapTests {
    private func extents(_ content: [UInt8], pieces: Int) -> [TreeEntry.DataExtent] {
        var map = DataMap()
        for start in stride(from: 0, to: content.count, by: pieces) {
            map.add(content.span.bytes.extracting(start..<min(content.count, start + pieces)))
        }
        return map.extents
    }

    @Test(arguments: [1000, 4096, 10_000, 1 << 20]) func onlyWholeBlocksOfZerosAreHoles(pieces: Int) {
        var content = [UInt8](repeating: 0, count: 20 * 4096 + 100)
        content[5 * 4096 + 17] = 1
        content[7 * 4096] = 1
        content[8 * 4096 - 1] = 1
        content[20 * 4096 + 99] = 1
        let found = extents(content, pieces: pieces)
        // A piece may end within a block, and then what is zero of it counts as a hole of its own.
        for extent in found { #expect(extent.length > 0) }
        let data = Set(found.flatMap { Array($0.offset..<$0.offset + $0.length) })
        for index in content.indices where content[index] != 0 { #expect(data.contains(Int64(index))) }
        if pieces % 4096 == 0 {
            let expected: [(Int64, Int64)] = [(20_480, 4096), (28_672, 4096), (81_920, 100)]
            #expect(found == expected.map { TreeEntry.DataExtent(offset: $0.0, length: $0.1) })
        }
    }

    @Test func aMapIsBoundedAndCoversAllData() {
        var map = DataMap()
        let block = [UInt8](repeating: 0, count: 4096) + [UInt8](repeating: 1, count: 4096)
        for _ in 0..<150_000 { map.add(block.span.bytes) }
        #expect(map.extents.count <= 100_000 && map.extents.last.map { $0.offset + $0.length } == 1_228_800_000)
        for (left, right) in zip(map.extents, map.extents.dropFirst()) { #expect(left.offset + left.length < right.offset) }
    }

    @Test func theFirstStretchBeyondAPlaceIsFound() {
        let extents: [TreeEntry.DataExtent] = [.init(offset: 10, length: 5), .init(offset: 20, length: 5)]
        #expect([0, 14, 15, 24, 25].map { extents.firstIndex(beyond: $0) } == [0, 0, 1, 1, 2])
    }
}
