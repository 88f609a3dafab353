import Core
import Storage
import Tarball
import TestSupport
import Testing

@testable import Vault

@Suite struct ContentRoundTripTests {
    /// Stores contents one after the other and gives where each is.
    private func store(_ contents: [[UInt8]], in vault: Vault, chunking: VaultHeader.Chunking) throws -> [ContentWriter.Result] {
        let writer = VaultWriter(
            store: vault.store, index: try vault.indexForWriting(cache: .none, cancellation: Cancellation()), cancellation: Cancellation())
        let worker = try VaultWriter.Worker(writer)
        var content = ContentWriter(writer, worker: worker, chunking: chunking)
        let results = try contents.map { try content.store($0, cancellation: Cancellation()) }
        try worker.flush()
        try worker.help { true }
        try writer.close()
        return results
    }

    private func read(_ result: ContentWriter.Result, _ reader: BlobReader, checksPieces: Bool = true) throws -> [UInt8] {
        var bytes: [UInt8] = []
        let contents = TreeEntry.FileContents(size: result.size, digest: result.digest, location: result.location)
        try reader.read(contents, checksPieces: checksPieces) { piece in piece.withUnsafeBytes { bytes.append(contentsOf: $0) } }
        return bytes
    }

    @Test("Contents of any size are read back, with small chunks", arguments: seeds)
    func smallChunks(seed: UInt64) throws {
        let test = try TestVault()
        var random = SeededGenerator(seed: seed)
        var sizes = [0, 1, 255, 256, 257, 1023, 1024, 1025, 4095, 4096, 4097, 8191, 8192, 8193, 12_288]
        sizes += (0..<20).map { _ in random.below(100_000) }
        let contents = sizes.shuffled(using: &random).map { random.bytes($0) }
        let results = try store(contents, in: test.vault, chunking: .small)
        let reader = BlobReader(store: test.vault.store, index: try test.vault.index(cache: .none))
        for (content, result) in zip(contents, results) {
            #expect(result.size == Int64(content.count) && result.digest == SHA256Digest(of: content))
            #expect(try read(result, reader) == content)
            #expect(try read(result, reader, checksPieces: false) == content)
        }
    }

    @Test("Contents at the bounds of the chunks that vaults use are read back")
    func standardChunks() throws {
        let test = try TestVault()
        let (minimum, maximum) = (128 << 10, 2 << 20)
        let sizes = [0, minimum - 1, minimum, minimum + 1, maximum - 1, maximum, maximum + 1, 2 * maximum, 20_000_000]
        let contents = sizes.enumerated().map { noise($0.element, seed: UInt64($0.offset)) }
        let results = try store(contents, in: test.vault, chunking: .standard)
        let reader = BlobReader(store: test.vault.store, index: try test.vault.index(cache: .none))
        for (content, result) in zip(contents, results) {
            let isSame = try read(result, reader) == content
            #expect(isSame && result.size == Int64(content.count), "\(content.count) bytes")
        }
    }

