import Core
import Tarball

/// What a verification has found out about each entry of the index: a few bits each, whatever the size of the vault.
final class BlobHealth: Sendable {
    private struct Bits {
        var words: [UInt64]

        init(_ count: Int) { words = [UInt64](repeating: 0, count: (count + 63) / 64) }

        subscript(index: Int) -> Bool {
            get { words[index / 64] >> UInt64(index % 64) & 1 != 0 }
            set {
                let bit: UInt64 = 1 << UInt64(index % 64)
                if newValue { words[index / 64] |= bit } else { words[index / 64] &= ~bit }
            }
        }
    }

    private struct State {
        /// Cannot be read, or is not what its name says.
        var bad: Bits
        /// Was decoded and compared, with whatever result.
        var checked: Bits
        /// By number of the pack.
        var isPackWanted: [Bool]
        /// A blob was found only where no index says.
        var isIndexLost = false
    }

    private let run: IndexRun
    private let state: Monitor<State>

    init(_ run: IndexRun) {
        self.run = run
        state = Monitor(State(bad: Bits(run.count), checked: Bits(run.count), isPackWanted: Array(repeating: false, count: run.packCount)))
    }

    /// Whether a blob of this size lies somewhere where nothing is wrong with it.
    func isGood(_ id: SHA256Digest, size: Int64) -> Bool {
        let found = run.find(id).filter { run.entry($0).size == size }
        return state.withLock { state in found.contains { !state.bad[$0] } }
    }

    /// Whether the blob was decoded somewhere and was right, and of this size.
    func isProven(_ id: SHA256Digest, size: Int64) -> Bool {
        let found = run.find(id).filter { run.entry($0).size == size }
        return state.withLock { state in found.contains { state.checked[$0] && !state.bad[$0] } }
    }

    /// Whether the blob was decoded at this place and was right.
    func isProven(_ id: SHA256Digest, at place: BlobLocation) -> Bool {
        let found = entries(of: id, at: place)
        return state.withLock { state in found.contains { state.checked[$0] && !state.bad[$0] } }
    }

    /// Two indexes may both name a place, as overlapping backups leave them.
    private func entries(of id: SHA256Digest, at place: BlobLocation) -> [Int] {
        run.find(id).filter { run.entry($0).location(pack: run.pack(Int(run.entry($0).pack))) == place }
    }

    /// Whether something was needed that lies only in packs that no index names: an index must have been there.
    var isIndexLost: Bool { state.withLock { $0.isIndexLost } }

    func noteIndexLost() { state.withLock { $0.isIndexLost = true } }

    /// Notes the result of decoding a blob at a place.
    func note(_ id: SHA256Digest, at place: BlobLocation, isGood: Bool) {
        let found = entries(of: id, at: place)
        state.withLock { state in
            for index in found {
                state.checked[index] = true
                state.bad[index] = !isGood
            }
            if found.isEmpty { state.isIndexLost = true }
        }
    }

    /// Marks the packs that hold the blob.
    func want(_ id: SHA256Digest) {
        for index in run.find(id) {
            let pack = Int(run.entry(index).pack)
            state.withLock { $0.isPackWanted[pack] = true }
        }
    }

    var wantedPacks: Set<SHA256Digest> {
        state.withLock { state in Set(state.isPackWanted.indices.filter { state.isPackWanted[$0] }.map { run.pack($0) }) }
    }

    /// Marks as bad all that lies in these packs; returns how many blobs that are.
    func condemn(_ packs: Set<SHA256Digest>) -> Int {
        let isLost = (0..<run.packCount).map { packs.contains(run.pack($0)) }
        return state.withLock { state in
            var count = 0
            for index in 0..<run.count where isLost[Int(run.entry(index).pack)] {
                state.bad[index] = true
                count += 1
            }
            return count
        }
    }

    /// All entries that lie in these packs, grouped by pack.
    func entries(in packs: Set<SHA256Digest>) -> [SHA256Digest: [IndexEntry]] {
        let isMeant = (0..<run.packCount).map { packs.contains(run.pack($0)) }
        var entries: [SHA256Digest: [IndexEntry]] = [:]
        for index in 0..<run.count {
            let entry = run.entry(index)
            guard isMeant[Int(entry.pack)] else { continue }
            let pack = run.pack(Int(entry.pack))
            entries[pack, default: []].append(IndexEntry(id: entry.id, location: entry.location(pack: pack)))
        }
        return entries
    }

    /// The packs with blobs that were not decoded yet.
    func uncheckedPacks() -> Set<SHA256Digest> {
        state.withLock { state in
            var isMeant = [Bool](repeating: false, count: run.packCount)
            for index in 0..<run.count where !state.checked[index] && !state.bad[index] { isMeant[Int(run.entry(index).pack)] = true }
            return Set(isMeant.indices.filter { isMeant[$0] }.map { run.pack($0) })
        }
    }

    /// Every blob of these packs that is still unchecked is not where the index says; returns how many.
    func condemnUnchecked(in packs: Set<SHA256Digest>) -> Int {
        let isMeant = (0..<run.packCount).map { packs.contains(run.pack($0)) }
        return state.withLock { state in
            var count = 0
            for index in 0..<run.count where isMeant[Int(run.entry(index).pack)] && !state.checked[index] && !state.bad[index] {
                state.bad[index] = true
                count += 1
            }
            return count
        }
    }
}
