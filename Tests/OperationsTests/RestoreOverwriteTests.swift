import Core
import Foundation
import Operations
import Restorer
import TestSupport
import Testing
import Vault

/// What happens to files that are there already.
@Suite(.serialized) struct RestoreOverwriteTests {
    private func prepare() async throws -> Bench {
        let bench = try Bench()
        try await bench.edit("mkdir d; echo same > same; echo old! > changed; echo gone > d/gone; ln -s same link; echo L > l1; ln l1 l2")
        try await bench.backup()
        try await bench.restore()
        try await bash("echo new! > changed; rm d/gone; chmod 600 same; touch -d @9 same", in: bench.back + "/data")
        return bench
    }

    @discardableResult
    private func overwrite(_ bench: Bench, _ overwrite: RestoreOptions.Overwrite) async throws -> RestoreReport {
        var request = bench.restoreRequest()
        request.options.overwrite = overwrite
        return try await bench.restore(request)
    }

    @Test func identicalFilesAreLeftAloneAndTheirMetadataPutRight() async throws {
        let bench = try await prepare()
        let (same, changed) = (bench.inode(bench.back + "/data/same"), bench.inode(bench.back + "/data/changed"))
        let report = try await overwrite(bench, .changed)
        #expect(report.isComplete && report.identical == 1)
        #expect(bench.inode(bench.back + "/data/same") == same)
        #expect(bench.inode(bench.back + "/data/changed") != changed)
        #expect(try await TreeListing.of(bench.source).differences(try await TreeListing.of(bench.back + "/data")) == [])
    }

    @Test func alwaysWritesEveryFileAgain() async throws {
        let bench = try await prepare()
        let same = bench.inode(bench.back + "/data/same")
        let report = try await overwrite(bench, .always)
        #expect(report.isComplete && report.identical == 0 && report.files == 5)
        #expect(bench.inode(bench.back + "/data/same") != same)
        #expect(try await TreeListing.of(bench.source).differences(try await TreeListing.of(bench.back + "/data")) == [])
    }

    @Test func neverKeepsWhateverIsThere() async throws {
        let bench = try await prepare()
        let before = try await TreeListing.of(bench.back + "/data")
        let report = try await overwrite(bench, .never)
        #expect(report.isComplete && report.files == 1 && report.kept == 5)
        #expect(try bench.text(bench.back + "/data/changed") == "new!\n")
        var after = try await TreeListing.of(bench.back + "/data")
        #expect(after.facts["d/gone"] != nil)
        after.remove("d")
        var expected = before
        expected.remove("d")
        #expect(expected.differences(after) == [])
    }

    /// The content is the same, but other names of the file would change with its metadata.
    @Test func aFileTiedToOneOutsideIsNotChangedThroughIt() async throws {
        let bench = try await prepare()
        try await bash("echo same > outside; chmod 777 outside; touch -d @1 outside; ln -f outside back/data/same", in: bench.scratch.path)
        try await overwrite(bench, .changed)
        #expect(try await bashText("stat -c '%a %Y %h' outside", in: bench.scratch.path) == "777 1 1\n")
        #expect(try bench.text(bench.back + "/data/same") == "same\n")
    }

    @Test func linksThatWereSeparatedAreJoinedAgain() async throws {
        let bench = try await prepare()
        try await bash("rm l2; echo other > l2", in: bench.back + "/data")
        try await overwrite(bench, .changed)
        #expect(bench.inode(bench.back + "/data/l1") == bench.inode(bench.back + "/data/l2"))
        #expect(try bench.text(bench.back + "/data/l2") == "L\n")
    }

    /// A list that new names in the directory inherit is taken off FIFOs and nodes as well.
    @Test func listsThatFIFOsInheritFromTheTargetAreRemoved() async throws {
        let bench = try Bench()
        try await bench.edit("mkdir d; mkfifo d/p; mknod d/n c 1 3")
        try await bench.backup()
        try await bash("mkdir -p back/data/d; setfacl -d -m u:7:rwx back/data/d", in: bench.scratch.path)
        try await overwrite(bench, .changed)
        let differences = try await TreeListing.of(bench.source).differences(try await TreeListing.of(bench.back + "/data"))
        #expect(differences == [])
    }

    @Test func attributesThatTheSnapshotDoesNotHaveAreRemoved() async throws {
        let bench = try Bench()
        try await bench.edit("echo x > f; mkdir d; ln -s x l")
        try await bench.backup()
        try await bench.restore()
        try await bash(
            "setfattr -n user.extra -v x f; setfacl -m u:5:rw f; setfacl -m u:5:rwx d; setfacl -d -m u:7:rwx d; setfattr -n user.y d",
            in: bench.back + "/data")
        try await overwrite(bench, .changed)
        #expect(try await TreeListing.of(bench.source).differences(try await TreeListing.of(bench.back + "/data")) == [])
    }

    @Test func capabilitiesThatTheSnapshotDoesNotHaveAreRemoved() async throws {
        let bench = try Bench()
        try await bench.edit("cp /bin/true tool")
        try await bench.backup()
        try await bench.restore()
        try await bash(
            "setfattr -n security.capability -v 0x0100000200240000000000000000000000000000 tool",
            in: bench.back + "/data")
        try await overwrite(bench, .changed)
        let differences = try await TreeListing.of(bench.source).differences(try await TreeListing.of(bench.back + "/data"))
        #expect(differences == [])
    }

    @Test(arguments: UInt64(1)...4) func aRestoreThatWasStoppedGoesOnWhereItWas(seed: UInt64) async throws {
        let bench = try Bench(in: "/dev/shm")
        try await bench.edit(
            "mkdir -p a/b; for i in $(seq 300); do seq $i 9999999 2>/dev/null | head -c 50000 > a/b/f$i; ln -s f$i a/l$i; done; ln a/b/f1 z"
        )
        try await bench.backup()
        var random = SeededGenerator(seed: seed)
        let limit = random.below(300)
        let (progress, cancellation) = (VaultProgress(), Cancellation())
        let request = bench.restoreRequest()
        let running = Task { try await bench.restore(request, progress: progress, cancellation: cancellation) }
        try await eventually { progress.figures.phase == "restore" && progress.figures.files >= limit }
        cancellation.cancel()
        do {
            _ = try await running.value
        } catch let error as Failure {
            #expect(error.code == .interrupted, "seed \(seed)")
        }
        #expect(try await bashText("find . -name '.rekindle-*'", in: bench.back) == "", "seed \(seed)")
        let report = try await bench.restore()
        #expect(report.isComplete, "seed \(seed)")
        #expect(report.files + report.identical == 301)
        #expect(try await TreeListing.of(bench.source).differences(try await TreeListing.of(bench.back + "/data")) == [], "seed \(seed)")
    }

    /// What a run that was killed left behind under a temporary name is in nobody's way.
    @Test func litterOfAKilledRunIsReplaced() async throws {
        let bench = try Bench(in: "/dev/shm")
        try await bench.edit("echo text > file; ln -s x link; ln file second")
        try await bench.backup()
        try await bash(
            "mkdir -p back/data; for n in file link second; do echo litter > back/data/.rekindle-$(printf $n | sha256sum | head -c 24); done",
            in: bench.scratch.path)
        #expect(try await bench.restore().isComplete)
        #expect(try await TreeListing.of(bench.source).differences(try await TreeListing.of(bench.back + "/data")) == [])
    }
}
