public import Core
import Tarball

/// Where a blob lies: in which frame of which pack, and where in the frame.
public struct BlobLocation: Sendable, Hashable {
    /// The digest of the pack, which is its name.
    public let pack: SHA256Digest
    /// Where the frame begins in the pack.
    public let frameOffset: Int
    /// How long the frame is in the pack.
    public let frameStoredBytes: Int
    /// How long it is once it is decoded.
    public let frameTarBytes: Int
    /// Where the content begins in the decoded frame.
    public let offset: Int
    /// Bytes of the blob.
    public let size: Int

    /// In bytes, from the beginning of the pack and of the decoded frame.
    public init(pack: SHA256Digest, frameOffset: Int, frameStoredBytes: Int, frameTarBytes: Int, offset: Int, size: Int) {
        self.pack = pack
        self.frameOffset = frameOffset
        self.frameStoredBytes = frameStoredBytes
        self.frameTarBytes = frameTarBytes
        self.offset = offset
        self.size = size
    }

    /// Whether the numbers can be true at all, so that what follows need not fear them.
    var isSane: Bool {
        frameStoredBytes > 0 && frameStoredBytes <= 1 << 28 && frameTarBytes <= FrameCodec.tarBytesMax
            && size <= BlobMember.contentBytesMax && offset >= BlobMember.blockBytes && offset + size <= frameTarBytes
            && frameOffset <= Int(UInt32.max)
    }
}

/// A blob, and one place where it lies.
public struct IndexEntry: Sendable, Equatable {
    /// The digest of its bytes.
    public let id: SHA256Digest
    /// Where it lies.
    public let location: BlobLocation

    /// See the properties.
    public init(id: SHA256Digest, location: BlobLocation) {
        self.id = id
        self.location = location
    }
}

/// An index as stored: tab-separated text, a line a blob, grouped by pack, in one zstd frame.
///
/// `blob, pack, frame offset, frame stored bytes, frame tar bytes, content offset in the frame, content bytes`
enum IndexFile {
    /// An index is written when it has this many entries at the latest, so its text stays far below the limit.
    static let entriesMax = 80_000
    static let textBytesMax = 64 << 20

    static func encode(_ entries: [IndexEntry]) throws -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(entries.count * 180)
        for entry in entries {
            let place = entry.location
            text.append(contentsOf: entry.id.hexBytes)
            text.append(UInt8(ascii: "\t"))
            text.append(contentsOf: place.pack.hexBytes)
            for number in [place.frameOffset, place.frameStoredBytes, place.frameTarBytes, place.offset, place.size] {
                text.append(UInt8(ascii: "\t"))
                text.append(contentsOf: String(number).utf8)
            }
            text.append(UInt8(ascii: "\n"))
        }
        return try ZstdCompressor(level: FrameCodec.level).compress(text.span.bytes)
    }

    /// Calls `body` with each entry. A malformed line is damage, named by its number.
    static func decode(_ stored: [UInt8], name: String, _ body: (IndexEntry) throws -> Void) throws {
        let text: [UInt8]
        do { text = try ZstdDecompressor().decompress(document: stored, limit: textBytesMax) } catch {
            throw Failure(.damaged, "the index \(name) is damaged: \(error)")
        }
        var position = 0
        var line = 0
        while position < text.count {
            line += 1
            guard let entry = parse(text, &position) else {
                throw Failure(.damaged, "the index \(name) is damaged: line \(line) is malformed")
            }
            try body(entry)
        }
    }

    private static func parse(_ text: [UInt8], _ position: inout Int) -> IndexEntry? {
        guard position + 130 <= text.count, let id = SHA256Digest(hex: text[position..<position + 64]),
            text[position + 64] == UInt8(ascii: "\t"), let pack = SHA256Digest(hex: text[(position + 65)..<(position + 129)])
        else { return nil }
        position += 129
        var numbers = (0, 0, 0, 0, 0)
        for field in 0..<5 {
            guard position < text.count, text[position] == UInt8(ascii: "\t") else { return nil }
            position += 1
            guard let number = parseNumber(text, &position) else { return nil }
            switch field {
            case 0: numbers.0 = number
            case 1: numbers.1 = number
            case 2: numbers.2 = number
            case 3: numbers.3 = number
            default: numbers.4 = number
            }
        }
        guard position < text.count, text[position] == UInt8(ascii: "\n") else { return nil }
        position += 1
        let location = BlobLocation(
            pack: pack, frameOffset: numbers.0, frameStoredBytes: numbers.1, frameTarBytes: numbers.2, offset: numbers.3, size: numbers.4)
        return location.isSane ? IndexEntry(id: id, location: location) : nil
    }

    private static func parseNumber(_ text: [UInt8], _ position: inout Int) -> Int? {
        var value = 0
        let start = position
        while position < text.count, position - start < 11, text[position] >= UInt8(ascii: "0"), text[position] <= UInt8(ascii: "9") {
            value = value * 10 + Int(text[position] - UInt8(ascii: "0"))
            position += 1
        }
        return position == start ? nil : value
    }
}
