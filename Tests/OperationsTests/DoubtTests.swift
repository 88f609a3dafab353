import Archiver
import Commands
import Core
import Glibc
import Proof
import Restorer
import Tarball
import TestSupport
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

    @Test func aDiskThatIsNotMountedAnyMoreIsNamed() async throws {
        let place = try Scratch()
        try await bash("mkdir -p data/weights", in: place.path)
        let (data, weights) = (place("data"), place("data/weights"))
        let before = dataset(10, 100, mounts: [data, weights])
        func doubts(_ mounts: [String]) -> [String] {
            Expectation().doubts(of: dataset(10, 100, mounts: mounts), after: [before], isOutput: false)
        }
        #expect(doubts(["/"]).count == 2 && doubts(["/"]).allSatisfy { $0.contains("nothing is mounted at \(data)") })
        #expect(doubts([weights, data]).isEmpty)
        // A place that is gone says nothing, as one of a session that has ended; nor does one where something is mounted still.
        try await bash("rm -r data/weights", in: place.path)
        #expect(doubts([data]).isEmpty)
        let kernels = dataset(10, 100, mounts: ["/proc", "/"])
        #expect(Expectation().doubts(of: dataset(10, 100, mounts: []), after: [kernels], isOutput: false).isEmpty)
    }

    /// Of a file that nobody can read, each night has a part: what is lost is seen all the same.
    @Test func nightsThatWereNotWholeAreAMeasureToo() {
        var night = dataset(10, 1_000_000)
        night.outcome = .partial
        #expect(Expectation().doubts(of: dataset(0, 0), after: [night, night], isOutput: false).count == 1)
        night.outcome = .failed
        #expect(Expectation().doubts(of: dataset(0, 0), after: [night, night], isOutput: false).isEmpty)
    }

    /// Two machines with one policy: the second is not measured by the first, and a pod, whose name comes once, is by the last one.
    @Test(
        arguments: [(["a", "a", "b"], false), (["pod-1", "pod-2", "pod-3"], true), (["a", "b", "b", "b"], false)] as [([String], Bool)])
    func nightsOfAnotherMachineAreNoMeasure(hosts: [String], isMeasured: Bool) async throws {
        let bench = try Bench()
        try await bench.edit("for i in 1 2 3 4 5; do echo $i > $i; done")
        for host in hosts.dropLast() {
            var request = bench.request()
            request.host = host
            try await bench.backup(request)
            if host != hosts.last, hosts.last == "b" { try await bench.edit("rm -f 2 3 4 5") }
        }
        try await bench.edit("rm -f 2 3 4 5")
        var request = bench.request()
        request.host = try #require(hosts.last)
        #expect(try await bench.backup(request).doubts.isEmpty != isMeasured)
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
        request.options.deletes = true
        try await bash("mkdir -p back/data; echo old > back/data/old", in: bench.scratch.path)
        let restored = try await bench.restore(request)
        #expect(bench.exists(bench.back + "/data/old"))
        #expect(restored.notes.contains { $0.contains("was in doubt when it was backed up") })
        #expect(restored.notes.contains { $0.contains("its backup is in doubt") })

        let latest = try await bench.backup().snapshot
        let accepted = try Accept(SnapshotChoice("latest"), why: "moved elsewhere", in: try bench.repository()).run()
        #expect(accepted.snapshot.id == latest?.id)
        status = try self.status(bench)
        #expect(status.lastGood?.id == latest?.id)
        #expect(!status.findings.contains { $0.message.contains("doubt") })
        // For a restore and a drill as well.
        request.snapshot = "latest"
        let settled = try await bench.restore(request)
        #expect(!bench.exists(bench.back + "/data/old") && !settled.notes.contains { $0.contains("doubt") }, "\(settled.notes)")
        #expect(try await bench.backup().doubts.isEmpty)
    }

    @Test func onlyWhatWasDoubtedIsAcceptedAndWithAReason() async throws {
        let bench = try Bench()
        try await bench.edit("echo 1 > 1")
        try await bench.backup()
        for why in ["", "fine"] {
            let error = #expect(throws: Failure.self) { try Accept(SnapshotChoice("latest"), why: why, in: try bench.repository()).run() }
            #expect(error?.code == .usage)
        }
    }

    @Test(.enabled(if: Rights.mayMount, Rights.needsMounts))
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
        var request = Status.Request()
        request.policy = "test"
        request.validations = 1
        return try Status(request, in: try bench.repository()).run()
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

    @Test(
        arguments: [
            (["sudo", "-u", "postgres", "bash", "-c", "a | b"], ["sudo", "-u", "postgres", "bash", "-o", "pipefail", "-c", "a | b"]),
            (["/bin/bash", "-e", "-c", "a | b"], ["/bin/bash", "-o", "pipefail", "-e", "-c", "a | b"]),
            (
                ["timeout", "1h", "bash", "-euo", "posix", "-c", "a | b"],
                ["timeout", "1h", "bash", "-o", "pipefail", "-euo", "posix", "-c", "a | b"]
            ),
            (["bash", "-c", "set +o pipefail; a | b"], ["bash", "-c", "set +o pipefail; a | b"]),
            (["docker", "exec", "db", "sh", "-c", "a"], ["docker", "exec", "db", "sh", "-c", "a"]),
            (
                ["docker", "exec", "db", "bash", "-c", "set -o pipefail; a | b"],
                ["docker", "exec", "db", "bash", "-c", "set -o pipefail; a | b"]
            ),
            (["docker", "exec", "db", "sh", "-c", "a | b"], nil), (["kubectl", "exec", "db", "--", "sh", "-c", "a | b"], nil),
            (["ssh", "host", "a | b"], nil), (["ssh", "host", "a"], ["ssh", "host", "a"]),
            (["bash", "-c", "docker exec db pg_dump | gzip"], ["bash", "-o", "pipefail", "-c", "docker exec db pg_dump | gzip"]),
        ] as [([String], [String]?)])
    func aPipeIsGuardedWhereverItRuns(command: [String], expected: [String]?) throws {
        guard let expected else {
            let error = #expect(throws: Failure.self) { try ShellPipe.guarded(command, of: "db") }
            #expect(error?.code == .usage && error?.hint?.contains("set -o pipefail") == true)
            return
        }
        #expect(try ShellPipe.guarded(command, of: "db") == expected)
    }
}
