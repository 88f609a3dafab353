import CZstd
public import Core

/// Every zstd call goes through here: a size, or the error that the size encodes.
private func checked(_ result: Int, _ what: String, or code: Failure.Code = .failed) throws(Failure) -> Int {
    if ZSTD_isError(result) != 0 {
        throw Failure(code, "zstd could not \(what): \(String(cString: ZSTD_getErrorName(result)))")
    }
    return result
}

/// A reusable zstd compressor: each call makes one frame with its content's size and checksum in it.
public final class ZstdCompressor {
    private let context: OpaquePointer

    public init(level: Int32) throws(Failure) {
        guard let context = ZSTD_createCCtx() else { throw Failure(.failed, "zstd could not allocate a compressor") }
        self.context = context
        _ = try checked(ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level), "set its level")
        _ = try checked(ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1), "turn its checksum on")
        _ = try checked(ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 1), "store the content size")
    }

    deinit { ZSTD_freeCCtx(context) }

    /// Room enough for any frame of so many bytes.
    static func bound(_ count: Int) -> Int { ZSTD_compressBound(count) }

    /// - Returns: how many bytes the frame has.
    func compress(_ source: borrowing RawSpan, into target: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
        try checked(
            source.withUnsafeBytes { ZSTD_compress2(context, target.baseAddress, target.count, $0.baseAddress, $0.count) }, "compress")
    }

    public func compress(_ source: borrowing RawSpan) throws(Failure) -> [UInt8] {
        var failure: Failure?
        let bytes = [UInt8](unsafeUninitializedCapacity: Self.bound(source.byteCount)) { target, count in
            do throws(Failure) { count = try compress(source, into: UnsafeMutableRawBufferPointer(target)) } catch { failure = error }
        }
        if let failure { throw failure }
        return bytes
    }
}

/// A reusable zstd decompressor with a bound on what it will make. What does not decode is `.damaged`.
public final class ZstdDecompressor {
    private let context: OpaquePointer

    public init() throws(Failure) {
        guard let context = ZSTD_createDCtx() else { throw Failure(.failed, "zstd could not allocate a decompressor") }
        self.context = context
    }

    deinit { ZSTD_freeDCtx(context) }

    /// Decodes exactly one frame that must yield exactly `size` bytes: more, fewer, a truncated frame, a wrong checksum or
    /// anything after the frame is an error. Nothing larger than `size` is ever allocated.
    public func decompress(_ frame: borrowing RawSpan, size: Int) throws(Failure) -> [UInt8] {
        var failure: Failure?
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { target, count in
            do throws(Failure) {
                try decompress(frame, size: size, into: UnsafeMutableRawBufferPointer(target))
                count = size
            } catch { failure = error }
        }
        if let failure { throw failure }
        return bytes
    }

    /// The same into memory that is there.
    func decompress(_ frame: borrowing RawSpan, size: Int, into target: UnsafeMutableRawBufferPointer) throws(Failure) {
        let length = try checked(
            frame.withUnsafeBytes { ZSTD_findFrameCompressedSize($0.baseAddress, $0.count) }, "find the end of a frame", or: .damaged)
        guard length == frame.byteCount else {
            throw Failure(.damaged, "zstd frame of \(length) bytes where \(frame.byteCount) were expected")
        }
        let count = try checked(
            frame.withUnsafeBytes { ZSTD_decompressDCtx(context, target.baseAddress, size, $0.baseAddress, $0.count) }, "decompress",
            or: .damaged)
        guard count == size else { throw Failure(.damaged, "zstd frame decodes to \(count) bytes, not \(size)") }
    }

    /// Decodes a whole small document of one frame, whose stored size must not exceed `limit`.
    public func decompress(document: [UInt8], limit: Int) throws(Failure) -> [UInt8] {
        let size = document.withUnsafeBytes { ZSTD_getFrameContentSize($0.baseAddress, $0.count) }
        // The two values that are not sizes are the largest of all.
        guard size <= UInt64(limit) else {
            throw Failure(.damaged, "no zstd frame, or one without a size or larger than \(limit) bytes")
        }
        return try decompress(document.span.bytes, size: Int(size))
    }
}
