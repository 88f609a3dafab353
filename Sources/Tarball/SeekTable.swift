/// The list of a pack's frames, at its end in a frame that decoders skip.
///
/// Source: zstd's "Seekable Format" 0.1.0 (contrib/seekable_format): a skippable frame 0x184D2A5E of eight bytes a frame
/// (stored size, decoded size; little-endian), then the count, a descriptor byte (0: no checksums) and the magic 0x8F92EAB1.
public struct SeekTable: Sendable, Equatable {
    public struct Frame: Sendable, Equatable {
        public let storedBytes: Int
        public let tarBytes: Int

        public init(storedBytes: Int, tarBytes: Int) {
            self.storedBytes = storedBytes
            self.tarBytes = tarBytes
        }
    }

    public var frames: [Frame]

    public init(frames: [Frame] = []) { self.frames = frames }

    /// Bytes of the part whose place is known without reading: the count, the descriptor, the magic.
    public static let footerBytes = 9
    private static let headerBytes = 8
    private static let skippableMagic: UInt32 = 0x184D_2A5E
    private static let footerMagic: UInt32 = 0x8F92_EAB1
    /// Far above what a pack of 64 MiB can hold.
    private static let framesMax = 1 << 17

    /// Stored size of a table of `count` frames.
    public static func storedBytes(count: Int) -> Int { headerBytes + 8 * count + footerBytes }

    public func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        func put(_ value: UInt32) { for shift in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(shift))) } }
        put(Self.skippableMagic)
        put(UInt32(8 * frames.count + Self.footerBytes))
        for frame in frames {
            put(UInt32(frame.storedBytes))
            put(UInt32(frame.tarBytes))
        }
        put(UInt32(frames.count))
        bytes.append(0)
        put(Self.footerMagic)
        return bytes
    }

    /// How many frames a pack's last nine bytes announce; nil if they are not the end of a seek table.
    public static func frameCount(footer: [UInt8]) -> Int? {
        guard footer.count == footerBytes, load(footer, 5) == footerMagic, footer[4] == 0 else { return nil }
        let count = Int(load(footer, 0))
        return count <= framesMax ? count : nil
    }

    /// Reads a whole table; nil if it is not exactly one, or if its frames do not fill the `packBytes` before it.
    public init?(encoded bytes: [UInt8], packBytes: Int) {
        guard bytes.count >= Self.footerBytes, let count = Self.frameCount(footer: Array(bytes.suffix(Self.footerBytes))),
            bytes.count == Self.storedBytes(count: count), Self.load(bytes, 0) == Self.skippableMagic,
            Int(Self.load(bytes, 4)) == bytes.count - Self.headerBytes
        else { return nil }
        frames = (0..<count).map { index in
            let offset = Self.headerBytes + 8 * index
            return Frame(storedBytes: Int(Self.load(bytes, offset)), tarBytes: Int(Self.load(bytes, offset + 4)))
        }
        let stored = frames.reduce(0) { $0 + $1.storedBytes }
        // Offsets in a pack have 32 bits.
        guard stored + bytes.count == packBytes, packBytes <= Int(UInt32.max),
            frames.allSatisfy({ $0.tarBytes <= FrameCodec.tarBytesMax && $0.storedBytes > 0 && $0.storedBytes <= 1 << 28 })
        else { return nil }
    }

    private static func load(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << UInt32(8 * $1) }
    }
}
