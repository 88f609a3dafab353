public import Core
public import Storage
public import Tarball

/// Reads blobs and contents back, each byte checked against the digest that names it.
///
/// Decoded frames are kept for a while, since neighbours in a tree are neighbours in frames; a frame that several threads want is
/// decoded once. A blob that cannot be read in one place is looked for in the others where it lies.
public final class BlobReader: Sendable {
    private struct FrameKey: Hashable {
        let pack: SHA256Digest
        let offset: Int
    }

    private enum Frame {
        case loading
        case ready(tar: [UInt8], used: Int)
    }

    private struct Cache {
        var frames: [FrameKey: Frame] = [:]
        var bytes = 0
        var clock = 0
        var wanted: [BlobLocation] = []
        var readers = 0
    }

    private static let wantedMax = 4

    /// Where blobs lie.
    public let index: BlobIndex
    private let store: any ObjectStore
    package let cancellation: Cancellation
    private let cacheBytes: Int
    private let cache = Monitor(Cache())
    /// Remembers which blobs were compared with their names, and need not be again.
    private let health: BlobHealth?
    private let codecs = Pool<FrameCodec>(limit: Crew.size)
    /// For frames that are being decoded.
    private let decoding = ByteBudget(36 << 20)

    /// A reader of a vault's blobs; it may be used from several threads.
    public convenience init(store: any ObjectStore, index: BlobIndex, cancellation: Cancellation = Cancellation()) {
        self.init(store: store, index: index, cancellation: cancellation, health: nil)
    }

    init(
        store: any ObjectStore, index: BlobIndex, cacheBytes: Int = 24 << 20, cancellation: Cancellation, health: BlobHealth?
    ) {
        self.cancellation = cancellation
        self.health = health
        self.store = store
        self.index = index
        self.cacheBytes = cacheBytes
    }

    /// Gives the blob's bytes to `body`. A blob that is nowhere whole is `.damaged`.
    ///
    /// - Parameter isChecked: compares the bytes with the id. Without, only zstd's checksum stands for them: for a caller who
    ///   compares the digest of something larger.
    public func withBlob<Result>(
        _ id: SHA256Digest, isChecked: Bool = true, _ body: (borrowing RawSpan) throws -> Result
    ) throws -> Result {
        var failure: (any Error)?
        var places = index.locations(of: id)[...]
        var isLastResort = false
        while true {
            guard let place = places.popFirst() else {
                if isLastResort { throw failure ?? Failure(.damaged, "the blob \(id.hex) is missing") }
                isLastResort = true
                places = try index.recoveredLocations(of: id, store: store, cancellation: cancellation)[...]
                continue
            }
            let tar: [UInt8]
            // A blob that was right before need not be hashed again: a content of several blobs has a digest of its own.
            let isChecked = isChecked && !(health?.isProven(id, at: place) ?? false)
            do { tar = try isChecked ? checkedFrame(place, id) : frame(place, for: id) } catch {
                if let error = error as? Failure, error.code != .damaged { throw error }
                // Another place may have it; of this one nothing is known.
                if (error as? StoreError)?.isDamage ?? true { health?.note(id, at: place, isGood: false) }
                failure = failure ?? error
                continue
            }
            if isChecked { health?.note(id, at: place, isGood: true) }
            return try body(tar.span.extracting(place.offset..<place.offset + place.size).bytes)
        }
    }

    /// The bytes of a blob, compared with its name. One that no pack gives whole is `.damaged`.
    public func blob(_ id: SHA256Digest) throws -> [UInt8] {
        try withBlob(id) { span in span.withUnsafeBytes { Array($0) } }
    }

    /// Whether the blob can be read at this very place.
    func isReadable(_ entry: IndexEntry) throws -> Bool {
        do { _ = try checkedFrame(entry.location, entry.id) } catch let error as Failure where error.code == .damaged {
            return false
        }
        return true
    }

    /// Whether the blob was found, and found right, in a pack that no index names.
    func isRecovered(_ id: SHA256Digest, size: Int64) throws -> Bool {
        try index.recoveredLocations(of: id, store: store, cancellation: cancellation).contains { $0.size == size }
    }

    /// The parts of a large content. What does not decode is `.damaged`.
    public func recipe(_ id: SHA256Digest) throws -> Recipe {
        guard let recipe = Recipe(text: try blob(id)) else { throw Failure(.damaged, "the recipe \(id.hex) is malformed") }
        return recipe
    }

    /// Gives a content to `body` piece by piece. When it returns, size and digest of the whole were what the tree says.
    ///
    /// - Parameter checksPieces: compares each blob of a content of several before it is given to `body`, and looks for another
    ///   copy of one that is wrong. Without, a wrong piece is found only at the end, by the digest of the whole.
    public func read(
        _ contents: TreeEntry.FileContents, checksPieces: Bool = true, _ body: (borrowing RawSpan) throws -> Void
    ) throws {
        switch contents.location {
        case .blob(let id):
            guard id == contents.digest else { throw Failure(.damaged, "the tree names the blob \(id.hex) for another content") }
            try withBlob(id) { bytes in
                guard bytes.byteCount == contents.size else {
                    throw Failure(.damaged, "the tree says another size than the blob \(id.hex) has")
                }
                try body(bytes)
            }
        case .recipe(let id):
            let recipe = try recipe(id)
            guard recipe.size == contents.size else {
                throw Failure(.damaged, "the recipe \(id.hex) makes another size than the tree says")
            }
            var whole = SHA256Hasher()
            try read(recipe, checksPieces) { bytes in
                whole.update(bytes)
                try body(bytes)
            }
            guard whole.finish() == contents.digest else {
                throw Failure(.damaged, "the recipe \(id.hex) makes another content than the tree says")
            }
        }
    }

