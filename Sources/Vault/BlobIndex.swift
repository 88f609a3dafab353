public import Core
import FileTree
public import Storage
import Tarball

/// Which blobs the vault has, and where: the stored indexes as one sorted, mapped run, and what this program adds.
public final class BlobIndex: Sendable {
    private struct State {
        var recent: Set<SHA256Digest> = []
        var spilled: [IndexRun] = []
        /// Blobs found in packs that no readable index names.
        var recovered: IndexRun?
    }

    /// About 16 MiB of set; what is beyond goes to runs on disk.
    private static let recentMax = 200_000

    let run: IndexRun
    /// For what can be made again.
    package let cache: CacheFolder
    /// Indexes that could not be read, each with the reason.
    public let damage: [String]
    /// By number of the run's packs: whether the pack was there when the vault was listed. Nil: taken as there.
    private let isPresent: [Bool]?
    private let state = Monitor(State())
    /// Whether the packs that no index names were gone through. Held while they are: who needs them waits.
    private let hasRecovered = Monitor(false)

    /// Opens the indexes of a vault: those that the cache does not hold yet are read and merged into it.
    ///
    /// An index that is damaged is left out and listed in `damage`; what it said is found again in the packs: see `recover`.
    ///
    /// - Parameters:
    ///   - present: when given, a blob whose only pack is not among them is unknown: it is stored again.
    ///   - fresh: reads every index and believes no cache.
    public init(store: any ObjectStore, folder: CacheFolder, present: PackList? = nil, fresh: Bool = false) throws {
        cache = folder
        var damage: [String] = []
        let run = try Self.load(store: store, folder: folder, fresh: fresh, &damage)
        self.run = run
        self.damage = damage
        isPresent = present.map { present in (0..<run.packCount).map { present.contains(run.pack($0)) } }
    }

    /// Adds the blobs of packs that no index names, as a killed run or a lost index leaves them. Decodes each such pack whole;
    /// what cannot be read of them is left out.
    ///
    /// - Parameter journal: writes them into indexes.
    func recover(_ packs: PackList, store: any ObjectStore, journal: IndexJournal?, cancellation: Cancellation) throws {
        let known = Set((0..<run.packCount).map { run.pack($0) })
        let unnamed = packs.packs.filter { !known.contains($0.digest) }
        if unnamed.isEmpty { return }
        let builder = Monitor(IndexRunBuilder(folder: cache, base: nil))
        try Crew.forEach(unnamed) { pack in
            try cancellation.check()
            do {
                let entries = try PackFile.entries(pack.digest, bytes: pack.bytes, in: store).entries
                try builder.withLock { builder in for entry in entries { try builder.add(entry) } }
                try journal?.add(entries)
            } catch let error as Failure where error.code == .damaged {}
        }
        try journal?.close()
        let recovered = try builder.withLock { try $0.finish(name: nil) }
        state.withLock { $0.recovered = recovered }
    }

    /// Where the blob lies in packs that no index names. The first to ask has them gone through.
    func recoveredLocations(
        of id: SHA256Digest, store: any ObjectStore, cancellation: Cancellation = Cancellation()
    ) throws -> [BlobLocation] {
        try hasRecovered.withLock { hasRecovered in
            if hasRecovered { return }
            try recover(PackList(store), store: store, journal: nil, cancellation: cancellation)
            hasRecovered = true
        }
        return state.withLock { $0.recovered }.map { Self.locations(of: id, in: $0) } ?? []
    }

    /// Entries; a blob that lies in several packs counts for each.
    public var count: Int { run.count }

    /// Whether the vault has the blob, or this program has taken it upon itself to store it.
    public func contains(_ id: SHA256Digest) -> Bool {
        isStored(id) || state.withLock { isRecent(id, $0) }
    }

    /// All places where the blob lies, by the stored indexes.
    public func locations(of id: SHA256Digest) -> [BlobLocation] {
        Self.locations(of: id, in: run)
    }

    private static func locations(of id: SHA256Digest, in run: IndexRun) -> [BlobLocation] {
        run.find(id).map { index in
            let entry = run.entry(index)
            return entry.location(pack: run.pack(Int(entry.pack)))
        }
    }

    /// True once for each blob that the vault has not: whoever gets it must store the blob.
    public func claim(_ id: SHA256Digest) throws -> Bool {
        if isStored(id) { return false }
        return try state.withLock { state in
            if isRecent(id, state) { return false }
            if state.recent.count >= Self.recentMax {
                // A fault of the cache's disk, not of the file that is being read.
                do { try spill(&state) } catch {
                    throw Failure(.failed, "cannot write the cache: \(error)", hint: "Run again with --no-cache.")
                }
            }
            state.recent.insert(id)
            return true
        }
    }

    private func isStored(_ id: SHA256Digest) -> Bool {
        let found = run.find(id)
        guard let isPresent else { return !found.isEmpty }
        return found.contains { isPresent[Int(run.entry($0).pack)] }
    }

    private func isRecent(_ id: SHA256Digest, _ state: State) -> Bool {
        if let recovered = state.recovered, !recovered.find(id).isEmpty { return true }
        return state.recent.contains(id) || state.spilled.contains { !$0.find(id).isEmpty }
    }

    private func spill(_ state: inout State) throws {
        var builder = IndexRunBuilder(folder: cache, base: nil)
        for id in state.recent { try builder.add(RunEntry(id: id)) }
        let isMerging = state.spilled.count >= 8
        if isMerging { for run in state.spilled { for index in 0..<run.count { try builder.add(run.entry(index)) } } }
        state.spilled = (isMerging ? [] : state.spilled) + [try builder.finish(name: nil)]
        state.recent.removeAll(keepingCapacity: true)
    }

    /// The cached run if it covers what is stored; else one that does, which becomes the cache.
    private static func load(store: any ObjectStore, folder: CacheFolder, fresh: Bool, _ damage: inout [String]) throws -> IndexRun {
        let names = try store.own(.indexes).map { String($0.name.base) }
        let cached = fresh ? nil : cachedRun(folder)
        let covered = cached.map { Set($0.names) } ?? []
        if let cached, covered == Set(names) { return cached.run }
        // An index that is gone was merged into another: only then is the cache of no use.
        let base = covered.isSubset(of: names) ? cached?.run : nil
        var builder = IndexRunBuilder(folder: folder, base: base)
        var read = base == nil ? [] : Array(covered)
        for name in names where base == nil || !covered.contains(name) {
            do {
                try IndexStore.read(ObjectName("\(Folder.indexes.rawValue)/\(name)"), in: store) { try builder.add($0) }
                read.append(name)
            } catch let error as Failure where error.code == .damaged {
                damage.append(error.message)
            } catch let error as StoreError where error.isDamage {
                damage.append(error.description)
            }
        }
        if fresh { return try builder.finish(name: nil) }
        let run = try builder.finish(name: "index.run")
        try folder.write(coverage(read.sorted(), run), as: "index.names")
        return run
    }

    private static func cachedRun(_ folder: CacheFolder) -> (run: IndexRun, names: [String])? {
        guard let text = folder.read("index.names"), let file = folder.open("index.run"), let run = try? IndexRun(cached: file) else {
            return nil
        }
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
        let names = Array(lines.dropFirst())
        return coverage(names, run) == text ? (run, names) : nil
    }

    /// The list of the indexes in a run, bound to it by its checksum: a list beside a run of another day is not believed.
    private static func coverage(_ names: [String], _ run: IndexRun) -> [UInt8] {
        Array(([String(run.storedChecksum, radix: 16)] + names).joined(separator: "\n").utf8)
    }
}
