public import Core
import FileTree
import Storage
import Tarball

/// Checks a vault against itself: every stored byte, every index, every snapshot down to its last blob.
///
/// It believes no cache: the index is read anew from the vault. Snapshots are listed first and packs last, so that a backup
/// that goes on meanwhile is never taken for damage.
public struct Verification: Sendable {
    let vault: Vault
    let options: VerifyOptions
    let progress: Progress
    let cancellation: Cancellation
    let index: BlobIndex
    let health: BlobHealth
    let reader: BlobReader
    private let snapshots: SnapshotList
    private let packs: PackList
    var report = VerifyReport()

    /// Lists the vault and reads its indexes.
    public init(_ vault: Vault, _ options: VerifyOptions, cache: CacheFolder, progress: Progress, cancellation: Cancellation) throws {
        self.vault = vault
        self.options = options
        self.progress = progress
        self.cancellation = cancellation
        progress.begin("indexes")
        snapshots = try vault.snapshots()
        index = try BlobIndex(store: vault.store, folder: cache, fresh: true)
        packs = try PackList(vault.store)
        let health = BlobHealth(index.run)
        self.health = health
        reader = BlobReader(store: vault.store, index: index, cancellation: cancellation, health: health)
        report.packs = packs.packs.count
        report.blobs = index.count
        for stranger in try vault.strangers() { report.findings.note(stranger) }
    }

    /// Runs all of it.
    public consuming func run() throws -> VerifyReport {
        try checkHeader()
        let selected = try selectPacks()
        try checkPacks(selected)
        try checkIndexes()
        if options.isDeep, options.sample != nil { try decode(Set(selected).intersection(health.uncheckedPacks())) }
        try checkSnapshots()
        if options.isDeep, options.sample == nil, options.snapshot == nil { try decode(health.uncheckedPacks()) }
        if health.isIndexLost, index.damage.isEmpty {
            damage(
                "index",
                "an index is lost: some blobs lie in packs that none names. They are found all the same, and the next backup writes it again"
            )
        }
        // Damage found by the last decoding affects no snapshot, or one that was read from another copy.
        try vault.requirePresence()
        return report
    }

    private mutating func checkHeader() throws {
        for reason in try vault.documentDamage() { damage("header", reason) }
        for found in snapshots.damage { damage("\(Folder.snapshots.rawValue)/\(found.name)", found.reason) }
        for found in try vault.eachEvidence({ _ in }) { damage(found.name, found.reason) }
        for reason in index.damage { damage("index", reason) }
        report.indexes = try vault.store.own(.indexes).count
    }

    mutating func damage(_ object: String, _ reason: String) {
        report.damage.append(VerifyReport.Damage(object: object, reason: reason))
    }

    var chosenSnapshots: [Snapshot] { options.snapshot.map { [$0] } ?? snapshots.snapshots }

    /// The packs to read, with their sizes known; packs that are named but not there are damage at once.
    private mutating func selectPacks() throws -> [SHA256Digest] {
        let named = Set((0..<index.run.packCount).map { index.run.pack($0) })
        let missing = named.filter { !packs.contains($0) }
        for pack in missing.sorted() { damage(PackFile.name(pack).text, "the pack is missing") }
        _ = health.condemn(missing)
        for pack in packs.packs where !named.contains(pack.digest) {
            // After a damaged index this is where its blobs are; else it belongs to a run that was killed or still goes on.
            report.findings.note("\(PackFile.name(pack.digest)) is in no index yet: the next backup takes it in")
        }
        var selected = packs.packs.map(\.digest)
        if options.snapshot != nil {
            try markNeededPacks()
            let wanted = health.wantedPacks
            selected = selected.filter { wanted.contains($0) }
        }
        if let sample = options.sample { selected = selected.filter { sample.contains($0) } }
        return selected
    }

    /// Size of a pack as listed.
    func bytes(of pack: SHA256Digest) -> Int { packs.pack(pack)?.bytes ?? 0 }

    func isPresent(_ pack: SHA256Digest) -> Bool { packs.contains(pack) }

    private func markNeededPacks() throws {
        for snapshot in chosenSnapshots {
            // Damage met on the way is found again, and named, when the snapshots are checked.
            do {
                var tree = try TreeReader(reader, snapshot)
                for id in tree.blobs { health.want(id) }
                for witness in snapshot.record.witnesses ?? [] { if let contents = witness.contents { health.want(contents.digest) } }
                while let parsed = try tree.next() {
                    try cancellation.check()
                    guard let contents = parsed.entry.contents else { continue }
                    switch contents.location {
                    case .blob(let id): health.want(id)
                    case .recipe(let id):
                        health.want(id)
                        do { for part in try reader.recipe(id).parts { health.want(part.id) } } catch let error as Failure
                            where error.code == .damaged
                        {}
                    }
                }
            } catch let error as Failure where error.code == .damaged {}
        }
    }
}
