import Core
import Tarball

/// Snapshots down to their last blob.
extension Verification {
    /// Entries that one thread takes from the tree at a time.
    private static let batchEntries = 64
    /// Recipes that are remembered as whole; beyond, they are looked at again.
    private static let provenMax = 300_000

    /// State shared by the threads that walk one tree.
    private struct Walk {
        var tree: TreeReader
        var affected: VerifyReport.Affected
        var paths: Int64 = 0
    }

    /// Content shared by several snapshots is checked once.
    private struct Common: Sendable {
        /// Recipes that were found to be right.
        let proven = Monitor<Set<ProvenContent>>([])
        /// Nights without a change have one tree.
        let soundTrees = Monitor<Set<TreeLocation>>([])
    }

    mutating func checkSnapshots() throws {
        progress.begin("snapshots", bytesTotal: options.isDeep ? Int(chosenSnapshots.last.map(contentBytes) ?? 0) : 0)
        let common = Common()
        let found = Monitor<[SHA256Digest: (affected: VerifyReport.Affected, paths: Int64)]>([:])
        let check: @Sendable (Snapshot, Int) throws -> Void = { [self] snapshot, threads in
            let result = try self.check(snapshot, common, threads: threads)
            found.withLock { $0[snapshot.id] = result }
        }
        var rest = Array(chosenSnapshots.reversed())
        // Decoding the newest keeps all threads busy, and most of what the others need is then known; what is not, they rarely share.
        if decodesContents, !rest.isEmpty { try check(rest.removeFirst(), Crew.size) }
        try Crew.forEach(rest) { try check($0, 1) }
        for snapshot in chosenSnapshots {
            guard let (affected, paths) = found.withLock({ $0[snapshot.id] }) else { continue }
            report.snapshots += 1
            report.paths += paths
            if affected.pathCount > 0 || !affected.treeDamage.isEmpty { report.affected.append(affected) }
        }
    }

    private var decodesContents: Bool { options.isDeep && options.sample == nil }

    private func check(
        _ snapshot: Snapshot, _ common: Common, threads: Int
    ) throws -> (affected: VerifyReport.Affected, paths: Int64) {
        try cancellation.check()
        var affected = VerifyReport.Affected(snapshot: snapshot.id, time: snapshot.record.time)
        for witness in snapshot.record.witnesses ?? [] {
            guard let contents = witness.contents else { continue }
            let isGood =
                try decodesContents
                ? Self.isWhole(contents, reader, health, common.proven) : Self.isThere(contents, reader, health, common.proven)
            if !isGood { affected.treeDamage.append("the witness of \(witness.dataset) is lost: a restore of it cannot be compared") }
        }
        let location = TreeLocation(snapshot.record.tree)
        if let location, common.soundTrees.withLock({ $0.contains(location) }) { return (affected, location.entries) }
        do {
            let walk = Monitor(Walk(tree: try TreeReader(reader, snapshot), affected: affected))
            try check(walk, common.proven, threads: threads)
            let result = walk.withLock { $0 }
            affected = result.affected
            affected.treeDamage += result.tree.damage
            affected.paths.sort()
            if let location, affected.pathCount == 0, affected.treeDamage.isEmpty {
                common.soundTrees.withLock { _ = $0.insert(location) }
            }
            return (affected, result.paths)
        } catch let error as Failure where error.code == .damaged {
            affected.treeDamage.append(error.message)
            return (affected, 0)
        }
    }

    private func contentBytes(_ snapshot: Snapshot) -> Int64 { snapshot.record.datasets.reduce(0) { $0 + $1.bytes } }

