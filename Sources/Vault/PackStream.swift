import Storage
import Tarball

/// A frame on its way into a pack, with the blobs that are in it.
struct OpenFrame {
    struct Member {
        let id: SHA256Digest
        let offset: Int
        let size: Int
    }

    /// Tar bytes at which a frame is closed.
    static let targetBytes = 2 << 20

    var tar: [UInt8] = []
    var members: [Member] = []

    mutating func add(_ id: SHA256Digest, _ content: borrowing RawSpan) {
        if tar.isEmpty { tar.reserveCapacity(Self.targetBytes + (1 << 20)) }
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
        var packs = 0
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
    func append(_ stored: [UInt8], of frame: OpenFrame) throws {
        let full = try state.withLock { state -> OpenPack? in
            if state.pack == nil { state.pack = OpenPack(upload: try store.create()) }
            guard let pack = state.pack else { return nil }
            try pack.append(stored, tarBytes: frame.tar.count, members: frame.members)
            guard pack.isFull else { return nil }
            state.pack = nil
            return pack
        }
        if let full { try finish(full) }
    }

    /// Finishes the pack that is open, if there is one.
    func close() throws {
        let last = state.withLock { state in
            defer { state.pack = nil }
            return state.pack
        }
        if let last { try finish(last) }
    }

    private func finish(_ pack: OpenPack) throws {
        let (entries, bytes) = try pack.finish()
        state.withLock { $0.storedBytes += bytes }
        try journal.add(entries)
    }
}

/// A pack being written. Used under the lock of its stream.
private final class OpenPack {
    private let upload: any Upload
    private var hasher = SHA256Hasher()
    private var bytes = 0
    private var table = SeekTable()
    private var blobs: [(member: OpenFrame.Member, frame: Int, frameOffset: Int)] = []

    init(upload: any Upload) { self.upload = upload }

    var isFull: Bool { bytes >= PackFile.targetBytes || blobs.count >= PackFile.blobsMax }

    func append(_ stored: [UInt8], tarBytes: Int, members: [OpenFrame.Member]) throws {
        for member in members { blobs.append((member, table.frames.count, bytes)) }
        table.frames.append(SeekTable.Frame(storedBytes: stored.count, tarBytes: tarBytes))
        try write(stored)
    }

    /// Ends the archive, makes the pack durable, and tells where its blobs lie.
    func finish() throws -> (entries: [IndexEntry], bytes: Int) {
        let end = BlobMember.endOfArchive
        try append(try FrameCodec().seal(end), tarBytes: end.count, members: [])
        try write(table.encoded())
        let pack = hasher.finish()
        try upload.finish(as: PackFile.name(pack))
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

    private func write(_ stored: [UInt8]) throws {
        try upload.append(stored.span.bytes)
        hasher.update(stored)
        bytes += stored.count
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
