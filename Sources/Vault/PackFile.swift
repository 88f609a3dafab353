import Core
import Storage
import Tarball

/// The packs of a store: names, and reading one from its end.
enum PackFile {
    static let suffix = ".tar.zst"
    /// Stored bytes at which a pack is closed.
    static let targetBytes = 64 << 20
    /// Blobs at which a pack is closed: bounds the entries that wait for its name.
    static let blobsMax = 25_000

    static func name(_ pack: SHA256Digest) -> ObjectName {
        let hex = pack.hex
        return ObjectName("\(Folder.packs.rawValue)/\(hex.prefix(2))/\(hex)\(suffix)")
    }

    /// The pack that an object's name stands for; nil for a name that is no pack's.
    static func digest(_ name: ObjectName) -> SHA256Digest? {
        guard name.base.hasSuffix(suffix), let digest = SHA256Digest(hex: String(name.base.dropLast(suffix.count))),
            self.name(digest) == name
        else { return nil }
        return digest
    }

    /// A pack that the store cannot give is damage, be it one bad sector; no permission to read is an error of its own.
    static func damage(_ name: ObjectName, _ error: StoreError) -> any Error {
        switch error.kind {
        case _ where !error.isDamage: error
        case .notFound: Failure(.damaged, "the pack \(name) is missing")
        case .shortRead: Failure(.damaged, "the pack \(name) is cut short")
        default: Failure(.damaged, "the pack \(name) cannot be read: \(error.reason)")
        }
    }

    private static func read(_ pack: SHA256Digest, _ range: Range<Int>, in store: any ObjectStore) throws -> [UInt8] {
        do throws(StoreError) { return try store.read(name(pack), range: range) } catch { throw damage(name(pack), error) }
    }

    /// The pack's own list of frames, or damage.
    static func seekTable(_ pack: SHA256Digest, bytes: Int, in store: any ObjectStore) throws -> SeekTable {
        let name = name(pack)
        let damage = Failure(.damaged, "the pack \(name) is damaged: it does not end in a list of its frames")
        guard bytes >= SeekTable.footerBytes else { throw damage }
        let footer = try read(pack, bytes - SeekTable.footerBytes..<bytes, in: store)
        guard let count = SeekTable.frameCount(footer: footer) else { throw damage }
        let length = SeekTable.storedBytes(count: count)
        guard length <= bytes, let table = SeekTable(encoded: try read(pack, bytes - length..<bytes, in: store), packBytes: bytes) else {
            throw damage
        }
        return table
    }

    /// Decodes a whole pack and lists its blobs, each checked against its name: how an index is made again. A frame that is
    /// damaged is listed in `damage`, and the others are listed; a pack without its list of frames is an error.
    static func entries(
        _ pack: SHA256Digest, bytes: Int, in store: any ObjectStore
    ) throws -> (entries: [IndexEntry], damage: [String]) {
        let table = try seekTable(pack, bytes: bytes, in: store)
        let codec = try FrameCodec()
        var entries: [IndexEntry] = []
        var damage: [String] = []
        var offset = 0
        for frame in table.frames {
            do {
                let stored = try read(pack, offset..<offset + frame.storedBytes, in: store)
                for blob in try members(of: try codec.open(stored, tarBytes: frame.tarBytes)) {
                    let place = BlobLocation(
                        pack: pack, frameOffset: offset, frameStoredBytes: frame.storedBytes, frameTarBytes: frame.tarBytes,
                        offset: blob.content.lowerBound, size: blob.content.count)
                    if place.isSane { entries.append(IndexEntry(id: blob.id, location: place)) }
                }
            } catch let error as Failure where error.code == .damaged {
                damage.append("the pack \(name(pack)) is damaged at byte \(offset): \(error.message)")
            }
            // No writer puts so many into one; empty ones without end take no room.
            guard entries.count <= 2 * blobsMax else { throw Failure(.damaged, "the pack \(name(pack)) holds too many blobs") }
            offset += frame.storedBytes
        }
        return (entries, damage)
    }

    /// The blobs of a frame, each equal to its name. The last frame of a pack holds the end of the archive instead.
    static func members(of tar: [UInt8]) throws -> [(id: SHA256Digest, content: Range<Int>)] {
        if tar == BlobMember.endOfArchive { return [] }
        var members: [(id: SHA256Digest, content: Range<Int>)] = []
        var offset = 0
        while offset < tar.count {
            guard let member = BlobMember.read(tar, at: offset) else {
                throw Failure(.damaged, "a malformed tar member at byte \(offset) of a frame")
            }
            guard SHA256Digest(of: tar.span.extracting(member.content).bytes) == member.id else {
                throw Failure(.damaged, "the blob \(member.id.hex) is damaged: its content has another digest")
            }
            members.append(member)
            offset += BlobMember.tarBytes(size: member.content.count)
        }
        return members
    }
}
