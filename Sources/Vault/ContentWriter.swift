public import Core
import FileTree
import Glibc
public import Tarball

/// Cuts contents into blobs, stores what is new, and tells where the content is.
public struct ContentWriter {
    /// A content that is stored.
    public struct Result: Sendable {
        /// In bytes.
        public let size: Int64
        /// Of all of it.
        public let digest: SHA256Digest
        /// Where it is: a blob, or a recipe of several.
        public let location: ContentLocation
        /// Bytes of the blobs that the vault did not have.
        public let newBytes: Int64
    }

    private let worker: VaultWriter.Worker
    private let writer: VaultWriter
    private let chunking: VaultHeader.Chunking
    private var buffer: [UInt8] = []
    /// Between two contents.
    private static let bufferBytesKept = 4 << 20

    /// One for each thread.
    public init(_ writer: VaultWriter, worker: VaultWriter.Worker, chunking: VaultHeader.Chunking) {
        self.writer = writer
        self.worker = worker
        self.chunking = chunking
    }

    /// Stores all that `read` gives until it gives nothing. It fills the array from the index on with at most so many bytes.
    ///
    /// - Parameter expectedBytes: the size the file had when it was opened; it chooses the size class, and is no promise.
    public mutating func store(
        expectedBytes: Int64, cancellation: Cancellation, read: (inout [UInt8], Int, Int) throws -> Int
    ) throws -> Result {
        let sizes = chunking.sizes(fileBytes: expectedBytes)
        guard sizes.maximum > Self.bufferBytesKept / 2 else {
            return try store(by: sizes, expectedBytes: expectedBytes, cancellation, read)
        }
        defer { buffer = [] }
        return try worker.withLargeChunks { try store(by: sizes, expectedBytes: expectedBytes, cancellation, read) }
    }

    private mutating func store(
        by sizes: Chunker.Sizes, expectedBytes: Int64, _ cancellation: Cancellation, _ read: (inout [UInt8], Int, Int) throws -> Int
    ) throws -> Result {
        let chunker = Chunker(sizes)
        let capacity = expectedBytes < sizes.minimum ? sizes.minimum : 2 * sizes.maximum
        if buffer.count < capacity { buffer = [UInt8](repeating: 0, count: capacity) }
        var whole = SHA256Hasher()
        var parts: [Recipe.Part] = []
        var (size, newBytes) = (Int64(0), Int64(0))
        var (start, end, isAtEnd) = (0, 0, false)
        while true {
            while !isAtEnd, end - start < sizes.maximum {
                if start > 0, end == buffer.count || buffer.count - start < sizes.maximum { slide(&start, &end) }
                if end == buffer.count { buffer.append(contentsOf: repeatElement(0, count: 2 * sizes.maximum - buffer.count)) }
                let count = try read(&buffer, end, buffer.count - end)
                isAtEnd = count == 0
                end += count
            }
            let length = chunker.firstChunk(of: buffer.span.extracting(start..<end).bytes)
            if length == 0, size > 0 { break }
            let chunk = buffer.span.extracting(start..<start + length).bytes
            let isWhole = isAtEnd && start + length == end && size == 0
            let id = SHA256Digest(of: chunk)
            if try worker.add(id, chunk) { newBytes += Int64(length) }
            if isWhole { return Result(size: Int64(length), digest: id, location: .blob(id), newBytes: newBytes) }
            whole.update(chunk)
            parts.append(Recipe.Part(id: id, size: length))
            size += Int64(length)
            start += length
            try cancellation.check()
        }
        // One of exactly the longest chunk: that it was all is known only now.
        if parts.count == 1 { return Result(size: size, digest: parts[0].id, location: .blob(parts[0].id), newBytes: newBytes) }
        let recipe = try storeRecipe(Recipe(parts: parts))
        return Result(size: size, digest: whole.finish(), location: .recipe(recipe.id), newBytes: newBytes + recipe.newBytes)
    }

    /// Stores bytes that are in memory already.
    public mutating func store(_ bytes: [UInt8], cancellation: Cancellation) throws -> Result {
        var position = 0
        return try store(expectedBytes: Int64(bytes.count), cancellation: cancellation) { buffer, start, count in
            let length = min(count, bytes.count - position)
            buffer.replaceSubrange(start..<start + length, with: bytes[position..<position + length])
            position += length
            return length
        }
    }

    private mutating func slide(_ start: inout Int, _ end: inout Int) {
        let rest = end - start
        buffer.withUnsafeMutableBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            base.copyMemory(from: base + start, byteCount: rest)
        }
        start = 0
        end = rest
    }

    private func storeRecipe(_ recipe: Recipe) throws -> (id: SHA256Digest, newBytes: Int64) {
        let text = recipe.text
        guard text.count <= Recipe.textBytesMax else {
            throw SystemError("store so many chunks of", path: "its content", code: EFBIG)
        }
        let (id, isNew) = try writer.addDescription(text.span.bytes)
        return (id, isNew ? Int64(text.count) : 0)
    }
}
