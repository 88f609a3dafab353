import Core
import Storage
import Tarball

/// Index objects in the store: `indexes/<sha-256 of the stored bytes>.tsv.zst`.
enum IndexStore {
    static let suffix = ".tsv.zst"
    private static let storedBytesMax = 64 << 20

    static func name(_ digest: SHA256Digest) -> ObjectName { ObjectName("\(Folder.indexes.rawValue)/\(digest.hex)\(suffix)") }

    /// Reads one index, whose bytes must be what its name says.
    static func read(_ name: ObjectName, in store: any ObjectStore, _ body: (IndexEntry) throws -> Void) throws {
        let stored = try store.read(name, limit: storedBytesMax)
        guard name == self.name(SHA256Digest(of: stored)) else {
            throw Failure(
                .damaged, "\(store.location)/\(name) does not hold what its name says",
                hint: "Run `rekindle verify` to see what it affects; its entries can be made again from the packs.")
        }
        try IndexFile.decode(stored, name: name.text, body)
    }

    static func write(_ entries: [IndexEntry], to store: any ObjectStore) throws {
        var stored = try IndexFile.encode(entries)
        var digest = SHA256Digest(of: stored)
        if try store.holdsDamaged(name(digest), digest) {
            // The same index was written before and has been damaged since: with a line said twice this one has another name.
            stored = try IndexFile.encode(entries + entries.prefix(1))
            digest = SHA256Digest(of: stored)
        }
        try store.put(stored, as: name(digest))
    }
}
