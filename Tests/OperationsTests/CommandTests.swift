import Commands
import Core
import Foundation
import Operations
import Tarball
import TestSupport
import Testing
import Vault

/// Programs as sources of data.
@Suite(.serialized) struct CommandTests {
    private func source(_ text: String, timeout: Duration? = generous, file: String = "dump.sql") -> BackupRequest.Dataset {
        BackupRequest.Dataset(name: "dump", source: .command(script(text, timeout: timeout), file: file))
    }

    @Test func itsStandardOutputBecomesAFile() async throws {
        let bench = try Bench(in: "/dev/shm")
        let report = try await bench.backup(bench.request([source("printf 'one\\0two\\n'; echo message >&2")]))
        #expect(report.isComplete)
        #expect(report.datasets.first?.bytes == 8)
        #expect(try bench.paths() == ["dump", "dump/dump.sql"])
        try await bench.restore()
        #expect(try await bash("cat back/dump/dump.sql", in: bench.scratch.path) == Array("one\0two\n".utf8))
    }

    @Test func noOutputIsAnEmptyFile() async throws {
        let bench = try Bench(in: "/dev/shm")
        #expect(try await bench.backup(bench.request([source("true")])).isComplete)
        #expect(try bench.view().entry("dump/dump.sql").contents?.size == 0)
    }

    @Test func fiftyMegabytesArePutThroughWhole() async throws {
        let bench = try Bench(in: "/dev/shm")
        let report = try await bench.backup(bench.request([source("seq 1 9999999 | head -c 50000000")]))
        #expect(report.isComplete && report.datasets.first?.bytes == 50_000_000)
        try await bench.restore()
        #expect(try await bash("seq 1 9999999 2>/dev/null | head -c 50000000 | cmp - back/dump/dump.sql", in: bench.scratch.path) == [])
    }

    @Test(arguments: [
        ("echo half; exit 3", "ended with status 3"), ("echo half; kill -9 $$", "ended by signal 9"),
        ("seq 1 1000000; exit 1", "ended with status 1"),
    ])
    func aCommandThatFailsLeavesNothingInTheTree(text: String, reason: String) async throws {
        let bench = try Bench(in: "/dev/shm")
        try await bench.edit("echo text > file")
        let report = try await bench.backup(bench.request([bench.dataset(), source(text)]))
        #expect(!report.isComplete)
        #expect(report.problems.map(\.path) == ["dump"])
        #expect(report.problems.first?.reason.contains(reason) ?? false, "\(report.problems)")
        #expect(report.datasets.map(\.outcome) == [.complete, .failed])
        #expect(try bench.paths() == ["data", "data/file"])
        #expect(try await bench.verify(deep: true).isSound)
    }

    @Test func aProgramThatIsNotThereFailsItsDataset() async throws {
        let bench = try Bench(in: "/dev/shm")
        let command = Command(["no-such-program-anywhere"], timeout: generous)
        let missing = BackupRequest.Dataset(name: "dump", source: .command(command, file: "f"))
        let report = try await bench.backup(bench.request([bench.dataset(), missing]))
        #expect(report.datasets.map(\.outcome) == [.complete, .failed])
        #expect(report.problems.first?.reason.contains("no-such-program-anywhere") ?? false)
    }

    @Test func aCommandThatTakesTooLongIsStoppedWithAllThatItStarted() async throws {
        let bench = try Bench(in: "/dev/shm")
        let started = bench.scratch("started")
        let text = "trap '' TERM; sleep 1000 & echo $! > \(started); echo half; sleep 1000"
        let report = try await bench.backup(bench.request([bench.dataset(), source(text, timeout: .milliseconds(300))]))
        #expect(report.datasets.map(\.outcome) == [.complete, .failed])
        #expect(report.problems.first?.reason.contains("did not end within") ?? false)
        #expect(try bench.paths() == ["data"])
        // Killed before it came to that, it has started nothing.
        guard bench.exists(started) else { return }
        let id = try bench.text(started).trimmingCharacters(in: .newlines)
        // One that has ended may wait for whoever adopts it.
        try await eventually { !bench.exists("/proc/\(id)/stat") || (try? bench.text("/proc/\(id)/stat").contains(") Z ")) ?? true }
    }

    @Test func anInterruptionStopsTheCommandAndMakesNoSnapshot() async throws {
        let bench = try Bench(in: "/dev/shm")
        let request = bench.request([source("echo begun; exec sleep 100")])
        let (progress, cancellation) = (VaultProgress(), Cancellation())
        let running = Task { try await bench.backup(request, progress: progress, cancellation: cancellation) }
        try await eventually { progress.figures.phase == "backup" && progress.figures.bytes > 0 }
        cancellation.cancel()
        let error = await #expect(throws: Failure.self) { try await running.value }
        #expect(error?.code == .interrupted)
        #expect(try bench.snapshotCount() == 0)
    }

    /// As `pg_dump > >(gzip)` ends before gzip does.
    @Test func whatADescendantWritesAfterTheProgramHasEndedIsStoredToo() async throws {
        let bench = try Bench(in: "/dev/shm")
        let report = try await bench.backup(bench.request([source("(sleep 2; echo late) & echo text")]))
        #expect(report.isComplete)
        try await bench.restore()
        #expect(try bench.text(bench.back + "/dump/dump.sql") == "text\nlate\n")
    }

    /// Nobody knows whether that was all.
    @Test func aDescendantThatKeepsThePipeOpenForLongFailsTheDataset() async throws {
        let bench = try Bench(in: "/dev/shm")
        let report = try await bench.backup(bench.request([bench.dataset(), source("sleep 50 & echo text")]))
        #expect(report.datasets.map(\.outcome) == [.complete, .failed])
        #expect(report.problems.first?.reason.contains("keeps it open") ?? false, "\(report.problems)")
        #expect(try bench.paths() == ["data"])
    }

    /// Nobody reads what the program goes on writing: it must be stopped, or the backup waits for it for ever.
    @Test(.enabled(if: Rights.mayMount, Rights.needsMounts)) func aVaultThatIsFullEndsTheCommandToo() async throws {
        let bench = try Bench()
        try await bench.edit("mkdir mount")
        try await mount(bench.source + "/mount", bytes: 3 << 20)
        let limit = Duration.seconds(300)
        let request = bench.request([source("head -c 60000000 /dev/urandom", timeout: limit)])
        let vault = bench.source + "/mount/vault"
        _ = try Vault.create(at: vault)
        let started = ContinuousClock.now
        do {
            try await bench.backup(request, in: try bench.repository(at: vault))
            Issue.record("a full vault was not noticed")
        } catch {
            #expect("\(error)".contains("No space left"), "\(error)")
        }
        #expect(ContinuousClock.now - started < limit, "only its time limit ended the command")
        try await bench.edit("umount mount")
    }
}
