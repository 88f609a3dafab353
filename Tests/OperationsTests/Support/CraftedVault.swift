import Core
import Storage
import Tarball
import Vault

/// Writes into a bench's vault a snapshot whose tree says whatever a test wants it to say.
struct CraftedVault {
    static let common = "uid=0 gid=0 mode=0644 time=1700000000.000000000"
    static let top = "./data type=dir uid=0 gid=0 mode=0755 time=1700000000.000000000\n"

    private let vault: Vault
    private let writer: VaultWriter
    private let worker: VaultWriter.Worker
    private var contents: ContentWriter

    init(_ bench: Bench) throws {
        vault = try Vault.open(at: bench.vault)
        let index = try vault.indexForWriting(cache: CacheFolder(path: nil, vaultID: vault.header.id), cancellation: Cancellation())
        writer = VaultWriter(store: vault.store, index: index, cancellation: Cancellation())
        worker = try VaultWriter.Worker(writer)
        contents = ContentWriter(writer, worker: worker, chunking: vault.header.chunking)
    }

    /// Stores a blob; small ones are one blob, named by their digest.
    @discardableResult
    mutating func store(_ bytes: [UInt8]) throws -> SHA256Digest { try contents.store(bytes, cancellation: Cancellation()).digest }

    @discardableResult
    mutating func store(_ text: String) throws -> SHA256Digest { try store(Array(text.utf8)) }

    /// A line of the tree for a file, with whatever is to be wrong about it.
    static func file(_ path: String, size: Int64, digest: SHA256Digest, contents: String? = nil) -> String {
        "./\(path) type=file \(common) size=\(size) sha256digest=\(digest.hex) contents=\(contents ?? "blobs/\(digest.hex)")\n"
    }

    /// Makes a snapshot of a tree of these lines.
    mutating func commit(_ lines: String) throws -> Snapshot {
        let tree = TreeWriter(writer, chunking: vault.header.chunking)
        try tree.append(Array(lines.utf8))
        try finishContents()
        let result = try tree.finish()
        try writer.close()
        let entries = lines.split(separator: "\n").count { !$0.hasPrefix("#") }
        return try commit(
            SnapshotRecord.Tree(digest: result.digest.hex, contents: result.location.text, bytes: result.bytes, entries: Int64(entries)))
    }

    /// Makes a snapshot of a tree whose text is these pieces, some of which need not be in the vault.
    mutating func commit(pieces: [SHA256Digest], of text: [[UInt8]], entries: Int64) throws -> Snapshot {
        let recipe = Recipe(parts: zip(pieces, text).map { Recipe.Part(id: $0, size: $1.count) })
        let id = try store(recipe.text)
        try finishContents()
        try writer.close()
        let digest = SHA256Digest(of: text.flatMap(\.self))
        return try commit(SnapshotRecord.Tree(digest: digest.hex, contents: "files/\(id.hex)", bytes: recipe.size, entries: entries))
    }

    private func finishContents() throws {
        try worker.flush()
        try worker.help { true }
    }

    private func commit(_ tree: SnapshotRecord.Tree) throws -> Snapshot {
        try vault.commit(
            SnapshotRecord(
                time: .now(), vault: vault.header.id, host: "example", policy: nil, program: "crafted", tags: [], tree: tree,
                datasets: [SnapshotRecord.Dataset(name: "data", source: "/nowhere")], problems: [], problemCount: 0, parent: nil,
                gitCommit: nil, durationMilliseconds: 0))
    }
}
