import Core
import Storage
import Tarball
import TestSupport
import Testing

@testable import Vault

@Suite struct BlobReaderTests {
    private let content = noise(3000, seed: 1)
    private var id: SHA256Digest { SHA256Digest(of: content) }

    /// A vault in which a blob lies in two packs.
    private func twice() throws -> (test: TestVault, places: [BlobLocation]) {
        let test = try TestVault()
        // No chunking: the content is one blob.
        try backup(["a": content, "x": noise(100, seed: 8)], to: test.vault, at: 1, chunking: .standard)
        let blind = FaultyStore(test.vault.store, .init(hides: { _ in true }))
        try backup(["a": content, "y": noise(100, seed: 9)], to: test.through(blind), at: 2, chunking: .standard)
        let places = try test.vault.index(cache: .none).locations(of: id)
        #expect(places.count == 2)
        return (test, places)
    }

    private func reader(_ test: TestVault) throws -> BlobReader {
        BlobReader(store: test.vault.store, index: try test.vault.index(cache: .none))
    }

    private func damage(_ place: BlobLocation, in test: TestVault) throws {
        try test.scratch.flip(PackFile.name(place.pack).text, at: place.frameOffset + place.frameStoredBytes / 2)
    }

    @Test("A blob that is damaged in one place is read from the other", arguments: 0..<2)
    func secondPlace(number: Int) throws {
        let (test, places) = try twice()
        try damage(places[number], in: test)
        let index = try test.vault.index(cache: .none)
        let health = BlobHealth(index.run)
        let reader = BlobReader(store: test.vault.store, index: index, cancellation: Cancellation(), health: health)
        for _ in 0..<2 { #expect(try reader.blob(id) == content) }
        #expect(health.isProven(id, size: 3000) && !health.isProven(id, at: places[number]))
        let contents = TreeEntry.FileContents(size: 3000, digest: id, location: .blob(id))
        #expect(throws: Never.self) { try reader.read(contents) { _ in } }
    }

    @Test("A pack that is missing or cut short is as good as damaged")
    func missingPack() throws {
        let (test, places) = try twice()
        try test.scratch.remove(PackFile.name(places[0].pack).text)
        #expect(try reader(test).blob(id) == content)
        let name = PackFile.name(places[1].pack).text
        try test.scratch.write(Array(try test.scratch.read(name).prefix(100)), to: name)
        #expect(errorCode { _ = try reader(test).blob(id) } == .damaged)
    }

    @Test("A blob that is nowhere whole is damaged, and its neighbours in other frames are not")
    func bothDamaged() throws {
        let (test, places) = try twice()
        for place in places { try damage(place, in: test) }
        let reader = try reader(test)
        #expect(errorCode { _ = try reader.blob(id) } == .damaged)
        #expect(errorCode { _ = try reader.blob(id) } == .damaged)
        #expect(errorCode { _ = try reader.blob(SHA256Digest(of: [1])) } == .damaged)
    }

    @Test("A content whose size, digest or recipe is not what the tree says is damaged")
    func wrongContents() throws {
        let (test, _) = try twice()
        let large = noise(20_000, seed: 5)
        let snapshot = try backup(["large": large], to: test.vault, at: 3)
        let reader = try reader(test)
        var tree = try TreeReader(reader, snapshot)
        let stored = try #require(try tree.next()?.entry.contents)
        guard case .recipe(let recipe) = stored.location else {
            Issue.record("not a recipe")
            return
        }
        let wrong: [TreeEntry.FileContents] = [
            .init(size: 2999, digest: id, location: .blob(id)), .init(size: 3000, digest: stored.digest, location: .blob(id)),
            .init(size: 19_999, digest: stored.digest, location: .recipe(recipe)),
            .init(size: 20_000, digest: id, location: .recipe(recipe)),
            .init(size: 3000, digest: id, location: .recipe(id)), .init(size: 3000, digest: id, location: .recipe(SHA256Digest(of: [9]))),
        ]
        for contents in wrong { #expect(errorCode { try reader.read(contents) { _ in } } == .damaged) }
        #expect(throws: Never.self) { try reader.read(stored) { _ in } }
    }

    @Test("An error of the caller's own ends the reading as it is")
    func callersError() throws {
        struct Own: Error {}
        let (test, _) = try twice()
        let reader = try reader(test)
        #expect(throws: Own.self) { try reader.withBlob(id) { _ in throw Own() } }
        #expect(try reader.blob(id) == content)
    }

    @Test("A cache too small for one frame still reads everything")
    func smallCache() throws {
        let test = try TestVault()
        let files = Dictionary(uniqueKeysWithValues: (0..<5).map { ("f\($0)", noise(1 << 20, seed: UInt64($0))) })
        let snapshot = try backup(files, to: test.vault, chunking: .standard)
        let index = try test.vault.index(cache: .none)
        let reader = BlobReader(store: test.vault.store, index: index, cacheBytes: 1, cancellation: Cancellation(), health: nil)
        for _ in 0..<2 {
            var tree = try TreeReader(reader, snapshot)
            while let parsed = try tree.next() {
                guard let contents = parsed.entry.contents else { continue }
                #expect(throws: Never.self) { try reader.read(contents) { _ in } }
            }
            #expect(tree.damage.isEmpty)
        }
    }

    @Test("Threads that want one frame read it once")
    func sharedFrame() throws {
        let (test, _) = try twice()
        let store = FaultyStore(test.vault.store)
        let reader = BlobReader(store: store, index: try test.vault.index(cache: .none))
        let id = id
        try Crew.run(6) { _ in _ = try reader.blob(id) }
        #expect(store.counts.reads == 1)
    }
}
