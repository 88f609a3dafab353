import Storage
import Tarball

/// The packs of a store: names, and reading one from its end.
enum PackFile {
    static let suffix = ".tar.zst"
    /// Stored bytes at which a pack is closed.
    static let targetBytes = 64 << 20
    /// Blobs at which a pack is closed: bounds the entries that wait for its name.
    static let blobsMax = 25_000
    private static let framesReadMax = 1 << 20

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

    /// The pack's own list of frames, or damage.
    static func seekTable(_ pack: SHA256Digest, bytes: Int, in store: any ObjectStore) throws -> SeekTable {
        let name = name(pack)
        let damage = VaultError(.damaged, "the pack \(name) is damaged: it does not end in a list of its frames")
        guard bytes >= SeekTable.footerBytes else { throw damage }
        let footer = try store.read(name, range: bytes - SeekTable.footerBytes..<bytes)
        guard let count = SeekTable.frameCount(footer: footer) else { throw damage }
        let length = SeekTable.storedBytes(count: count)
        guard length <= bytes, let table = SeekTable(encoded: try store.read(name, range: bytes - length..<bytes), packBytes: bytes) else {
            throw damage
        }
        return table
    }

    /// Decodes a whole pack and lists its blobs, each checked against its name: how an index is made again.
    static func entries(_ pack: SHA256Digest, bytes: Int, in store: any ObjectStore) throws -> [IndexEntry] {
        let table = try seekTable(pack, bytes: bytes, in: store)
        let codec = try FrameCodec()
        var entries: [IndexEntry] = []
        var offset = 0
        for frame in table.frames {
            let stored = try store.read(name(pack), range: offset..<offset + frame.storedBytes)
            do {
                let tar = try codec.open(stored, tarBytes: frame.tarBytes)
                for blob in try members(of: tar) {
                    let place = BlobLocation(
                        pack: pack, frameOffset: offset, frameStoredBytes: frame.storedBytes, frameTarBytes: frame.tarBytes,
                        offset: blob.content.lowerBound, size: blob.content.count)
                    entries.append(IndexEntry(id: blob.id, location: place))
                }
            } catch let error as ZstdError {
                throw VaultError(.damaged, "the pack \(name(pack)) is damaged at byte \(offset): \(error)")
            }
            offset += frame.storedBytes
        }
        return entries
    }

    /// The blobs of a frame, each equal to its name. The last frame of a pack holds the end of the archive instead.
    static func members(of tar: [UInt8]) throws -> [(id: SHA256Digest, content: Range<Int>)] {
        if tar == BlobMember.endOfArchive { return [] }
        var members: [(id: SHA256Digest, content: Range<Int>)] = []
        var offset = 0
        while offset < tar.count {
            guard let member = BlobMember.read(tar, at: offset) else {
                throw VaultError(.damaged, "a malformed tar member at byte \(offset) of a frame")
            }
            guard SHA256Digest(of: tar.span.extracting(member.content).bytes) == member.id else {
                throw VaultError(.damaged, "the blob \(member.id.hex) is damaged: its content has another digest")
            }
            members.append(member)
            offset += BlobMember.tarBytes(size: member.content.count)
        }
        return members
    }
}