    @Test("A content that is one chunk is one blob, any other has a recipe", arguments: [0, 1, 256, 4095, 4096, 4097, 5000, 8192])
    func location(size: Int) throws {
        let test = try TestVault()
        // Zeros are cut at the maximum only.
        let content = [UInt8](repeating: 0, count: size)
        let result = try #require(try store([content], in: test.vault, chunking: .small).first)
        #expect((result.location == .blob(result.digest)) == (size <= 4096))
        let reader = BlobReader(store: test.vault.store, index: try test.vault.index(cache: .none))
        if case .recipe(let id) = result.location { #expect(try reader.recipe(id).size == Int64(size)) }
        #expect(try read(result, reader) == content)
    }

    @Test("A file may grow or shrink after it was opened, and comes in pieces of any size", arguments: [0, 10, 5000, 2 << 20])
    func otherSizeThanExpected(expected: Int64) throws {
        let test = try TestVault()
        let content = noise(50_000, seed: 7)
        let writer = VaultWriter(
            store: test.vault.store, index: try test.vault.indexForWriting(cache: .none, cancellation: Cancellation()),
            cancellation: Cancellation())
        let worker = try VaultWriter.Worker(writer)
        var contents = ContentWriter(writer, worker: worker, chunking: .small)
        var results: [ContentWriter.Result] = []
        for piece in [1000, 333, 100_000] {
            var position = 0
            results.append(
                try contents.store(expectedBytes: expected, cancellation: Cancellation()) { buffer, start, count in
                    let length = min(count, piece, content.count - position)
                    buffer.replaceSubrange(start..<start + length, with: content[position..<position + length])
                    position += length
                    return length
                })
        }
        try worker.flush()
        try worker.help { true }
        try writer.close()
        let reader = BlobReader(store: test.vault.store, index: try test.vault.index(cache: .none))
        #expect(Set(results.map(\.location)).count == 1 && results[1].newBytes == 0)
        #expect(try read(results[0], reader) == content)
    }

    @Test("What the vault has is not stored again")
    func deduplication() throws {
        let test = try TestVault()
        let content = noise(50_000, seed: 3)
        let first = try store([content, content, []], in: test.vault, chunking: .small)
        #expect(first[0].newBytes > 50_000 && first[0].newBytes < 60_000)
        #expect(first[1].newBytes == 0 && first[1].location == first[0].location)
        let packs = try test.vault.store.list(.packs).count
        let changed = Array(content.prefix(25_000)) + [1] + Array(content.suffix(25_000))
        let second = try store([content, changed], in: test.vault, chunking: .small)
        #expect(second[0].newBytes == 0 && second[1].newBytes < 15_000)
        #expect(try test.vault.store.list(.packs).count == packs + 2)
    }

    @Test("A run that adds nothing writes nothing")
    func nothingNew() throws {
        let test = try TestVault()
        try backup(["a": noise(5000, seed: 1)], to: test.vault, at: 1)
        let packs = try test.vault.store.list(.packs)
        let indexes = try test.vault.store.list(.indexes)
        try backup(["a": noise(5000, seed: 1)], to: test.vault, at: 1)
        #expect(try test.vault.store.list(.packs) == packs && test.vault.store.list(.indexes) == indexes)
    }

    @Test("Threads that store at once lose nothing and store nothing twice")
    func threads() throws {
        let test = try TestVault()
        let vault = test.vault
        let index = try vault.indexForWriting(cache: .none, cancellation: Cancellation())
        let writer = VaultWriter(store: vault.store, index: index, cancellation: Cancellation())
        let contents = (0..<12).map { noise(100_000 + 1000 * $0, seed: UInt64($0 % 6)) }
        let results = Monitor<[(number: Int, result: ContentWriter.Result)]>([])
        let busy = Monitor(4)
        try Crew.run(4) { thread in
            let worker = try VaultWriter.Worker(writer)
            var content = ContentWriter(writer, worker: worker, chunking: .small)
            for number in stride(from: thread, to: contents.count, by: 4) {
                let result = try content.store(contents[number], cancellation: Cancellation())
                results.withLock { $0.append((number, result)) }
            }
            try worker.flush()
            busy.withLock { $0 -= 1 }
            writer.wake()
            try worker.help { busy.withLock { $0 == 0 } }
        }
        try writer.close()
        let reader = BlobReader(store: vault.store, index: try vault.index(cache: .none))
        let stored = results.withLock { $0 }
        #expect(stored.count == 12)
        try Crew.run(3) { thread in
            for (number, result) in stored.dropFirst(thread) {
                let bytes = try self.read(result, reader)
                #expect(bytes == contents[number])
            }
        }
        var ids: [SHA256Digest: Int] = [:]
        for object in try vault.store.list(.indexes) { try IndexStore.read(object.name, in: vault.store) { ids[$0.id, default: 0] += 1 } }
        #expect(ids.values.allSatisfy { $0 == 1 })
    }

    @Test("A cancelled run ends with that, and leaves no snapshot")
    func cancelled() throws {
        let test = try TestVault()
        let cancellation = Cancellation()
        let writer = VaultWriter(
            store: test.vault.store, index: try test.vault.indexForWriting(cache: .none, cancellation: Cancellation()),
            cancellation: cancellation)
        var content = ContentWriter(writer, worker: try VaultWriter.Worker(writer), chunking: .small)
        cancellation.cancel()
        #expect(errorCode { _ = try content.store(noise(50_000, seed: 1), cancellation: cancellation) } == .interrupted)
        #expect(try test.vault.store.list(.packs).isEmpty)
    }
}
