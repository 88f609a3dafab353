import Glibc
import Tarball
import Testing
import Vault

@testable import Operations

/// Data that is suddenly gone: saved, named, and no good backup until a person says so.
@Suite(.serialized) struct DoubtTests {
    private func dataset(_ files: Int64, _ bytes: Int64, doubts: [String]? = nil, mounts: [String]? = nil) -> SnapshotRecord.Dataset {
        var dataset = SnapshotRecord.Dataset(name: "data", source: "/data")
        (dataset.files, dataset.bytes, dataset.doubts, dataset.mounts) = (files, bytes, doubts, mounts)
        return dataset
    }

    @Test(
        arguments: [
            (0, 0, 1), (4, 400_000, 2), (4, 600_000, 1), (5, 500_000, 0), (10, 1_000_000, 0), (10, 100_000, 1), (4, 100_000, 2),
            (100, 1, 1),
        ] as [(Int64, Int64, Int)])
    func whatLostMoreThanHalfIsDoubted(files: Int64, bytes: Int64, doubts: Int) {
        let nights = (0..<7).map { _ in dataset(10, 1_000_000) }
        #expect(Expectation().doubts(of: dataset(files, bytes), after: nights, isOutput: false).count == doubts)
    }

    @Test func theMiddleOfTheLastNightsCountsAndNotOneThatWasOdd() {
        let nights = [dataset(1000, 1 << 30)] + (0..<6).map { _ in dataset(10, 1_000_000) }
        #expect(Expectation().doubts(of: dataset(9, 900_000), after: nights, isOutput: false).isEmpty)
        // Nights that were in doubt themselves are no measure: a loss does not become the custom by itself.
        let doubted = (0..<5).map { _ in dataset(0, 0, doubts: ["it is empty"]) } + nights
        #expect(Expectation().doubts(of: dataset(0, 0), after: doubted, isOutput: false).count == 1)
    }

    @Test func thePolicySaysWhatIsEnough() {
        var expect = Expectation()
        (expect.files, expect.bytes, expect.shrink) = (3, 1_000_000, 100)
        #expect(expect.doubts(of: dataset(2, 10), after: [dataset(1000, 1 << 40)], isOutput: false).count == 2)
        #expect(expect.doubts(of: dataset(3, 1_000_000), after: [dataset(1000, 1 << 40)], isOutput: false).isEmpty)
        expect.shrink = 0
        #expect(expect.doubts(of: dataset(999, 1 << 40), after: [dataset(1000, 1 << 40)], isOutput: false).count == 1)
    }

    @Test func aDiskThatIsNotMountedAnyMoreIsNamed() {
        let before = dataset(10, 100, mounts: ["/data", "/data/weights"])
        let doubts = Expectation().doubts(of: dataset(10, 100, mounts: ["/"]), after: [before], isOutput: false)
        #expect(doubts.count == 2 && doubts.allSatisfy { $0.contains("nothing is mounted at /data") })
        #expect(Expectation().doubts(of: dataset(10, 100, mounts: ["/data/weights", "/data"]), after: [before], isOutput: false).isEmpty)
    }

    @Test func anEmptyOutputIsDoubtedTheFirstNight() async throws {
        let bench = try Bench()
        let report = try await bench.backup(bench.request([.init(name: "db", source: .command(script(":"), file: "db.sql"))]))
        #expect(report.doubts.map(\.reason) == ["the command wrote nothing: 0 bytes"])
        var expect = Expectation()
        expect.bytes = 0
        let asked = bench.request([.init(name: "db", source: .command(script(":"), file: "db.sql"), expect: expect)])
        #expect(try await bench.backup(asked).doubts.isEmpty)
    }

    @Test func anEmptiedSourceIsSavedAndIsNoGoodBackup() async throws {
        let bench = try Bench()
        try await bench.edit("for i in 1 2 3 4 5; do echo $i > $i; done")
        let good = try #require(try await bench.backup().snapshot)
        try await bench.edit("rm *")
        let report = try await bench.backup()
        let doubted = try #require(report.snapshot)
        #expect(report.isComplete && report.doubts.map(\.dataset) == ["data"])
        #expect(report.doubts.first?.reason.contains("it is empty, and had 5 files") == true)
        var status = try status(bench)
        #expect(status.lastGood?.id == good.id)
        #expect(status.findings.contains { $0.severity == .p2 && $0.message.contains("in doubt: data: it is empty") })
        // The next night is as bad, and not taken for the custom.
        #expect(try await bench.backup().doubts.count == 1)

        // Nothing is deleted by what may be a mistake.
        var request = bench.restoreRequest(doubted.id.hex)
        request.deletes = true
        try await bash("mkdir -p back/data; echo old > back/data/old", in: bench.scratch.path)
        let restored = try await bench.restore(request)
        #expect(bench.exists(bench.back + "/data/old"))
        #expect(restored.notes.contains { $0.contains("was in doubt when it was backed up") })

        let latest = try await bench.backup().snapshot
        let accepted = try Accept(vault: bench.vault, SnapshotChoice("latest"), why: "moved elsewhere").run()
        #expect(accepted.snapshot.id == latest?.id)
        status = try self.status(bench)
        #expect(status.lastGood?.id == latest?.id)
        #expect(!status.findings.contains { $0.message.contains("doubt") })
        #expect(try await bench.backup().doubts.isEmpty)
    }

