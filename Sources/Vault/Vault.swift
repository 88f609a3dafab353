public import Core
public import Storage
import Tarball

/// A vault that was opened: its store and what its header says.
public struct Vault: Sendable {
    /// Where its objects live.
    public let store: any ObjectStore
    /// Its id, and how it cuts.
    public let header: VaultHeader

    private static let headerName = ObjectName("VAULT")
    private static let headerBytesMax = 64 << 10
    private static let documentBytesMax = 1 << 20

    /// The documents that lie beside the header: how to restore without this program.
    private static let documents = ["RESTORE.md": PackageResources.RESTORE_md, "restore.sh": PackageResources.restore_sh]

    /// Makes a vault in a directory that is empty or missing. The header comes last: without it there is no vault.
    public static func create(at path: String) throws -> Vault {
        let store = try LocalStore.create(path)
        try requireUnused(store)
        try store.makeFolders()
        for (name, text) in documents.sorted(by: { $0.key < $1.key }) { try store.put(text, as: ObjectName(name)) }
        let id = (0..<2).map { _ in hex(UInt64.random(in: .min ... .max)) }.joined()
        let header = VaultHeader(
            id: id, created: Timestamp.now().description, chunking: .standard, documents: documents.mapValues { SHA256Digest(of: $0).hex })
        guard try store.put(header.encoded(), as: headerName) else { throw taken(path) }
        return try open(store)
    }

    /// Opens the vault in the directory `path`.
    public static func open(at path: String) throws -> Vault {
        let store: LocalStore
        do { store = try LocalStore(path) } catch {
            throw error.kind == .notFound ? noVault(path) : error
        }
        return try open(store)
    }

    /// Opens the vault in a store. One without a header is `.noVault`; a newer format is `.usage`.
    public static func open(_ store: any ObjectStore) throws -> Vault {
        let bytes: [UInt8]
        do { bytes = try store.read(headerName, limit: headerBytesMax) } catch {
            throw error.kind == .notFound ? noVault(store.location) : error
        }
        return Vault(store: store, header: try VaultHeader(encoded: bytes, location: store.location))
    }

    /// Whether it is still where it was: tells a vault that vanished from one that is damaged.
    public func requirePresence() throws {
        do { _ = try store.size(Self.headerName) } catch {
            throw error.kind == .notFound
                ? Failure(
                    .noVault, "the vault at \(store.location) vanished meanwhile", hint: "Is its disk still mounted? Run again when it is.")
                : error
        }
    }

    /// All snapshots, each read now. `Repository` reads each once.
    public func snapshots() throws -> SnapshotList { try SnapshotList(store: store) }

    /// The index for reading: memory-mapped from the cache, brought up to date with the vault.
    public func index(cache: CacheFolder) throws -> BlobIndex { try BlobIndex(store: store, folder: cache) }

    /// The index for writing. Packs of runs that were killed are put into an index first, so that their blobs are not stored again;
    /// blobs whose pack is gone are not taken as stored.
    public func indexForWriting(cache: CacheFolder, cancellation: Cancellation) throws -> BlobIndex {
        try store.removeAbandoned()
        let packs = try PackList(store)
        let index = try BlobIndex(store: store, folder: cache, present: packs)
        try index.recover(packs, store: store, journal: IndexJournal(store: store), cancellation: cancellation)
        return index
    }

    /// The packs, as the store lists them.
    public func packs() throws -> PackList { try PackList(store) }

    /// Of the place that the vault is in; nil where there is no end to it.
    public func space() throws -> StoreSpace? { try store.space() }

    /// How many packs the indexes name that are not there.
    public func missingPacks(cache: CacheFolder) throws -> Int {
        let index = try index(cache: cache)
        let there = try packs()
        return (0..<index.run.packCount).count { !there.contains(index.run.pack($0)) }
    }

    /// Writes the record: from this moment on there is a snapshot. Everything it names must be durable before.
    public func commit(_ record: SnapshotRecord) throws -> Snapshot {
        let bytes = try record.encoded()
        let id = SHA256Digest(of: bytes)
        let name = Snapshot.name(id, record.time)
        // What no reader would take must not be written.
        guard bytes.count <= SnapshotRecord.bytesMax, try SnapshotRecord(encoded: bytes, name: name.text) == record else {
            throw Failure(.failed, "the record of the snapshot cannot be read back: nothing was saved")
        }
        try store.put(bytes, as: name)
        return try Snapshot.read(name, in: store)
    }

    /// Problems with the documents beside the header, in sentences.
    func documentDamage() throws -> [String] {
        var damage: [String] = []
        for (name, digest) in header.documents.sorted(by: { $0.key < $1.key }) {
            guard Self.documents.keys.contains(name) else { continue }
            do throws(StoreError) {
                let bytes = try store.read(ObjectName(name), limit: Self.documentBytesMax)
                if SHA256Digest(of: bytes).hex != digest { damage.append("\(name) is not what the header says") }
            } catch {
                guard error.isDamage else { throw error }
                damage.append("\(name): \(error.reason)")
            }
        }
        return damage
    }

    /// A directory with anything in it is not made a vault, but an `init` that was interrupted may be run again.
    private static func requireUnused(_ store: LocalStore) throws {
        do {
            _ = try store.size(headerName)
            throw Failure(.usage, "there is a vault at \(store.location) already", hint: "Nothing was changed.")
        } catch let error as StoreError where error.kind == .notFound {}
        let own = Set(Folder.allCases.map(\.rawValue)).union(documents.keys)
        let foreign = try store.names().filter { !own.contains($0) && !$0.hasPrefix(LocalStore.temporaryPrefix) && !isOfTheDisk($0) }
        let present = try store.names()
        let objects = try Folder.allCases.filter { present.contains($0.rawValue) }.flatMap { folder in
            try store.list(folder).filter { !$0.name.text.split(separator: "/").contains { isOfTheDisk(String($0)) } }
        }
        guard foreign.isEmpty, objects.isEmpty else { throw taken(store.location) }
        for (name, text) in documents where present.contains(name) {
            guard try store.read(ObjectName(name), limit: documentBytesMax) == text else { throw taken(store.location) }
        }
    }

    private static func taken(_ path: String) -> Failure {
        Failure(.usage, "\(path) is not empty", hint: "Choose an empty or a new directory for the vault; nothing was changed.")
    }

    private static func noVault(_ path: String) -> Failure {
        Failure(.noVault, "there is no vault at \(path)", hint: "Is its disk mounted? `rekindle init \(path)` makes a new one.")
    }

    private static func hex(_ word: UInt64) -> String {
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
