public import Core
import Glibc

/// Turns whole tar members into one zstd frame and back. One codec serves one thread.
public final class FrameCodec {
    /// zstd's level 3: its default, the best ratio for its speed on data of unknown kind.
    public static let level: Int32 = 3

    /// No frame holds more tar than a blob of the largest size with its header, and the small blobs before it.
    public static let tarBytesMax = BlobMember.contentBytesMax + (4 << 20)

    private let compressor: ZstdCompressor
    private let decompressor: ZstdDecompressor

    public init() throws(Failure) {
        compressor = try ZstdCompressor(level: Self.level)
        decompressor = try ZstdDecompressor()
    }

    /// Compresses `tar`, decodes the result and compares: a broken encoder or a flipped bit of memory ends here.
    public func seal(_ tar: [UInt8]) throws(Failure) -> [UInt8] {
        let frame = try compressor.compress(tar.span.bytes)
        guard Self.areEqual(try decompressor.decompress(frame.span.bytes, size: tar.count), tar) else {
            throw Failure(.failed, "a compressed frame does not decode to what went in: suspect this machine's memory")
        }
        return frame
    }

    /// `==` on arrays looks at one byte at a time.
    private static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count
            && left.withUnsafeBytes { left in
                right.withUnsafeBytes { right in
                    guard let left = left.baseAddress, let other = right.baseAddress else { return true }
                    return memcmp(left, other, right.count) == 0
                }
            }
    }

    /// The tar bytes of a stored frame.
    public func open(_ frame: [UInt8], tarBytes: Int) throws(Failure) -> [UInt8] {
        guard tarBytes <= Self.tarBytesMax else {
            throw Failure(.damaged, "frame claims \(tarBytes) bytes, more than any frame holds")
        }
        return try decompressor.decompress(frame.span.bytes, size: tarBytes)
    }
}
