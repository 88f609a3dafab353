import Core
import Foundation
import Glibc
import Operations
import Tarball
import TestSupport
import Vault

/// The vaults under `fixtures/vaults`, made once and kept: what was written then must be read for ever.
enum Fixtures {
    static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("fixtures/vaults").path

    static let damaged = ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [])
        .filter { $0.hasPrefix("damaged-") }.sorted()

    static var regenerates: Bool { ProcessInfo.processInfo.environment["REKINDLE_REGENERATE_FIXTURES"] != nil }

    /// A bench whose vault is a copy of a fixture: nothing depends on the modes and times of its files.
    static func bench(_ name: String) async throws -> Bench {
        let bench = try Bench()
        try await bash("rm -rf vault; cp -r \(directory)/\(name)/vault vault", in: bench.scratch.path)
        return bench
    }

    /// What restoring a snapshot gives, as text.
    static func describe(_ listing: TreeListing) -> String {
        let facts = listing.facts.sorted { $0.key < $1.key }.map { ([$0.key] + $0.value).joined(separator: "\t") }
        let blocks = (listing.attributes + listing.lists).map { block in
            block.split(separator: "\n").joined(separator: "\t")
        }
        return (facts + blocks).joined(separator: "\n") + "\n"
    }

    /// One of each kind that needs no rights to keep, and a file of several blobs that takes next to no room.
    static let source = #"""
        umask 022
        mkdir -p d/e empty
        printf 'some text\n' > text
        : > nothing
        yes 'a line that comes again and again' 2>/dev/null | head -c 5000000 > several-blobs
        truncate -s 1M sparse; printf end >> sparse
        ln text d/linked
        ln -s text link
        ln -s /nowhere/at-all d/dangling
        mkfifo -m 0620 fifo
        printf s > setuid; chown 99:98 setuid; chmod 4751 setuid
        printf '%s' x > "$(printf 'odd \377\n\t"name\\')"
        printf ü > ünï
        printf a > attributes; setfattr -n user.text -v value attributes; setfattr -n user.bytes -v 0x00ff0a20 attributes
        printf l > list; setfacl -m u:1234:rw,g:4321:r list; setfacl -d -m u:7:rx d/e
        touch -d @-1000000000.25 d/dangling -h
        touch -d @1500000000.123456789 text nothing several-blobs sparse setuid attributes list ünï odd*
        touch -h -d @1500000000.000000001 link fifo
        touch -d @1600000000.5 d/e empty d .
        """#

    static let edit = "printf 'more text\n' >> text; rm nothing; printf new > d/e/new; touch -d @1700000000 text d/e/new d/e d ."
}

/// Makes the fixtures again.
struct FixtureMaker {
    private let bench: Bench

    init() throws { bench = try Bench() }

    func golden() async throws {
        try await bench.edit(Fixtures.source)
        try await Task.sleep(for: .milliseconds(2100))
        try await bench.backup()
        try await bench.edit(Fixtures.edit)
        try await bench.backup()
        try neutralise()
        try await put("golden-1")
        var text = ""
        for (number, id) in try bench.snapshotIDs().enumerated() {
            let target = bench.scratch("back-\(number)")
            try await bench.restore(bench.restoreRequest(id, to: target))
            text += "snapshot \(number + 1)\n" + Fixtures.describe(try await TreeListing.of(target + "/data"))
        }
        try text.write(toFile: Fixtures.directory + "/golden-1/listing", atomically: true, encoding: .utf8)
    }

    /// Each damage is a script that runs in a copy of the golden vault; `$pack` holds the content of the file `text`.
    func damaged(_ name: String, _ script: String, expect: [String]) async throws {
        let find = """
            blob=$(printf 'some text\\n' | sha256sum | cut -c1-64)
            pack=$(zstd -dcq indexes/* | grep ^$blob | cut -f2 | head -n 1)
            pack=packs/${pack:0:2}/$pack.tar.zst
            latest=$(ls snapshots | tail -n 1)
            flip() { b=$(xxd -s $2 -l 1 -p $1); printf "\\\\x$(printf %02x $((0x$b ^ 4)))" | dd of=$1 bs=1 seek=$2 conv=notrunc status=none; }

            """
        let folder = "\(Fixtures.directory)/damaged-\(name)"
        try await bash("rm -rf \(folder); mkdir -p \(folder); cp -r \(Fixtures.directory)/golden-1/vault \(folder)/vault", in: "/")
        try await bash(find + script, in: folder + "/vault")
        try (expect.joined(separator: "\n") + "\n").write(toFile: folder + "/expect", atomically: true, encoding: .utf8)
    }

    func lostTree(expect: [String]) async throws {
        let bench = try Bench()
        var crafted = try CraftedVault(bench)
        let text = try crafted.store("text\n")
        let pieces = [["a", "b"], ["c", "d"], ["e", "f", "g"]].enumerated().map { number, names in
            let head = number == 0 ? "#mtree\n#: rekindle tree 1\n" + CraftedVault.top : ""
            return Array((head + names.map { CraftedVault.file("data/\($0)", size: 5, digest: text) }.joined()).utf8)
        }
        for number in [0, 2] { try crafted.store(pieces[number]) }
        _ = try crafted.commit(pieces: pieces.map { SHA256Digest(of: $0) }, of: pieces, entries: 8)
        let folder = Fixtures.directory + "/damaged-tree-piece-lost"
        try await bash("rm -rf \(folder); mkdir -p \(folder); cp -r vault \(folder)/vault", in: bench.scratch.path)
        try (expect.joined(separator: "\n") + "\n").write(toFile: folder + "/expect", atomically: true, encoding: .utf8)
    }

    private func put(_ name: String) async throws {
        let folder = "\(Fixtures.directory)/\(name)"
        try await bash("rm -rf \(folder); mkdir -p \(folder); cp -r \(bench.vault) \(folder)/vault; chmod -R u+w \(folder)", in: "/")
    }

    /// Writes the records anew without the names of this machine and its directories.
    private func neutralise() throws {
        let vault = try Vault.open(at: bench.vault)
        var parent: String?
        let old = try vault.snapshots().snapshots
        for snapshot in old { unlink("\(bench.vault)/snapshots/\(snapshot.record.time.compact)-\(snapshot.id.hex).json") }
        for snapshot in old {
            let record = snapshot.record
            let datasets = record.datasets.map { dataset in
                var neutral = SnapshotRecord.Dataset(name: dataset.name, source: "/srv/data")
                (neutral.files, neutral.directories, neutral.others) = (dataset.files, dataset.directories, dataset.others)
                (neutral.bytes, neutral.newBytes, neutral.unchanged) = (dataset.bytes, dataset.newBytes, dataset.unchanged)
                return neutral
            }
            let neutral = SnapshotRecord(
                time: record.time, vault: record.vault, host: "example", policy: "golden", program: record.program, tags: ["golden"],
                tree: record.tree, datasets: datasets, problems: [], problemCount: 0, parent: parent, gitCommit: nil,
                durationMilliseconds: 0)
            parent = try vault.commit(neutral).id.hex
        }
    }
}
