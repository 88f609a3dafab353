import Core
import Storage
import Tarball

/// Packs against their names, and indexes against packs.
extension Verification {
    /// Small enough to be hashed before the processor's cache forgets it.
    private static let readBytes = 512 << 10

    /// Reads every byte of these packs. In one that is not what its name says, each blob is looked at alone: most survive.
    mutating func checkPacks(_ selected: [SHA256Digest]) throws {
        progress.begin("packs", bytesTotal: selected.reduce(0) { $0 + bytes(of: $1) })
        let wrong = Monitor<[SHA256Digest: String]>([:])
        let read = Monitor((packs: 0, bytes: Int64(0)))
        let (store, progress, cancellation) = (vault.store, progress, cancellation)
        let sized = selected.map { (pack: $0, bytes: bytes(of: $0)) }
        try Crew.forEach(sized, on: Processors.usable) { pack, bytes in
            var got = 0
            let reason = try Self.flaw(of: pack, bytes: bytes, store, cancellation) { count in
                got += count
                progress.add(bytes: count)
            }
            if let reason { wrong.withLock { $0[pack] = reason } }
            read.withLock { read in
                if got == bytes { read.packs += 1 }
                read.bytes += Int64(got)
            }
        }
        (report.packsRead, report.bytesRead) = read.withLock { ($0.packs, $0.bytes) }
        let found = wrong.withLock { $0 }
        let entries = found.isEmpty ? [:] : health.entries(in: Set(found.keys))
        for (pack, reason) in found.sorted(by: { $0.key < $1.key }) {
            let lost = try survivors(of: entries[pack] ?? [])
            damage(PackFile.name(pack).text, "\(reason); \(lost) of its \(entries[pack]?.count ?? 0) blobs cannot be read")
        }
    }

    /// The problem with a pack's bytes, or nil.
    ///
    /// - Parameter got: is given how many more were read.
    private static func flaw(
        of pack: SHA256Digest, bytes: Int, _ store: any ObjectStore, _ cancellation: Cancellation, got: (Int) -> Void
    ) throws -> String? {
        var hasher = SHA256Hasher()
        var offset = 0
        do throws(StoreError) {
            while offset < bytes, !cancellation.isCancelled {
                let piece = try store.read(PackFile.name(pack), range: offset..<min(bytes, offset + readBytes))
                hasher.update(piece)
                offset += piece.count
                got(piece.count)
            }
        } catch {
            // What passes, or is only not allowed, says nothing of the pack.
            guard error.isDamage else { throw error }
            switch error.kind {
            case .notFound: return "the pack is missing"
            case .shortRead: return "the pack is cut short"
            default: return "cannot be read: \(error.reason)"
            }
        }
        try cancellation.check()
        return hasher.finish() == pack ? nil : "the pack's bytes are not what its name says"
    }

    /// Tries each blob of a pack that is not whole; returns how many are lost.
    private func survivors(of entries: [IndexEntry]) throws -> Int {
        var lost = 0
        for entry in entries.sorted(by: { $0.location.frameOffset < $1.location.frameOffset }) {
            try cancellation.check()
            let isGood = try reader.isReadable(entry)
            health.note(entry.id, at: entry.location, isGood: isGood)
            if !isGood { lost += 1 }
        }
        return lost
    }

    /// Compares every line of every index with the list of frames that its pack itself has.
    mutating func checkIndexes() throws {
        for object in try vault.store.own(.indexes) {
            try cancellation.check()
            var pack: SHA256Digest?
            var frames: [Int: SeekTable.Frame]?
            var wrong: (count: Int, first: IndexEntry?) = (0, nil)
            do {
                try IndexStore.read(object.name, in: vault.store) { entry in
                    if pack != entry.location.pack {
                        pack = entry.location.pack
                        frames = try frameTable(entry.location.pack)
                    }
                    guard let frames else { return }
                    let frame = SeekTable.Frame(storedBytes: entry.location.frameStoredBytes, tarBytes: entry.location.frameTarBytes)
                    if frames[entry.location.frameOffset] == frame { return }
                    wrong = (wrong.count + 1, wrong.first ?? entry)
                    health.note(entry.id, at: entry.location, isGood: false)
                }
            } catch let error as Failure where error.code == .damaged {
                continue  // reported when the index was loaded
            } catch let error as StoreError where error.isDamage {
                continue  // as above
            }
            if let first = wrong.first {
                damage(
                    object.name.text,
                    "\(wrong.count.counted("blob is", "blobs are")) not where it says: the first is \(first.id.hex) in \(PackFile.name(first.location.pack))"
                )
            }
        }
    }

    /// The frames of a pack by offset; nil for a pack that is missing or damaged, which has been reported.
    private func frameTable(_ pack: SHA256Digest) throws -> [Int: SeekTable.Frame]? {
        guard isPresent(pack) else { return nil }
        do {
            var offset = 0
            var frames: [Int: SeekTable.Frame] = [:]
            for frame in try PackFile.seekTable(pack, bytes: bytes(of: pack), in: vault.store).frames {
                frames[offset] = frame
                offset += frame.storedBytes
            }
            return frames
        } catch let error as Failure where error.code == .damaged {
            return nil
        }
    }

    /// Decodes whole packs: every blob against its name and against the index.
    mutating func decode(_ packs: Set<SHA256Digest>) throws {
        let sized = packs.sorted().map { (pack: $0, bytes: bytes(of: $0)) }
        progress.begin("blobs", bytesTotal: sized.reduce(0) { $0 + $1.bytes })
        let wrong = Monitor<[(SHA256Digest, String)]>([])
        let (store, health, progress, cancellation) = (vault.store, health, progress, cancellation)
        try Crew.forEach(sized, on: Processors.usable) { pack, bytes in
            try cancellation.check()
            do {
                let found = try PackFile.entries(pack, bytes: bytes, in: store)
                for entry in found.entries { health.note(entry.id, at: entry.location, isGood: true) }
                if let reason = found.damage.first { wrong.withLock { $0.append((pack, reason)) } }
            } catch let error as Failure where error.code == .damaged {
                wrong.withLock { $0.append((pack, error.message)) }
            }
            progress.add(bytes: bytes)
        }
        for (pack, reason) in wrong.withLock({ $0 }).sorted(by: { $0.0 < $1.0 })
        where !report.damage.contains(where: { $0.object == PackFile.name(pack).text }) {
            damage(PackFile.name(pack).text, reason)
        }
        let lost = health.condemnUnchecked(in: packs)
        if lost > 0, wrong.withLock({ $0.isEmpty }) { damage("index", "\(lost) blobs are not where the index says") }
    }
}
