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
    private let compressed = ScratchBuffer()
    private let decoded = ScratchBuffer()

    public init() throws(Failure) {
        compressor = try ZstdCompressor(level: Self.level)
        decompressor = try ZstdDecompressor()
    }

    /// Compresses `tar`, decodes the result and compares: a broken encoder or a flipped bit of memory ends here. `body` is given the frame,
    /// which stays the codec's.
    public func seal<Result>(_ tar: [UInt8], _ body: (borrowing RawSpan) throws -> Result) throws -> Result {
        defer {
            compressed.trim()
            decoded.trim()
        }
        let target = compressed.bytes(ZstdCompressor.bound(tar.count))
        let frame = UnsafeRawBufferPointer(rebasing: target[..<(try compressor.compress(tar.span.bytes, into: target))])
        let back = decoded.bytes(tar.count)
        try decompressor.decompress(frame.bytes, size: tar.count, into: back)
        // `==` on arrays looks at one byte at a time.
        let isSame = tar.withUnsafeBytes { tar in
            guard let start = tar.baseAddress, let back = back.baseAddress else { return true }
            return memcmp(start, back, tar.count) == 0
        }
        guard isSame else {
            throw Failure(.failed, "a compressed frame does not decode to what went in: suspect this machine's memory")
        }
        return try body(frame.bytes)
    }

    /// The same as an array of its own.
    public func seal(_ tar: [UInt8]) throws -> [UInt8] { try seal(tar) { frame in frame.withUnsafeBytes { Array($0) } } }

    /// The tar bytes of a stored frame.
    public func open(_ frame: [UInt8], tarBytes: Int) throws(Failure) -> [UInt8] {
        guard tarBytes <= Self.tarBytesMax else {
            throw Failure(.damaged, "frame claims \(tarBytes) bytes, more than any frame holds")
        }
        return try decompressor.decompress(frame.span.bytes, size: tarBytes)
    }
}
