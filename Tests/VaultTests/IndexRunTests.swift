import Core
import FileTree
import Glibc
import Storage
import Tarball
import TestSupport
import Testing

@testable import Vault

@Suite struct IndexRunTests {
    private func places(_ run: IndexRun, _ id: SHA256Digest) -> Set<BlobLocation> {
        Set(
            run.find(id).map { index in
                let entry = run.entry(index)
                return entry.location(pack: run.pack(Int(entry.pack)))
            })
    }

    @Test("A run answers as a dictionary does, whatever was put in and in which order", arguments: seeds, [0, 1, 2, 17, 3000])
    func reference(seed: UInt64, count: Int) throws {
        var random = SeededGenerator(seed: seed)
        var builder = IndexRunBuilder(folder: .none, base: nil)
        var expected: [SHA256Digest: Set<BlobLocation>] = [:]
        for _ in 0..<count {
            // Now and then a blob that is known lies in a further pack.
            let known = random.below(5) == 0 ? expected.keys.randomElement(using: &random) : nil
            let entry = sampleEntry(&random, id: known)
            expected[entry.id, default: []].insert(entry.location)
            try builder.add(entry)
        }
        let run = try builder.finish(name: nil)
        #expect(run.count == count)
        for (id, locations) in expected { #expect(places(run, id) == locations) }
        for _ in 0..<200 { #expect(run.find(SHA256Digest(of: random.bytes(16))).isEmpty) }
        #expect((0..<count).map { run.id($0) } == (0..<count).map { run.id($0) }.sorted())
    }

    @Test("A run finds its entries even where they stand close together", arguments: seeds)
    func clustered(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var builder = IndexRunBuilder(folder: .none, base: nil)
        let starts: [UInt64] = [0, 1, .max, .max - 1, 1 << 63]
        var ids: Set<SHA256Digest> = []
        for _ in 0..<2000 {
            let first = starts[random.below(5)]
            ids.insert(SHA256Digest(words: (first, UInt64(random.below(50)), 0, UInt64(random.below(50)))))
        }
        for id in ids { try builder.add(RunEntry(id: id)) }
        let run = try builder.finish(name: nil)
        for id in ids {
            #expect(run.find(id).count == 1)
            let near = SHA256Digest(words: (id.words.0, id.words.1, 1, id.words.3))
            #expect(run.find(near).isEmpty)
        }
        for word in [2, UInt64.max / 3, UInt64.max - 2] as [UInt64] { #expect(run.find(SHA256Digest(words: (word, 0, 0, 0))).isEmpty) }
    }

    @Test("A run that starts from another keeps what that one says")
    func base() throws {
        var random = SeededGenerator(seed: 4)
        var expected: [SHA256Digest: BlobLocation] = [:]
        var run: IndexRun?
        for _ in 0..<5 {
            var builder = IndexRunBuilder(folder: .none, base: run)
            for _ in 0..<100 {
                let entry = sampleEntry(&random)
                expected[entry.id] = entry.location
                try builder.add(entry)
            }
            run = try builder.finish(name: nil)
        }
        let last = try #require(run)
        #expect(last.count == 500)
        for (id, location) in expected { #expect(places(last, id) == [location]) }
    }

    @Test("More entries than memory holds are spilled, and more spills than are merged at once are merged in turns")
    func spills() throws {
        var builder = IndexRunBuilder(folder: .none, base: nil)
        let count = 450_000
        // Uneven steps through all numbers: an order that is not sorted, without a set to remember it.
        for number in 0..<count { try builder.add(RunEntry(id: scattered(number))) }
        let run = try builder.finish(name: nil)
        #expect(run.count == count)
        for number in stride(from: 0, to: count, by: 997) { #expect(run.find(scattered(number)).count == 1) }
        for number in stride(from: count, to: count + 1000, by: 7) { #expect(run.find(scattered(number)).isEmpty) }
    }

    private func scattered(_ number: Int) -> SHA256Digest {
        let mixed = UInt64(number) &* 0x9E37_79B9_7F4A_7C15
        return SHA256Digest(words: (mixed, 0, 0, UInt64(number)))
    }

    @Test("A file that is not a run of exactly its length and checksum is none")
    func malformed() throws {
        let scratch = try Scratch(in: "/dev/shm")
        let folder = CacheFolder(path: scratch.path, vaultID: "ab")
        var random = SeededGenerator(seed: 6)
        var builder = IndexRunBuilder(folder: folder, base: nil)
        for _ in 0..<3 { try builder.add(sampleEntry(&random)) }
        _ = try builder.finish(name: "run")
        let bytes = try scratch.read("ab/run")
        func isRun(_ bytes: [UInt8]) throws -> Bool {
            try scratch.write(bytes, to: "other")
            return try IndexRun(cached: try OpenFile.open("\(scratch.path)/other", O_RDONLY)) != nil
        }
        #expect(try isRun(bytes))
        for count in [0, 1, 23, 24, bytes.count - 1] { #expect(try !isRun(Array(bytes.prefix(count)))) }
        #expect(try !isRun(bytes + [0]))
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 0x80
            #expect(try !isRun(changed), "byte \(index)")
        }
    }
}
