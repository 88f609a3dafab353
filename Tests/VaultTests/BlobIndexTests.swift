import Core
import Glibc
import Storage
import Tarball
import TestSupport
import Testing

@testable import Vault

@Suite struct BlobIndexTests {
    private let contents = (0..<4).map { noise(200, seed: UInt64($0)) }

    private let test: TestVault
    private let scratch: Scratch
    private let cache: CacheFolder

    /// A vault of several indexes and a cache that covers them.
    init() throws {
        test = try TestVault()
        scratch = try Scratch(in: "/dev/shm")
        cache = CacheFolder(path: scratch.path, vaultID: "ab")
        for (number, content) in contents.enumerated() {
            try backup(["f\(number)": content], to: test.vault, at: Int64(number), cache: cache)
        }
        _ = try test.vault.index(cache: cache)
    }

    private func expectAll(_ index: BlobIndex, sourceLocation: SourceLocation = #_sourceLocation) {
        for content in contents { #expect(index.locations(of: SHA256Digest(of: content)).count == 1, sourceLocation: sourceLocation) }
    }

    @Test("What the cache holds is not read again")
    func reuse() throws {
        let store = FaultyStore(test.vault.store)
        expectAll(try BlobIndex(store: store, folder: cache))
        #expect(store.counts.reads == 0)
        let content = noise(300, seed: 99)
        try backup(["new": content], to: test.vault, at: 99)
        let index = try BlobIndex(store: store, folder: cache)
        #expect(store.counts.reads == 1 && index.contains(SHA256Digest(of: content)))
        expectAll(index)
    }

    @Test("A cache that is lost is made again", arguments: [["index.run"], ["index.names"], ["index.run", "index.names"]])
    func lost(names: [String]) throws {
        for name in names { try scratch.remove("ab/\(name)") }
        expectAll(try test.vault.index(cache: cache))
        #expect(try Set(scratch.names("ab")) == ["index.run", "index.names"])
    }

    @Test("A cache that is cut short, overwritten or of another vault is not believed", arguments: ["index.run", "index.names"])
    func corrupted(name: String) throws {
        let good = try scratch.read("ab/\(name)")
        for bad in [[], Array(good.dropLast(3)), good + [7], noise(good.count, seed: 1)] {
            try scratch.write(bad, to: "ab/\(name)")
            expectAll(try test.vault.index(cache: cache))
        }
        let other = try BlobIndexTests()
        try scratch.write(try other.scratch.read("ab/\(name)"), to: "ab/\(name)")
        expectAll(try test.vault.index(cache: cache))
    }

    @Test("A number in the cache that leads nowhere ends nothing: the cache is made again")
    func corruptedEntry() async {
        await #expect(processExitsWith: .success) {
            let tests = try BlobIndexTests()
            var bytes = try tests.scratch.read("ab/index.run")
            // The pack of each entry: behind its digest, from the end of the file on.
            for start in stride(from: bytes.count - IndexRun.entryBytes, to: 400, by: -IndexRun.entryBytes) { bytes[start + 35] = 0x7F }
            try tests.scratch.write(bytes, to: "ab/index.run")
            tests.expectAll(try tests.test.vault.index(cache: tests.cache))
        }
    }

    @Test("Where no cache can be, the index is read from the vault")
    func noCache() throws {
        for folder in [CacheFolder.none, CacheFolder(path: "/dev/null/x", vaultID: "ab"), CacheFolder(path: "/tmp", vaultID: "../x")] {
            expectAll(try test.vault.index(cache: folder))
        }
    }

    @Test("When an index is gone, the cache that held it is of no use")
    func indexGone() throws {
        try test.scratch.remove(try test.index(of: contents[0]))
        let index = try test.vault.index(cache: cache)
        #expect(index.locations(of: SHA256Digest(of: contents[0])).isEmpty)
        #expect(index.locations(of: SHA256Digest(of: contents[1])).count == 1)
        // Looked for in the packs, once it is missed.
        #expect(try index.recoveredLocations(of: SHA256Digest(of: contents[0]), store: test.vault.store).count == 1)
    }

