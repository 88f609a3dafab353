import Core
import Storage
import Tarball
import TestSupport
import Testing

@testable import Vault

extension VaultHeader.Chunking {
    /// Chunks so small that a few kilobytes are many.
    static let small = VaultHeader.Chunking(
        algorithm: standard.algorithm, seed: standard.seed, files: .init(minimum: 256, average: 1024, maximum: 4096),
        largeFiles: .init(minimum: 1024, average: 4096, maximum: 16_384), largeFrom: 1 << 20,
        trees: .init(minimum: 64, average: 256, maximum: 1024))
}

extension CacheFolder {
    static let none = CacheFolder(path: nil, vaultID: "")
}

/// A vault in a directory of its own.
struct TestVault {
    let scratch: Scratch
    let vault: Vault

    init() throws {
        scratch = try Scratch(in: "/dev/shm")
        vault = try Vault.create(at: scratch.path)
    }

    /// The same vault through another store.
    func through(_ store: any ObjectStore) -> Vault { Vault(store: store, header: vault.header) }

    /// The stored object that holds a content's only blob.
    func pack(of content: [UInt8]) throws -> String {
        let index = try vault.index(cache: .none)
        return PackFile.name(try #require(index.locations(of: SHA256Digest(of: content)).first).pack).text
    }

    func index(of content: [UInt8]) throws -> String {
        for name in try scratch.names("indexes") {
            var isFound = false
            try IndexStore.read(ObjectName("indexes/\(name)"), in: vault.store) { if $0.id == SHA256Digest(of: content) { isFound = true } }
            if isFound { return "indexes/\(name)" }
        }
        throw Failure(.failed, "no index has it")
    }

    func entries(ofIndex name: String) throws -> [IndexEntry] {
        var entries: [IndexEntry] = []
        try IndexStore.read(ObjectName(name), in: vault.store) { entries.append($0) }
        return entries
    }
}

/// Writes a snapshot with these files, in the order of their paths, as a backup does.
@discardableResult
func backup(
    _ files: [String: [UInt8]], to vault: Vault, at seconds: Int64 = 1_000_000, cache: CacheFolder = .none,
    chunking: VaultHeader.Chunking = .small
) throws -> Snapshot {
    let writer = VaultWriter(
        store: vault.store, index: try vault.indexForWriting(cache: cache, cancellation: Cancellation()), cancellation: Cancellation())
    let worker = try VaultWriter.Worker(writer)
    var contents = ContentWriter(writer, worker: worker, chunking: chunking)
    let tree = TreeWriter(writer, chunking: chunking)
    let paths = try files.keys.map { try #require(TreePath($0)) }
    let all = Set(paths).union(paths.flatMap { sequence(first: $0, next: \.parent).dropFirst() }).sorted()
    for path in all {
        var kind = TreeEntry.Kind.directory
        if let content = files[path.description] {
            let result = try contents.store(content, cancellation: Cancellation())
            kind = .file(.init(size: result.size, digest: result.digest, location: result.location))
        }
        let entry = TreeEntry(path: path, kind: kind, mode: 0o644, owner: 0, group: 0, modified: .init(seconds: seconds, nanoseconds: 0))
        var text: [UInt8] = []
        MtreeWriter.append(entry, to: &text)
        try tree.append(text)
    }
    try worker.flush()
    try worker.help { true }
    let result = try tree.finish()
    try writer.close()
    return try vault.commit(sampleRecord(result, entries: Int64(all.count), vault: vault, seconds: seconds))
}

func sampleRecord(_ tree: TreeWriter.Result, entries: Int64, vault: Vault, seconds: Int64) -> SnapshotRecord {
    sampleRecord(
        tree: .init(digest: tree.digest.hex, contents: tree.location.text, bytes: tree.bytes, entries: entries), vault: vault.header.id,
        milliseconds: 1000 * seconds)
}

func sampleRecord(
    tree: SnapshotRecord.Tree, vault: String, milliseconds: Int64, parent: String? = nil, host: String = "host"
) -> SnapshotRecord {
    SnapshotRecord(
        time: Timestamp(milliseconds: milliseconds), vault: vault, host: host, policy: nil, program: "test", tags: ["a"], tree: tree,
        datasets: [.init(name: "data", source: "/data")], problems: [.init(path: "data/x", reason: "because")], problemCount: 1,
        parent: parent,
        gitCommit: nil, durationMilliseconds: 5)
}

/// What can be read of a snapshot: each file's content, nil for one that cannot be read, and what is wrong with the tree.
func readBack(_ vault: Vault, _ snapshot: Snapshot) throws -> (contents: [String: [UInt8]?], treeDamage: [String]) {
    let reader = BlobReader(store: vault.store, index: try vault.index(cache: .none))
    var contents: [String: [UInt8]?] = [:]
    var tree: TreeReader
    do { tree = try TreeReader(reader, snapshot) } catch let error as Failure where error.code == .damaged {
        return ([:], [error.message])
    }
    while let parsed = try tree.next() {
        guard let file = parsed.entry.contents else { continue }
        var bytes: [UInt8]? = []
        do {
            try reader.read(file) { piece in piece.withUnsafeBytes { bytes?.append(contentsOf: $0) } }
        } catch let error as Failure where error.code == .damaged {
            bytes = nil
        }
        contents.updateValue(bytes, forKey: parsed.entry.path.description)
    }
    return (contents, tree.damage)
}

func verify(_ vault: Vault, _ options: VerifyOptions = VerifyOptions()) throws -> VerifyReport {
    try Verification(vault, options, cache: .none, progress: Progress(), cancellation: Cancellation()).run()
}

extension VerifyReport {
    /// Everything that is wrong, for messages.
    var summary: String {
        (damage.map { "\($0.object): \($0.reason)" } + affected.map { "\($0.snapshot.hex.prefix(6)): \($0.paths) \($0.treeDamage)" })
            .joined(separator: "\n")
    }
}

/// The code of the error that `body` must end with.
func errorCode(_ body: () throws -> Void) -> Failure.Code? {
    do { try body() } catch let error as Failure { return error.code } catch {}
    return nil
}
