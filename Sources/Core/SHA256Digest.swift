import Crypto

/// The SHA-256 of some bytes: what names a blob, a pack, an index and a snapshot, and what proves a file.
///
/// Ordered as its bytes are, so that sorted digests and sorted hexadecimal names agree.
public struct SHA256Digest: Sendable, Hashable, Comparable, BitwiseCopyable {
    /// The 32 bytes as four big-endian words.
    public let words: (UInt64, UInt64, UInt64, UInt64)

    /// Of a digest.
    public static let byteCount = 32
    /// Digits of a digest.
    public static let hexCount = 64

    /// From the four words.
    public init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

    /// Hashes `bytes` in one go.
    public init(of bytes: borrowing RawSpan) {
        var hasher = SHA256Hasher()
        hasher.update(bytes)
        self = hasher.finish()
    }

    /// Hashes `bytes` in one go.
    public init(of bytes: [UInt8]) { self.init(of: bytes.span.bytes) }

    /// Reads 64 lower-case hexadecimal digits; anything else is nil.
    public init?(hex: ArraySlice<UInt8>) {
        guard hex.count == Self.hexCount else { return nil }
        let hex = hex.span
        guard let first = Self.word(hex, 0), let second = Self.word(hex, 16), let third = Self.word(hex, 32), let last = Self.word(hex, 48)
        else {
            return nil
        }
        words = (first, second, third, last)
    }

    /// Reads 64 lower-case hexadecimal digits; anything else is nil.
    public init?(hex: [UInt8]) { self.init(hex: hex[...]) }

    /// Reads 64 lower-case hexadecimal digits; anything else is nil.
    public init?(hex: String) { self.init(hex: Array(hex.utf8)) }

    /// Trees hold two digests a line: this is the inner loop of reading them.
    @inline(__always)
    private static func word(_ hex: Span<UInt8>, _ start: Int) -> UInt64? {
        var word: UInt64 = 0
        var isWrong = false
        for index in start..<start + 16 {
            let byte = hex[index]
            let isLetter = byte >= UInt8(ascii: "a")
            let digit = byte &- (isLetter ? UInt8(ascii: "a") &- 10 : UInt8(ascii: "0"))
            isWrong = isWrong || digit > 15 || (digit > 9) != isLetter
            word = word << 4 | UInt64(digit & 15)
        }
        return isWrong ? nil : word
    }

    /// The 64 lower-case hexadecimal digits.
    public var hexBytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Self.hexCount) { buffer, count in
            var position = 0
            for word in [words.0, words.1, words.2, words.3] {
                for shift in stride(from: 60, through: 0, by: -4) {
                    let digit = UInt8(truncatingIfNeeded: word >> UInt64(shift)) & 15
                    buffer[position] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
                    position += 1
                }
            }
            count = Self.hexCount
        }
    }

    /// The 64 lower-case hexadecimal digits, as text.
    public var hex: String { String(decoding: hexBytes, as: UTF8.self) }

    public static func == (left: SHA256Digest, right: SHA256Digest) -> Bool { left.words == right.words }

    public static func < (left: SHA256Digest, right: SHA256Digest) -> Bool { left.words < right.words }

    /// The digest is uniform already: its first word is hash enough.
    public func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}

/// SHA-256 over bytes that come piece by piece.
public struct SHA256Hasher: Sendable {
    private var state = SHA256()

    /// Of nothing so far.
    public init() {}

    /// Goes on with these bytes.
    public mutating func update(_ bytes: borrowing RawSpan) {
        bytes.withUnsafeBytes { state.update(bufferPointer: $0) }
    }

    /// Goes on with these bytes.
    public mutating func update(_ bytes: [UInt8]) { update(bytes.span.bytes) }

    /// The digest so far; more may follow.
    public func finish() -> SHA256Digest {
        state.finalize().withUnsafeBytes { bytes in
            SHA256Digest(
                words: (
                    UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
                    UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
                    UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self)),
                    UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self))
                ))
        }
    }
}

extension SHA256Digest: Encodable {
    /// As 64 hexadecimal digits.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hex)
    }
}
