import Core
import Storage
import Tarball

/// A frame on its way into a pack, with the blobs that are in it. One that is handed on is not kept, so that its memory is used again.
struct OpenFrame {
    struct Member {
        let id: SHA256Digest
        let offset: Int
        let size: Int
    }

    /// Tar bytes at which a frame is closed.
    static let targetBytes = 2 << 20

    private(set) var tar: [UInt8] = []
    private(set) var members: [Member] = []

    /// Makes room for another frame; what is much larger than most is given back.
    mutating func clear() {
        members.removeAll(keepingCapacity: true)
        if tar.capacity > 2 * Self.targetBytes { tar = [] } else { tar.removeAll(keepingCapacity: true) }
    }

    mutating func add(_ id: SHA256Digest, _ content: borrowing RawSpan) {
        if tar.capacity < Self.targetBytes { tar.reserveCapacity(Self.targetBytes + (1 << 20)) }
        let offset = BlobMember.append(id, content, to: &tar)
        members.append(Member(id: id, offset: offset, size: content.byteCount))
    }

    /// Whether a further blob belongs into the next frame: a full one is closed, and a large blob does not swell a half full one.
    func isFull(before size: Int) -> Bool {
        !tar.isEmpty && tar.count + BlobMember.tarBytes(size: size) > Self.targetBytes + Self.targetBytes / 4
    }
}

/// One sequence of packs, filled frame by frame by any thread.
final class PackStream: Sendable {
    private struct State {
        var pack: OpenPack?
        var storedBytes = 0
        /// A frame that was lost is missing from what counts as stored: after that nothing of this run may be published.
        var failure: (any Error)?
    }

    private let store: any ObjectStore
    private let journal: IndexJournal
    private let state = Monitor(State())

    init(store: any ObjectStore, journal: IndexJournal) {
        self.store = store
        self.journal = journal
    }

    /// Stored bytes of all finished packs.
    var storedBytes: Int { state.withLock { $0.storedBytes } }

    /// Appends a compressed frame. The thread that fills a pack finishes it, outside the lock.
    func append(_ stored: borrowing RawSpan, of frame: OpenFrame) throws {
        let full: OpenPack? = try stored.withUnsafeBytes { stored in
            try state.withLock { state in
                if let failure = state.failure { throw failure }
                do {
                    let pack = try state.pack ?? OpenPack(store)
                    state.pack = nil
                    try pack.append(stored.bytes, tarBytes: frame.tar.count, members: frame.members)
                    if pack.isFull { return pack }
                    state.pack = pack
                    return nil
                } catch {
                    state.failure = error
                    throw error
                }
            }
        }
        if let full { try finish(full) }
    }

    /// Finishes the pack that is open, if there is one.
    func close() throws {
        let last: OpenPack? = try state.withLock { state in
            if let failure = state.failure { throw failure }
            let last = state.pack
            state.pack = nil
            return last
        }
        if let last { try finish(last) }
    }

    private func finish(_ pack: OpenPack) throws {
        do {
            let (entries, bytes) = try pack.finish()
            state.withLock { $0.storedBytes += bytes }
            try journal.add(entries)
        } catch {
            state.withLock { $0.failure = error }
            throw error
        }
    }
}

/// A pack being written. Used under the lock of its stream.
private final class OpenPack {
    private let store: any ObjectStore
    private let upload: any Upload
    private var hasher = SHA256Hasher()
    private var bytes = 0
    private var table = SeekTable()
    private var blobs: [(member: OpenFrame.Member, frame: Int, frameOffset: Int)] = []

    init(_ store: any ObjectStore) throws(StoreError) {
        self.store = store
        upload = try store.create()
    }

    var isFull: Bool { bytes >= PackFile.targetBytes || blobs.count >= PackFile.blobsMax }

    func append(_ stored: [UInt8], tarBytes: Int, members: [OpenFrame.Member]) throws {
        try append(stored.span.bytes, tarBytes: tarBytes, members: members)
    }

    func append(_ stored: borrowing RawSpan, tarBytes: Int, members: [OpenFrame.Member]) throws {
        for member in members { blobs.append((member, table.frames.count, bytes)) }
        table.frames.append(SeekTable.Frame(storedBytes: stored.byteCount, tarBytes: tarBytes))
        try write(stored)
    }

    /// Ends the archive, makes the pack durable, and tells where its blobs lie.
    func finish() throws -> (entries: [IndexEntry], bytes: Int) {
        let end = BlobMember.endOfArchive
        try append(try FrameCodec().seal(end), tarBytes: end.count, members: [])
        var pack = digest()
        if try store.holdsDamaged(PackFile.name(pack), pack) {
            // The same blobs were stored before and have been damaged since. Nothing is overwritten: this pack gets another name.
            try append(Self.filler(), tarBytes: 0, members: [])
            pack = digest()
        }
        try write(table.encoded())
        try upload.finish(as: PackFile.name(pack), digest: pack)
        let entries = blobs.map { blob in
            let frame = table.frames[blob.frame]
            return IndexEntry(
                id: blob.member.id,
                location: BlobLocation(
                    pack: pack, frameOffset: blob.frameOffset, frameStoredBytes: frame.storedBytes, frameTarBytes: frame.tarBytes,
                    offset: blob.member.offset, size: blob.member.size))
        }
        return (entries, bytes)
    }

    /// The name that the pack has if it ends here.
    private func digest() -> SHA256Digest {
        var whole = hasher
        whole.update(table.encoded())
        return whole.finish()
    }

    /// A frame of nothing that is never twice the same. Source: RFC 8878, "Skippable Frames".
    private static func filler() -> [UInt8] {
        [0x50, 0x2A, 0x4D, 0x18, 8, 0, 0, 0] + (0..<8).map { _ in UInt8.random(in: .min ... .max) }
    }

    private func write(_ stored: [UInt8]) throws { try write(stored.span.bytes) }

    private func write(_ stored: borrowing RawSpan) throws {
        try upload.append(stored)
        hasher.update(stored)
        bytes += stored.byteCount
    }
}

/// Collects the entries of finished packs and writes an index every few packs, so that a run that is killed is not lost.
final class IndexJournal: Sendable {
    private struct State {
        var entries: [IndexEntry] = []
        var packs = 0

        mutating func take() -> [IndexEntry] {
            defer { self = State() }
            return entries
        }
    }

    private static let packsMax = 4

    private let store: any ObjectStore
    private let state = Monitor(State())

    init(store: any ObjectStore) { self.store = store }

    func add(_ entries: [IndexEntry]) throws {
        let due = state.withLock { state -> [IndexEntry] in
            state.entries += entries
            state.packs += 1
            return state.packs >= Self.packsMax || state.entries.count + PackFile.blobsMax > IndexFile.entriesMax ? state.take() : []
        }
        try write(due)
    }

    /// Writes what is left. When it returns, every finished pack is in an index.
    func close() throws { try write(state.withLock { $0.take() }) }

    private func write(_ entries: [IndexEntry]) throws {
        if !entries.isEmpty { try IndexStore.write(entries, to: store) }
    }
}
