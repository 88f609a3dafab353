import Tarball

/// Content-defined chunking: cuts where the content says so, so that an insertion moves only the cuts next to it.
///
/// FastCDC with normalised chunking, level 2. Source: Xia et al., "FastCDC: a Fast and Efficient Content-Defined Chunking
/// Approach for Data Deduplication", USENIX ATC 2016. The hash is Gear: `h = (h << 1) + table[byte]`; a cut is where the top
/// bits of `h` are zero: two bits more than the average asks for before it, two fewer after it.
public struct Chunker: Sendable {
    /// Bounds of one size class, in bytes. The average is a power of two.
    public struct Sizes: Sendable, Codable, Equatable {
        /// No chunk but the last is shorter.
        public let minimum: Int
        /// What chunks come to, over much data; a power of two.
        public let average: Int
        /// No chunk is longer.
        public let maximum: Int
    }

    /// In bytes.
    public let sizes: Sizes
    private let maskBefore: UInt64
    private let maskAfter: UInt64

    /// Cuts are found by the content alone: the same sizes, the same cuts.
    public init(_ sizes: Sizes) {
        self.sizes = sizes
        let bits = UInt64(sizes.average.trailingZeroBitCount)
        maskBefore = ~0 << (64 - (bits + 2))
        maskAfter = ~0 << (64 - (bits - 2))
    }

    /// The length of the first chunk of `bytes`, which must hold `maximum` bytes or be all there is left.
    public func firstChunk(of bytes: borrowing RawSpan) -> Int {
        let end = min(bytes.byteCount, sizes.maximum)
        if end <= sizes.minimum { return end }
        return bytes.withUnsafeBytes { bytes in
            Self.table.withUnsafeBufferPointer { table in
                let middle = min(end, sizes.average)
                var hash: UInt64 = 0
                // The hash remembers 64 bytes: it starts that far before the first place where a cut may be.
                for index in (sizes.minimum - 64)..<sizes.minimum { hash = (hash << 1) &+ table[Int(bytes[index])] }
                if let cut = Self.scan(bytes, sizes.minimum, middle, maskBefore, &hash, table) { return cut }
                return Self.scan(bytes, middle, end, maskAfter, &hash, table) ?? end
            }
        }
    }

    @inline(__always)
    private static func scan(
        _ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int, _ mask: UInt64, _ hash: inout UInt64,
        _ table: UnsafeBufferPointer<UInt64>
    ) -> Int? {
        guard let bytes = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), let table = table.baseAddress else { return nil }
        var h = hash
        var index = start
        // Four at a time: how fast a shorter loop runs depends on where the linker puts it, by a third.
        while end - index >= 4 {
            let first = (h << 1) &+ table[Int(bytes[index])]
            let second = (first << 1) &+ table[Int(bytes[index + 1])]
            let third = (second << 1) &+ table[Int(bytes[index + 2])]
            h = (third << 1) &+ table[Int(bytes[index + 3])]
            if first & mask == 0 || second & mask == 0 || third & mask == 0 || h & mask == 0 {
                let (length, found) =
                    first & mask == 0 ? (1, first) : second & mask == 0 ? (2, second) : third & mask == 0 ? (3, third) : (4, h)
                hash = found
                return index + length
            }
            index += 4
        }
        while index < end {
            h = (h << 1) &+ table[Int(bytes[index])]
            index += 1
            if h & mask == 0 {
                hash = h
                return index
            }
        }
        hash = h
        return nil
    }

    /// The Gear table: SplitMix64 (Steele et al., OOPSLA 2014) from the seed that VAULT names. Changing it costs deduplication
    /// against what is stored, nothing else.
    static let seed: UInt64 = 0x7265_6b69_6e64_6c65

    private static let table: [UInt64] = {
        var state = seed
        return (0..<256).map { _ in
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            return value ^ (value >> 31)
        }
    }()
}
