import Commands
import Core
import Foundation
import Operations
import TestSupport
import Testing
import Vault

/// Commands before and after a backup and its datasets.
@Suite(.serialized) struct HookTests {
    /// A hook that writes a word to a log, and a status.
    private func hook(_ bench: Bench, _ word: String, status: Int = 0) -> Command {
        script("echo \(word) >> \(bench.scratch("log")); exit \(status)", timeout: generous)
    }

    private func log(_ bench: Bench) throws -> [String] { try bench.text(bench.scratch("log")).split(separator: "\n").map(String.init) }

    @Test func theyRunInOrder() async throws {
        let bench = try Bench(in: "/dev/shm")
        var request = bench.request([
            bench.dataset("b", before: hook(bench, "before-b"), after: hook(bench, "after-b")),
            bench.dataset("a", before: hook(bench, "before-a"), after: hook(bench, "after-a")),
            .init(
                name: "c", source: .command(hook(bench, "c"), file: "f"),
                preparation: .init(before: hook(bench, "before-c"), after: hook(bench, "after-c"))),
        ])
        request.preparation.before = hook(bench, "before")
        request.preparation.after = hook(bench, "after")
        #expect(try await bench.backup(request).isComplete)
        #expect(
            try log(bench) == [
                "before", "before-a", "after-a", "before-b", "after-b", "before-c", "c", "after-c", "after",
            ])
    }

    @Test func whatAHookMakesIsInTheBackup() async throws {
        let bench = try Bench(in: "/dev/shm")
        let before = script("echo dumped > \(bench.source)/dump", timeout: generous)
        let after = script("rm \(bench.source)/dump", timeout: generous)
        try await bench.backup(bench.request([bench.dataset(before: before, after: after)]))
        #expect(try bench.paths() == ["data", "data/dump"])
        #expect(!bench.exists(bench.source + "/dump"))
    }

    @Test func aDryRunRunsNone() async throws {
        let bench = try Bench(in: "/dev/shm")
        var request = bench.request([bench.dataset(before: hook(bench, "before-data"), after: hook(bench, "after-data"))])
        (request.preparation.before, request.preparation.after, request.isDryRun) = (hook(bench, "before"), hook(bench, "after"), true)
        let report = try await bench.backup(request)
        #expect(report.notes.contains("hooks are not run in a dry run"))
        #expect(!bench.exists(bench.scratch("log")))
    }

    @Test func aHookThatFailsBeforeADatasetSkipsIt() async throws {
        let bench = try Bench(in: "/dev/shm")
        let request = bench.request([
            bench.dataset("bad", before: hook(bench, "before-bad", status: 7), after: hook(bench, "after-bad")), bench.dataset("good"),
        ])
        let report = try await bench.backup(request)
        #expect(report.datasets.map(\.outcome) == [.failed, .complete])
        #expect(report.problems.first?.reason.contains("status 7") ?? false)
        #expect(try bench.paths() == ["good"])
        #expect(try log(bench) == ["before-bad", "after-bad"])
    }

    @Test func aHookThatFailsBeforeTheBackupEndsIt() async throws {
        let bench = try Bench(in: "/dev/shm")
        var request = bench.request([bench.dataset(before: hook(bench, "never"))])
        request.preparation.before = hook(bench, "before", status: 1)
        request.preparation.after = hook(bench, "after")
        let chosen = request
        let error = await #expect(throws: Failure.self) { try await bench.backup(chosen) }
        #expect(error?.code == .failed)
        #expect(try log(bench) == ["before", "after"])
        #expect(try bench.snapshotCount() == 0)
    }

    @Test func aHookThatFailsAfterwardsIsReportedAndUndoesNothing() async throws {
        let bench = try Bench(in: "/dev/shm")
        var request = bench.request([bench.dataset(after: hook(bench, "after-data", status: 9))])
        request.preparation.after = hook(bench, "after", status: 8)
        let report = try await bench.backup(request)
        #expect(!report.isComplete)
        #expect(report.problems.map(\.path) == ["data", "the backup"])
        #expect(report.snapshot != nil)
        #expect(report.datasets.first?.outcome == .complete)
    }

    @Test func hooksAfterwardsRunAlsoAfterAFailure() async throws {
        let bench = try Bench(in: "/dev/shm")
        let command = script("exit 1", timeout: generous)
        var request = bench.request([
            .init(
                name: "dump", source: .command(command, file: "f"),
                preparation: .init(before: hook(bench, "before"), after: hook(bench, "after-dump")))
        ])
        request.preparation.after = hook(bench, "after")
        let chosen = request
        await #expect(throws: Failure.self) { try await bench.backup(chosen) }
        #expect(try log(bench) == ["before", "after-dump", "after"])
    }

    @Test func hooksAfterwardsRunAlsoAfterAnInterruption() async throws {
        let bench = try Bench(in: "/dev/shm")
        let command = script("echo begun; exec sleep 100", timeout: generous)
        var request = bench.request([
            .init(
                name: "dump", source: .command(command, file: "f"),
                preparation: .init(before: hook(bench, "before"), after: hook(bench, "after-dump"))),
            bench.dataset("z", before: hook(bench, "never")),
        ])
        request.preparation.after = hook(bench, "after")
        let chosen = request
        let (progress, cancellation) = (VaultProgress(), Cancellation())
        let running = Task { try await bench.backup(chosen, progress: progress, cancellation: cancellation) }
        try await eventually { progress.figures.phase == "backup" && progress.figures.bytes > 0 }
        cancellation.cancel()
        let error = await #expect(throws: Failure.self) { try await running.value }
        #expect(error?.code == .interrupted)
        #expect(try log(bench) == ["before", "after-dump", "after"])
    }

    @Test func aHookRunsInItsWorkingDirectoryWithoutAShellBetween() async throws {
        let bench = try Bench(in: "/dev/shm")
        let hook = Command(["touch", "a b;$HOME"], timeout: generous, workingDirectory: bench.source)
        try await bench.backup(bench.request([bench.dataset(before: hook)]))
        #expect(try bench.paths() == ["data", "data/a b;$HOME"])
    }
}