    /// Decodes frames that the reader of a large file will want next, until `isDone`; whoever makes it true calls `wake`.
    public func help(until isDone: () -> Bool) {
        while true {
            var place: BlobLocation?
            let isThereMore = cache.wait { cache -> Bool? in
                if cache.wanted.isEmpty { return isDone() ? false : nil }
                place = cache.wanted.removeFirst()
                return true
            }
            guard isThereMore, let place else { return }
            // The reader itself will meet the error and report it.
            _ = try? frame(place)
        }
    }

    /// Has those who wait in `help` look again.
    public func wake() { cache.update { _ in } }

    private func read(_ recipe: Recipe, _ checksPieces: Bool, _ body: (borrowing RawSpan) throws -> Void) throws {
        var announced: SHA256Digest?
        var ahead = 0
        for (number, part) in recipe.parts.enumerated() {
            // A few blobs ahead: about two frames, which another thread may decode meanwhile.
            while ahead < min(number + 8, recipe.parts.count) {
                let id = recipe.parts[ahead].id
                ahead += 1
                if ahead > number + 1, announced != id, let place = index.locations(of: id).first { announce(place) }
                announced = id
            }
            try withBlob(part.id, isChecked: checksPieces) { bytes in
                guard bytes.byteCount == part.size else {
                    throw Failure(.damaged, "a recipe says another size than the blob \(part.id.hex) has")
                }
                try body(bytes)
            }
        }
    }

    private func announce(_ place: BlobLocation) {
        let key = FrameKey(pack: place.pack, offset: place.frameOffset)
        cache.update { cache in
            if cache.frames[key] != nil || cache.wanted.contains(where: { $0.pack == key.pack && $0.frameOffset == key.offset }) { return }
            if cache.wanted.count == Self.wantedMax { cache.wanted.removeFirst() }
            cache.wanted.append(place)
        }
    }

    /// The frame, in which the blob was compared with its name.
    private func checkedFrame(_ place: BlobLocation, _ id: SHA256Digest) throws -> [UInt8] {
        let tar = try frame(place)
        guard place.offset + place.size <= tar.count,
            SHA256Digest(of: tar.span.extracting(place.offset..<place.offset + place.size).bytes) == id
        else { throw Failure(.damaged, "the blob \(id.hex) in \(PackFile.name(place.pack)) is not what its name says") }
        return tar
    }

    /// The frame, if the blob's place lies in it.
    private func frame(_ place: BlobLocation, for id: SHA256Digest) throws -> [UInt8] {
        let tar = try frame(place)
        guard place.offset + place.size <= tar.count else {
            throw Failure(.damaged, "the index places the blob \(id.hex) outside its frame")
        }
        return tar
    }

    private func frame(_ place: BlobLocation) throws -> [UInt8] {
        let key = FrameKey(pack: place.pack, offset: place.frameOffset)
        let cached = cache.wait { cache -> [UInt8]?? in
            cache.clock += 1
            switch cache.frames[key] {
            case .loading: return nil
            case .ready(let tar, _):
                cache.frames[key] = .ready(tar: tar, used: cache.clock)
                return .some(tar)
            case nil:
                cache.frames[key] = .loading
                return .some(nil)
            }
        }
        if let cached { return cached }
        do {
            let tar = try decoding.with(place.frameStoredBytes + place.frameTarBytes) { try load(place) }
            cache.update { cache in
                cache.frames[key] = .ready(tar: tar, used: cache.clock)
                cache.bytes += tar.count
                evict(&cache)
            }
            return tar
        } catch {
            cache.update { $0.frames[key] = nil }
            throw error
        }
    }

    private func evict(_ cache: inout Cache) {
        while cache.bytes > cacheBytes, cache.frames.count > 1 {
            var oldest: (key: FrameKey, used: Int, bytes: Int)?
            for case (let key, .ready(let tar, let used)) in cache.frames where used < oldest?.used ?? .max {
                oldest = (key, used, tar.count)
            }
            guard let oldest else { return }
            cache.frames[oldest.key] = nil
            cache.bytes -= oldest.bytes
        }
    }

    private func load(_ place: BlobLocation) throws -> [UInt8] {
        let name = PackFile.name(place.pack)
        let stored: [UInt8]
        do { stored = try store.read(name, range: place.frameOffset..<place.frameOffset + place.frameStoredBytes) } catch {
            throw PackFile.damage(name, error)
        }
        let codec = try codecs.take() ?? FrameCodec()
        let opened = Result { try codec.open(stored, tarBytes: place.frameTarBytes) }
        codecs.put(codec)
        do { return try opened.get() } catch {
            throw Failure(.damaged, "the pack \(name) is damaged at byte \(place.frameOffset): \(error)")
        }
    }
}