    @Test("A damaged index is named, and its blobs are found in the packs")
    func indexDamaged() throws {
        let name = try test.index(of: contents[2])
        try test.scratch.flip(name, at: 40)
        // The cache still knows what the index said.
        #expect(try test.vault.index(cache: cache).damage.isEmpty)
        try scratch.remove("ab/index.run")
        for _ in 0..<2 {
            let index = try test.vault.index(cache: cache)
            #expect(index.damage.count == 1 && index.damage[0].contains(name))
            #expect(try index.recoveredLocations(of: SHA256Digest(of: contents[2]), store: test.vault.store).count == 1)
        }
    }

    @Test("Packs that a killed run left are put into an index before the next backup")
    func orphans() throws {
        for name in try test.scratch.names("indexes") { try test.scratch.remove("indexes/\(name)") }
        let packs = try test.vault.store.list(.packs).count
        let files = Dictionary(uniqueKeysWithValues: contents.enumerated().map { ("f\($0.offset)", $0.element) })
        let snapshot = try backup(files, to: test.vault, at: 50, cache: cache)
        // Only the new tree was stored.
        #expect(try test.vault.store.list(.packs).count == packs + 1)
        #expect(try readBack(test.vault, snapshot).contents == files)
        expectAll(try test.vault.index(cache: .none))
    }

    @Test("A pack of a killed run that cannot be read does not stop the next backup", arguments: [true, false])
    func unreadableOrphan(isDiskToBlame: Bool) throws {
        let name = try test.pack(of: contents[3])
        try test.scratch.remove(try test.index(of: contents[3]))
        if !isDiskToBlame { try test.scratch.flip(name, at: 60) }
        let store = FaultyStore(test.vault.store, .init(unreadable: { isDiskToBlame && $0.text == name }))
        let snapshot = try backup(["again": contents[3]], to: test.through(store), at: 50)
        #expect(try readBack(test.through(store), snapshot).contents == ["again": contents[3]])
    }

    @Test("Blobs whose pack is gone are stored again")
    func packGone() throws {
        try test.scratch.remove(try test.pack(of: contents[1]))
        let snapshot = try backup(["again": contents[1]], to: test.vault, at: 50, cache: cache)
        #expect(try readBack(test.vault, snapshot).contents == ["again": contents[1]])
    }

    @Test("A blob is claimed once, and never when it is stored", arguments: [false, true])
    func claims(isSpilled: Bool) throws {
        let index = try test.vault.index(cache: cache)
        for content in contents { #expect(try !index.claim(SHA256Digest(of: content))) }
        let count: UInt64 = isSpilled ? 205_000 : 1000
        for number in 0..<count { #expect(try index.claim(SHA256Digest(words: (number << 40, number, 0, 0)))) }
        for number in stride(from: 0, to: count, by: 501) {
            let id = SHA256Digest(words: (number << 40, number, 0, 0))
            #expect(try !index.claim(id) && index.contains(id))
        }
        #expect(!index.contains(SHA256Digest(words: (1, 1, 1, 1))))
    }

    @Test("Of threads that claim the same blobs, each blob goes to one")
    func threads() throws {
        let index = try test.vault.index(cache: .none)
        let claimed = Monitor(0)
        try Crew.run(8) { _ in
            for number in 0..<500 where try index.claim(SHA256Digest(words: (UInt64(number), 0, 0, 0))) { claimed.withLock { $0 += 1 } }
        }
        #expect(claimed.withLock { $0 } == 500)
    }

    @Test("A file that is far too large for an index is named, and the rest is read")
    func huge() throws {
        let name = IndexStore.name(SHA256Digest(of: [7])).text
        try test.scratch.write([], to: name)
        #expect(truncate("\(test.scratch.path)/\(name)", (64 << 20) + 1) == 0)
        let index = try test.vault.index(cache: .none)
        #expect(index.damage.count == 1)
        expectAll(index)
    }

    @Test("Something in the folder of the indexes that is no index is passed over", arguments: ["note.txt", "folder/file"])
    func foreign(name: String) throws {
        try test.scratch.write([1, 2, 3], to: "indexes/\(name)")
        let index = try test.vault.index(cache: .none)
        #expect(index.damage.isEmpty)
        expectAll(index)
    }
}
