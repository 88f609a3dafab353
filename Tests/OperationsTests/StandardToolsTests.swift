import Core
import Foundation
import Glibc
import Operations
import Restorer
import TestSupport
import Testing
import Vault

/// What programs other than this one make of a vault.
@Suite(.serialized) struct StandardToolsTests {
    private func prepare(_ more: String = "") async throws -> (Bench, TreeListing) {
        let bench = try Bench()
        try await bench.edit(everything + "\nrm kinds/socket\n" + more)
        #expect(try await bench.backup().isComplete)
        #expect(try await bench.restore().isComplete)
        return (bench, try await TreeListing.of(bench.back + "/data"))
    }

    @Test func theVaultsOwnScriptRestoresTheSame() async throws {
        let (bench, restored) = try await prepare()
        let output = try await bashText("sh vault/restore.sh vault latest by-script 2>&1", in: bench.scratch.path)
        #expect(!output.contains("could not"), "\(output)")
        let listing = try await TreeListing.of(bench.scratch("by-script/data"))
        #expect(restored.differences(listing) == [])
        let id = try #require(bench.snapshotIDs().first)
        try await bash("sh vault/restore.sh vault \(id.prefix(12)) by-id", in: bench.scratch.path)
        #expect(restored.differences(try await TreeListing.of(bench.scratch("by-id/data"))) == [])
    }

