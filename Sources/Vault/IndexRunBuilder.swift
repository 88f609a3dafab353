import Core
import FileTree
import Glibc
import Tarball

/// Sorts any number of index entries into one run: full buffers are sorted and spilled, and the spills are merged.
struct IndexRunBuilder {
    /// 11 MiB of entries in memory.
    private static let bufferEntries = 200_000
    private static let fanIn = 16

    private var packs: [SHA256Digest]
    private var buffer: [RunEntry] = []
    private var runs: [IndexRun]
    private let folder: CacheFolder

    /// Starts from a run that exists, whose packs keep their numbers, or from nothing.
    init(folder: CacheFolder, base: IndexRun?) {
        self.folder = folder
        packs = base.map { base in (0..<base.packCount).map { base.pack($0) } } ?? []
        runs = base.map { [$0] } ?? []
        buffer.reserveCapacity(Self.bufferEntries)
    }

    /// Entries of one pack come together, so a pack is listed once an index.
    mutating func add(_ entry: IndexEntry) throws {
        if packs.last != entry.location.pack { packs.append(entry.location.pack) }
        try add(RunEntry(entry, pack: UInt32(packs.count - 1)))
    }

    mutating func add(_ entry: RunEntry) throws {
        buffer.append(entry)
        if buffer.count == Self.bufferEntries { try spill() }
    }

    /// Merges all into one file; under `name` in the cache, or nameless when nil.
    mutating func finish(name: String?) throws -> IndexRun {
        if !buffer.isEmpty || runs.isEmpty { try spill() }
        while runs.count > Self.fanIn {
            runs = Array(runs.dropFirst(Self.fanIn)) + [try merge(Array(runs.prefix(Self.fanIn)), packs: [], name: nil)]
        }
        return try merge(runs, packs: packs, name: name)
    }

    private mutating func spill() throws {
        buffer.sort { $0.id < $1.id }
        let writer = try RunWriter(folder.temporaryFile(), packs: [], count: buffer.count)
        for entry in buffer { try writer.append(entry) }
        runs.append(try writer.finish())
        buffer.removeAll(keepingCapacity: true)
    }

    private func merge(_ runs: [IndexRun], packs: [SHA256Digest], name: String?) throws -> IndexRun {
        let target = try folder.temporaryFile(name: name)
        let writer = try RunWriter(target, packs: packs, count: runs.reduce(0) { $0 + $1.count })
        var heads = runs.filter { $0.count > 0 }.map { (run: $0, next: 0, id: $0.id(0)) }
        while !heads.isEmpty {
            var least = 0
            for index in heads.indices.dropFirst() where heads[index].id < heads[least].id { least = index }
            try writer.append(heads[least].run.entry(heads[least].next))
            heads[least].next += 1
            if heads[least].next == heads[least].run.count {
                heads.remove(at: least)
            } else {
                heads[least].id = heads[least].run.id(heads[least].next)
            }
        }
        guard let name else { return try writer.finish() }
        let run = try writer.finishWithChecksum()
        try folder.publish(target, as: name)
        return run
    }
}

/// Writes entries that come sorted.
private final class RunWriter {
    private let file: OpenFile
    private var bytes: [UInt8] = []
    private static let flushBytes = 1 << 20

    init(_ file: OpenFile, packs: [SHA256Digest], count: Int) throws {
        self.file = file
        bytes.reserveCapacity(Self.flushBytes + 64)
        put(IndexRun.magic)
        // The place of the checksum, which is known at the end.
        put(UInt64(0))
        put(UInt64(count))
        put(UInt64(packs.count))
        for pack in packs { put(pack.words) }
    }

    func append(_ entry: RunEntry) throws {
        put(entry.id.words)
        put((entry.pack, entry.frameOffset, entry.frameStoredBytes, entry.frameTarBytes, entry.offset, entry.size))
        if bytes.count >= Self.flushBytes {
            try file.write(bytes)
            bytes.removeAll(keepingCapacity: true)
        }
    }

    func finish() throws -> IndexRun {
        try file.write(bytes)
        bytes.removeAll()
        guard let run = try IndexRun(file) else {
            throw Failure(.failed, "the index cache cannot be read back: suspect the disk of the cache")
        }
        return run
    }

    /// As `finish`, for a run that a later program is to believe.
    func finishWithChecksum() throws -> IndexRun {
        let run = try finish()
        try file.seek(to: Int64(IndexRun.checksumOffset))
        put(run.checksum)
        try file.write(bytes)
        return run
    }

    private func put<Value: BitwiseCopyable>(_ value: Value) {
        withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
    }
}