    @Test func onlyWhatWasDoubtedIsAcceptedAndWithAReason() async throws {
        let bench = try Bench()
        try await bench.edit("echo 1 > 1")
        try await bench.backup()
        for why in ["", "fine"] {
            let error = #expect(throws: VaultError.self) { try Accept(vault: bench.vault, SnapshotChoice("latest"), why: why).run() }
            #expect(error?.code == .usage)
        }
    }

    /// Mounting needs more than the name of root.
    private static let mayMount: Bool = {
        let place = "/tmp/rekindle-mount-\(getpid())"
        mkdir(place, 0o700)
        defer { rmdir(place) }
        guard mount("none", place, "tmpfs", 0, nil) == 0 else {
            print("skipped: this process may not mount a file system")
            return false
        }
        umount(place)
        return true
    }()

    @Test(.enabled(if: mayMount, "this process may not mount a file system"))
    func aSourceWhoseDiskIsMissingIsDoubtedThoughItHasFiles() async throws {
        let bench = try Bench()
        try await bench.edit("mkdir disk; echo under > disk/under")
        let disk = bench.source + "/disk"
        #expect(mount("none", disk, "tmpfs", 0, nil) == 0)
        try await bench.edit("echo data > disk/data")
        let first = try await bench.backup()
        #expect(first.datasets.first?.mounts?.last == disk)
        let alone = bench.request([.init(name: "disk", source: .directory(.init(path: disk)))], policy: "disk")
        #expect(try await bench.backup(alone).datasets.first?.mounts == [disk])
        umount(disk)
        #expect(try await bench.backup().doubts.map(\.reason) == ["nothing is mounted at \(disk) any more, as there was"])
        #expect(try await bench.backup(alone).doubts.map(\.reason) == ["nothing is mounted at \(disk) any more, as there was"])
    }

    private func status(_ bench: Bench) throws -> Status.Report {
        var request = Status.Request(vault: bench.vault)
        request.policy = "test"
        request.validations = 1
        request.cachePath = bench.cache
        return try Status(request).run()
    }

    @Test(arguments: [
        ("pg_dump | gzip", true), ("a || b", false), ("echo 'a | b'", false), ("echo \"a | b\"", false), ("echo a \\| b", false),
        ("x=$(a | b); echo $x", true), ("a |& b", true), ("a || b | c", true), ("true", false),
    ])
    func aPipeIsSeenInAScript(script: String, isPipe: Bool) {
        #expect(ShellPipe.hasPipe(script) == isPipe)
    }

    /// `pg_dump | gzip` ends as gzip does: half a dump would look whole.
    @Test(arguments: ["sh", "bash"]) func aPipeWhoseLeftSideFailsFailsTheDataset(shell: String) async throws {
        let bench = try Bench()
        func request(_ text: String) throws -> BackupRequest {
            bench.request([
                .init(name: "db", source: .command(Command(try ShellPipe.guarded([shell, "-c", text], of: "db")), file: "dump")),
                .init(name: "data", source: .directory(.init(path: bench.source))),
            ])
        }
        let bad = try await bench.backup(try request("(echo half; false) | cat"))
        #expect(bad.datasets.first { $0.name == "db" }?.outcome == .failed)
        let good = try await bench.backup(try request("printf 'a\\tb\\n' | cat"))
        #expect(good.isComplete)
        try await bench.restore()
        #expect(try bench.text(bench.back + "/db/dump") == "a\tb\n")
        #expect(try ShellPipe.guarded([shell, "-c", "pg_dump shop"], of: "db") == [shell, "-c", "pg_dump shop"])
        #expect(try ShellPipe.guarded(["pg_dump", "a|b"], of: "db") == ["pg_dump", "a|b"])
    }
}
