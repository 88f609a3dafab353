public import Core
public import Tarball

/// Writes the tree of a snapshot as it grows: text in, blobs out. Used by one thread at a time.
public final class TreeWriter {
    /// A tree that is stored.
    public struct Result: Sendable {
        /// Of its text.
        public let digest: SHA256Digest
        /// Where it is.
        public let location: ContentLocation
        /// Of its text.
        public let bytes: Int64
    }

    private let writer: VaultWriter
    private let chunker: Chunker
    private var buffer = MtreeWriter.header
    private var whole = SHA256Hasher()
    private var parts: [Recipe.Part] = []
    private var bytes: Int64 = 0

    /// Of a vault that cuts trees as its header says.
    public init(_ writer: VaultWriter, chunking: VaultHeader.Chunking) {
        self.writer = writer
        chunker = Chunker(chunking.trees)
    }

    /// Adds the lines of an entry, which must follow the last in path order.
    public func append(_ text: [UInt8]) throws {
        buffer.append(contentsOf: text)
        if buffer.count >= 8 * chunker.sizes.maximum { try cut(keeping: chunker.sizes.maximum) }
    }

    /// Stores what is left, and the recipe.
    public func finish() throws -> Result {
        try cut(keeping: 0)
        let (recipe, _) = try writer.addDescription(Recipe(parts: parts).text.span.bytes)
        return Result(digest: whole.finish(), location: .recipe(recipe), bytes: bytes)
    }

    /// Stores chunks from the front until fewer than `keeping` bytes are left: a cut needs to see that far.
    private func cut(keeping: Int) throws {
        let text = buffer
        var start = 0
        while start < text.count, text.count - start >= keeping {
            let rest = text.span.extracting(droppingFirst: start).bytes
            let chunk = rest.extracting(0..<chunker.firstChunk(of: rest))
            whole.update(chunk)
            parts.append(Recipe.Part(id: try writer.addDescription(chunk).id, size: chunk.byteCount))
            start += chunk.byteCount
        }
        bytes += Int64(start)
        buffer = Array(text[start...])
    }
}
