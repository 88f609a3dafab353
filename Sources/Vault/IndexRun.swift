import Core
import FileTree
import Glibc
import Tarball

/// Index entries as a sorted binary file that is mapped, not read: memory does not grow with the vault.
///
/// A header (magic, checksum of the rest, entries, packs), the 32 bytes of each pack's name, then 56 bytes an entry, sorted by
/// blob. Made on this machine for this machine and thrown away at will, so numbers are in its own byte order.
final class IndexRun: Sendable {
    static let magic: UInt64 = 0x3230_5849_4b52_4e45
    static let headerBytes = 32
    static let checksumOffset = 8
    static let entryBytes = 56

    private let map: MappedFile
    let count: Int
    let packCount: Int
    private let entriesOffset: Int

    /// Nil if the file is not a run of exactly the length and the checksum that it claims.
    convenience init?(cached file: OpenFile) throws {
        try self.init(file)
        guard checksum == storedChecksum else { return nil }
    }

    /// As the other, for a file that this program has just written: its content is not gone through.
    init?(_ file: OpenFile) throws {
        map = try MappedFile(file)
        guard map.count >= Self.headerBytes, map.load(at: 0, as: UInt64.self) == Self.magic else { return nil }
        let entries = map.load(at: 16, as: UInt64.self)
        let packs = map.load(at: 24, as: UInt64.self)
        guard entries < 1 << 40, packs < 1 << 32 else { return nil }
        count = Int(entries)
        packCount = Int(packs)
        entriesOffset = Self.headerBytes + SHA256Digest.byteCount * packCount
        guard map.count == entriesOffset + Self.entryBytes * count else { return nil }
    }

    var storedChecksum: UInt64 { map.load(at: Self.checksumOffset, as: UInt64.self) }

    var checksum: UInt64 { map.checksum(from: Self.checksumOffset + 8) }

    func pack(_ ordinal: Int) -> SHA256Digest { digest(at: Self.headerBytes + SHA256Digest.byteCount * ordinal) }

    func id(_ index: Int) -> SHA256Digest { digest(at: entriesOffset + Self.entryBytes * index) }

    func entry(_ index: Int) -> RunEntry {
        let base = entriesOffset + Self.entryBytes * index
        func number(_ field: Int) -> UInt32 { map.load(at: base + 32 + 4 * field, as: UInt32.self) }
        return RunEntry(
            id: digest(at: base), pack: number(0), frameOffset: number(1), frameStoredBytes: number(2), frameTarBytes: number(3),
            offset: number(4), size: number(5))
    }

    /// The indexes of all entries for `id`: a blob may lie in several packs.
    func find(_ id: SHA256Digest) -> Range<Int> {
        let first = lowerBound(id)
        var end = first
        while end < count, self.id(end) == id { end += 1 }
        return first..<end
    }

    /// Digests are spread evenly, so the place of one can be guessed; from the guess the bounds gallop outwards.
    private func lowerBound(_ id: SHA256Digest) -> Int {
        var low = 0
        var high = count
        let guess = Int((id.words.0.multipliedFullWidth(by: UInt64(count))).high)
        var step = 16
        if guess < count, self.id(guess) < id {
            low = guess + 1
            while low + step < high, self.id(low + step) < id {
                low += step
                step *= 2
            }
            high = min(high, low + step)
        } else {
            high = guess
            while high - step > low, !(self.id(high - step) < id) {
                high -= step
                step *= 2
            }
            low = max(low, high - step)
        }
        while low < high {
            let middle = (low + high) / 2
            if self.id(middle) < id { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func digest(at offset: Int) -> SHA256Digest {
        SHA256Digest(
            words: (
                map.load(at: offset, as: UInt64.self), map.load(at: offset + 8, as: UInt64.self),
                map.load(at: offset + 16, as: UInt64.self), map.load(at: offset + 24, as: UInt64.self)
            ))
    }
}

/// One entry of a run; `pack` is a place in the run's list of packs.
struct RunEntry: BitwiseCopyable {
    let id: SHA256Digest
    var pack: UInt32
    let frameOffset: UInt32
    let frameStoredBytes: UInt32
    let frameTarBytes: UInt32
    let offset: UInt32
    let size: UInt32

    /// An entry that only says that the blob is known.
    init(id: SHA256Digest) {
        self.init(id: id, pack: 0, frameOffset: 0, frameStoredBytes: 0, frameTarBytes: 0, offset: 0, size: 0)
    }

    init(id: SHA256Digest, pack: UInt32, frameOffset: UInt32, frameStoredBytes: UInt32, frameTarBytes: UInt32, offset: UInt32, size: UInt32)
    {
        self.id = id
        self.pack = pack
        self.frameOffset = frameOffset
        self.frameStoredBytes = frameStoredBytes
        self.frameTarBytes = frameTarBytes
        self.offset = offset
        self.size = size
    }

    init(_ entry: IndexEntry, pack: UInt32) {
        let place = entry.location
        self.init(
            id: entry.id, pack: pack, frameOffset: UInt32(place.frameOffset), frameStoredBytes: UInt32(place.frameStoredBytes),
            frameTarBytes: UInt32(place.frameTarBytes), offset: UInt32(place.offset), size: UInt32(place.size))
    }

    func location(pack: SHA256Digest) -> BlobLocation {
        BlobLocation(
            pack: pack, frameOffset: Int(frameOffset), frameStoredBytes: Int(frameStoredBytes), frameTarBytes: Int(frameTarBytes),
            offset: Int(offset), size: Int(size))
    }
}