    /// A machine that has coreutils, zstd, tar, bsdtar and what every POSIX system has, and nothing else.
    @Test func theScriptNeedsNoOtherPrograms() async throws {
        let (bench, restored) = try await prepare("find . -exec setfattr -h -x user.text {} + 2>/dev/null || true")
        let script = """
            mkdir bin
            for tool in $(dpkg -L coreutils | grep -E '^(/usr)?/bin/.'); do ln -s $tool bin/; done
            for tool in sh awk sed grep zstd tar bsdtar; do ln -s $(command -v $tool) bin/; done
            env -i PATH=$PWD/bin $PWD/bin/sh vault/restore.sh vault latest by-script 2>&1
            """
        let output = try await bashText(script, in: bench.scratch.path)
        #expect(output.contains("setfattr is missing: extended attributes and ACLs are not restored"), "\(output)")
        try await bash("diff -r --no-dereference back/data by-script/data 2>&1 | grep -v 'is a' || true", in: bench.scratch.path)
        let listing = try await TreeListing.of(bench.scratch("by-script/data"))
        #expect(
            restored.facts.mapValues { $0.filter { !$0.hasPrefix("mode") } }
                == listing.facts.mapValues { $0.filter { !$0.hasPrefix("mode") } })
    }

    @Test func theVaultsOwnScriptKnowsTimesBefore1970() async throws {
        let bench = try Bench()
        try await bench.edit("mkdir a b c; touch -d @-1.25 a; touch -d @-86400.5 b; touch -d @-3 c; touch f; touch -d @-0.5 f")
        try await bench.backup()
        let before = try await TreeListing.of(bench.source)
        try await bash("sh vault/restore.sh vault latest by-script", in: bench.scratch.path)
        let after = try await TreeListing.of(bench.scratch("by-script/data"))
        #expect(before.differences(after) == [])
    }

    /// All blobs lie in two packs and two indexes. One index is damaged, or one pack.
    @Test(arguments: [("indexes/*", "; the others go on"), ("packs/*/*", "restored to")])
    func theScriptGoesRoundDamage(objects: String, message: String) async throws {
        let bench = try Bench()
        try await bench.edit("seq 1 300000 > a")
        try await bench.backup()
        // The second run knows nothing of the first, and stores everything again, with more.
        try await bash("mv vault/indexes vault/packs .; mkdir vault/indexes vault/packs; rm -rf cache/*", in: bench.scratch.path)
        try await bench.edit("seq 1 300000 > b; echo more > c")
        try await bench.backup()
        try await bash(
            """
            f=$(ls -S \(objects) | head -n 1)
            cp -r indexes packs vault
            chmod u+w vault/$f
            printf xx | dd of=vault/$f bs=1 seek=200 conv=notrunc status=none
            """, in: bench.scratch.path)
        let output = try await bashText("sh vault/restore.sh vault latest by-script 2>&1", in: bench.scratch.path)
        try await bash("diff -r source by-script/data", in: bench.scratch.path)
        #expect(output.contains(message), "\(output)")
    }

    @Test func theScriptReadsSeveralDatasetsAndSnapshots() async throws {
        let bench = try Bench()
        try await bench.edit("mkdir d; seq 1 400000 > d/large; echo one > one; ln one two")
        let request = bench.request([
            bench.dataset(), .init(name: "dump", source: .command(script("seq 1 500000", timeout: generous), file: "numbers")),
        ])
        try await bench.backup(request)
        try await bench.edit("echo more >> d/large; rm one")
        try await bench.backup(request)
        for (number, id) in try bench.snapshotIDs().enumerated() {
            try await bash("sh vault/restore.sh vault \(id) script-\(number)", in: bench.scratch.path)
            try await bench.restore(bench.restoreRequest(id, to: bench.scratch("program-\(number)")))
            let expected = try await TreeListing.of(bench.scratch("program-\(number)/data"))
            #expect(expected.differences(try await TreeListing.of(bench.scratch("script-\(number)/data"))) == [])
            try await bash("diff -r script-\(number)/dump program-\(number)/dump", in: bench.scratch.path)
        }
    }

    @Test(arguments: [
        ("tar", "tar --zstd --xattrs --xattrs-include='*' --acls -p --numeric-owner --same-owner -xf"),
        ("bsdtar", "bsdtar --numeric-owner --xattrs --acls --same-owner -xpf"),
    ])
    func anExportedTarballHoldsTheSame(program: String, command: String) async throws {
        let (bench, restored) = try await prepare(
            """
            rm -r times/*-1.0* times/*-86400.5
            # pax ends the name of an attribute at the first of these.
            setfattr -x 'user.a name=with # odd\\bytes' attributes/file
            """)
        // As the program itself does: libarchive converts names by the locale.
        setlocale(LC_CTYPE, "C.UTF-8")
        let view = try bench.view()
        let path = bench.scratch("export.tar.zst")
        let report = try await offPool { try Export(view, progress: VaultProgress(), cancellation: .init()).run(to: path) }
        #expect(report.paths == restored.facts.count && report.notes == [])
        try await bash("mkdir \(program); cd \(program); LC_ALL=C.UTF-8 \(command) ../export.tar.zst", in: bench.scratch.path)
        let listing = try await TreeListing.of(bench.scratch("\(program)/data"))
        #expect(restored.differences(listing) == [])
    }

    /// Fractions before 1970 are read in opposite directions: both programs get the second before, and the report says so.
    @Test(arguments: ["tar", "bsdtar"]) func anExportedTarballHasTimesBefore1970InWholeSeconds(program: String) async throws {
        let bench = try Bench()
        try await bench.edit("touch -d @-1.25 a; touch -d @-3 b; touch -d @-0.5 c; touch -d @0.25 d")
        try await bench.backup()
        let view = try bench.view()
        let path = bench.scratch("export.tar.zst")
        let report = try await offPool { try Export(view, progress: VaultProgress(), cancellation: .init()).run(to: path) }
        #expect(report.notes.count == 1 && report.notes.first?.contains("2 times before 1970") ?? false, "\(report.notes)")
        try await bash("mkdir out; \(program) --zstd -xf export.tar.zst -C out", in: bench.scratch.path)
        #expect(
            try await bashText("stat -c '%n %.9Y' a b c d", in: bench.scratch("out/data"))
                == "a -2.000000000\nb -3.000000000\nc -1.000000000\nd 0.250000000\n")
    }

    @Test func anAttributeThatPaxCannotWriteIsLeftOutAndCounted() async throws {
        let bench = try Bench()
        try await bench.edit("touch f; setfattr -n user.a=b -v x f; setfattr -n user.c -v y f")
        try await bench.backup()
        let view = try bench.view()
        let path = bench.scratch("export.tar.zst")
        let report = try await offPool { try Export(view, progress: VaultProgress(), cancellation: .init()).run(to: path) }
        #expect(report.notes.count == 1 && report.notes.first?.contains("1 extended attributes") ?? false, "\(report.notes)")
        try await bash("mkdir out; bsdtar --xattrs -xpf export.tar.zst -C out", in: bench.scratch.path)
        #expect(try await bashText("getfattr --absolute-names -d f", in: bench.scratch("out/data")) == "# file: f\nuser.c=\"y\"\n\n")
    }

    @Test func anExportThatIsInterruptedLeavesNoFile() async throws {
        let bench = try Bench(in: "/dev/shm")
        try await bench.edit("seq 1 100000 > file")
        try await bench.backup()
        let view = try bench.view()
        let path = bench.scratch("export.tar.zst")
        await #expect(throws: (any Error).self) {
            try await offPool {
                let cancellation = Cancellation()
                cancellation.cancel()
                return try Export(view, progress: VaultProgress(), cancellation: cancellation).run(to: path)
            }
        }
        #expect(try await bashText("ls", in: bench.scratch.path) == "cache\nsource\nvault\n")
    }

    @Test func everyObjectIsNamedByItsDigestAndEveryPackIsATarball() async throws {
        let bench = try Bench(in: "/dev/shm")
        try await bench.edit("seq 1 400000 > large; echo small > small")
        try await bench.backup()
        try await bash(
            """
            mkdir blobs
            for p in vault/packs/*/*.tar.zst; do [ $(sha256sum < $p | cut -c1-64) = $(basename $p .tar.zst) ]; tar --zstd -xf $p; done
            for i in vault/indexes/*; do [ $(sha256sum < $i | cut -c1-64) = $(basename $i .tsv.zst) ]; done
            for s in vault/snapshots/*; do [ $(sha256sum < $s | cut -c1-64).json = ${s##*-} ]; done
            cd blobs; for b in *; do [ $(sha256sum < $b | cut -c1-64) = $b ]; done
            [ $(ls | sort | sha256sum | cut -c1-64) = $(zstd -dcq ../vault/indexes/* | cut -f1 | sort | sha256sum | cut -c1-64) ]
            """, in: bench.scratch.path)
    }
}