    private func check(_ walk: Monitor<Walk>, _ proven: Monitor<Set<ProvenContent>>, threads: Int) throws {
        let isDeep = decodesContents
        let (reader, health, progress, cancellation) = (reader, health, progress, cancellation)
        let busy = Monitor(threads)
        let failed = Cancellation()
        try Crew.run(threads) { _ in
            do {
                defer {
                    busy.withLock { $0 -= 1 }
                    reader.wake()
                }
                var isDone = false
                // After an error the others need not go to the end of the tree.
                defer { if !isDone { failed.cancel() } }
                while !failed.isCancelled, let batch = try Self.nextBatch(walk, cancellation) {
                    for entry in batch {
                        guard let contents = entry.contents else { continue }
                        let isGood =
                            try isDeep ? Self.isWhole(contents, reader, health, proven) : Self.isThere(contents, reader, health, proven)
                        if !isGood { walk.withLock { $0.affected.add(entry.path) } }
                        progress.add(files: 1, bytes: Int(contents.size))
                        try cancellation.check()
                    }
                }
                isDone = true
            }
            reader.help { busy.withLock { $0 <= 0 } }
        }
    }

    private static func nextBatch(_ walk: Monitor<Walk>, _ cancellation: Cancellation) throws -> [TreeEntry]? {
        try cancellation.check()
        return try walk.withLock { walk in
            var batch: [TreeEntry] = []
            while batch.count < batchEntries, let parsed = try walk.tree.next() { batch.append(parsed.entry) }
            walk.paths += Int64(batch.count)
            return batch.isEmpty ? nil : batch
        }
    }

    /// Whether every blob of a content lies where nothing is wrong with it.
    private static func isThere(
        _ contents: TreeEntry.FileContents, _ reader: BlobReader, _ health: BlobHealth, _ proven: Monitor<Set<ProvenContent>>
    ) throws -> Bool {
        switch contents.location {
        case .blob(let id): return try id == contents.digest && isThere(id, contents.size, reader, health)
        case .recipe(let id):
            let content = ProvenContent(recipe: id, digest: contents.digest, size: contents.size)
            if proven.withLock({ $0.contains(content) }) { return true }
            do {
                let recipe = try reader.recipe(id)
                guard recipe.size == contents.size,
                    try recipe.parts.allSatisfy({ try isThere($0.id, Int64($0.size), reader, health) })
                else { return false }
            } catch let error as Failure where error.code == .damaged {
                return false
            }
            remember(content, proven)
            return true
        }
    }

    /// Whether a blob lies where an index says, or at least in a pack that no index names.
    private static func isThere(_ id: SHA256Digest, _ size: Int64, _ reader: BlobReader, _ health: BlobHealth) throws -> Bool {
        if health.isGood(id, size: size) { return true }
        guard try reader.isRecovered(id, size: size) else { return false }
        health.noteIndexLost()
        return true
    }

    /// Whether a content can be read to its end and is what the tree says.
    private static func isWhole(
        _ contents: TreeEntry.FileContents, _ reader: BlobReader, _ health: BlobHealth, _ proven: Monitor<Set<ProvenContent>>
    ) throws -> Bool {
        var content: ProvenContent?
        switch contents.location {
        case .blob(let id): if id == contents.digest, health.isProven(id, size: contents.size) { return true }
        case .recipe(let id):
            let claim = ProvenContent(recipe: id, digest: contents.digest, size: contents.size)
            if proven.withLock({ $0.contains(claim) }) { return true }
            content = claim
        }
        do { try reader.read(contents) { _ in } } catch let error as Failure where error.code == .damaged {
            return false
        }
        if let content { remember(content, proven) }
        return true
    }

    private static func remember(_ content: ProvenContent, _ proven: Monitor<Set<ProvenContent>>) {
        proven.withLock { if $0.count < provenMax { $0.insert(content) } }
    }
}

/// A recipe that was found to make the content with this digest and size.
private struct ProvenContent: Hashable {
    let recipe: SHA256Digest
    let digest: SHA256Digest
    let size: Int64
}

extension VerifyReport.Affected {
    fileprivate mutating func add(_ path: TreePath) {
        pathCount += 1
        if paths.count < VerifyReport.pathsMax { paths.append(path.description) }
    }
}
