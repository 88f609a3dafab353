import Archiver
import Core
import Foundation
import Glibc
import Operations
import Restorer
import Tarball
import TestSupport
import Testing
import Vault

/// Files that change, go or cannot be read while the backup runs.
@Suite(.serialized) struct ChangingFileTests {
    /// Threads that keep changing a file until they are told to stop: several, since a busy machine may let one of them wait.
    private final class Meddler: Sendable {
        private let isOver = Flag()
        private let hasBegun = Flag()

        init(_ path: String, _ change: @escaping @Sendable (Int32, Int) -> Void) {
            for _ in 0..<4 {
                let thread = Thread { [self] in
                    let descriptor = open(path, O_RDWR)
                    var count = 0
                    while !isOver.isRaised {
                        change(descriptor, count)
                        count += 1
                        if count == 100 { hasBegun.raise() }
                    }
                    close(descriptor)
                }
                thread.start()
            }
            while !hasBegun.isRaised { usleep(100) }
        }

        func stop() { isOver.raise() }
    }

    enum Change: String, CaseIterable, Sendable {
        case rewrites, growsAndRewrites, shrinksAndGrows

        func apply(_ descriptor: Int32, _ count: Int) {
            var byte = UInt8(truncatingIfNeeded: count)
            switch self {
            case .rewrites: pwrite(descriptor, &byte, 1, off_t(count % 1000))
            case .growsAndRewrites:
                pwrite(descriptor, &byte, 1, off_t(count % 1000))
                pwrite(descriptor, &byte, 1, 48_000_000 + off_t(count))
            case .shrinksAndGrows:
                ftruncate(descriptor, off_t(48_000_000 + (count % 2) * 1000))
                pwrite(descriptor, &byte, 1, off_t(count % 1000))
            }
        }
    }

    @Test(arguments: Change.allCases) func aFileThatKeepsChangingIsStoredAndNamed(change: Change) async throws {
        // No journal here that could hold the writer up.
        let bench = try Bench(in: "/dev/shm")
        try await bench.edit("seq 1 9999999 | head -c 48000000 > busy; echo quiet > quiet")
        let meddler = Meddler(bench.source + "/busy") { change.apply($0, $1) }
        let report = try await bench.backup()
        meddler.stop()
        #expect(!report.isComplete)
        #expect(report.problems.map(\.path) == ["data/busy"])
        #expect(report.problems.first?.reason.contains("changed while it was read") ?? false)
        #expect(report.datasets.first?.outcome == .partial)
        #expect(try bench.view().entry("data/busy").isUnstable)
        #expect(try !bench.view().entry("data/quiet").isUnstable)
        #expect(try await bench.verify(deep: true).isSound)
        let restored = try await bench.restore()
        #expect(restored.isComplete)
        #expect(restored.notes.contains { $0.contains("data/busy: as it was while it changed") })
        // What changed is read again the next time, even if it has been quiet since.
        try await Task.sleep(for: .milliseconds(2100))
        let next = try await bench.backup()
        #expect(next.isComplete)
        #expect(try !bench.view().entry("data/busy").isUnstable)
        try await bench.restore()
        #expect(try await bash("cmp source/busy back/data/busy", in: bench.scratch.path) == [])
    }

    /// A log that is written to: what was there when it was opened is whole, and no reason to call the night incomplete.
    @Test func aFileThatOnlyGrowsIsStoredAsItWasWhenItWasOpened() async throws {
        let bench = try Bench(in: "/dev/shm")
        try await bench.edit("seq 1 9999999 | head -c 48000000 > log; cp log before; echo quiet > quiet")
        let meddler = Meddler(bench.source + "/log") { descriptor, _ in
            let line = Array("line\n".utf8)
            lseek(descriptor, 0, SEEK_END)
            write(descriptor, line, line.count)
            usleep(200)
        }
        let report = try await bench.backup()
        meddler.stop()
        #expect(report.isComplete && report.problems.isEmpty)
        #expect(report.datasets.first?.grew == 1)
        #expect(report.snapshot?.record.isComplete == true)
        let entry = try bench.view().entry("data/log")
        #expect(entry.isGrowing && !entry.isUnstable && entry.changeMark == nil)
        #expect(try #require(entry.contents).size >= 48_000_000)
        let restored = try await bench.restore()
        #expect(restored.isComplete && restored.notes.contains { $0.contains("data/log: as it was when the backup opened it") })
        #expect(try await bash("cmp -n 48000000 source/before back/data/log", in: bench.scratch.path) == [])
        // A prefix of what it became.
        #expect(try await bash("cmp -n $(stat -c %s back/data/log) source/log back/data/log", in: bench.scratch.path) == [])
        #expect(try await bench.verify(deep: true).isSound)
        try await Task.sleep(for: .milliseconds(2100))
        #expect(try await bench.backup().datasets.first?.grew == nil)
        #expect(try !bench.view().entry("data/log").isGrowing)
    }

    /// A process that has ended and was not waited for lists links that answer that they are not there, as a broken file system does.
    @Test func aNameThatIsListedAndNotThereCannotBeRead() async throws {
        let bench = try Bench()
        let process = fork0()
        defer { var status: Int32 = 0; waitpid(process, &status, 0) }
        try await Task.sleep(for: .milliseconds(300))
        let source = "/proc/\(process)"
        let report = try await bench.backup(bench.request([.init(name: "data", source: .directory(.init(path: source)))]))
        let named = report.problems.filter { $0.path == "data/cwd" || $0.path == "data/exe" }
        #expect(named.count == 2 && named.allSatisfy { $0.reason.contains("although its directory lists it") })
        #expect(!report.notes.contains { $0.contains("data/cwd") })
        #expect(report.datasets.first?.outcome == .partial)
    }

    /// A child that ends at once and is left unwaited for.
    private func fork0() -> pid_t {
        var process: pid_t = 0
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("/bin/true"), nil]
        posix_spawn(&process, "/bin/true", nil, nil, &arguments, nil)
        free(arguments[0])
        return process
    }

    @Test func aFileRemovedMeanwhileIsANote() async throws {
        let bench = try Bench()
        // One large file for each thread, so that the last name is listed long before it is looked at.
        try await bench.edit("for i in $(seq \(Crew.size)); do truncate -s 48M a$i; done; echo late > z")
        let request = bench.request()
        let progress = VaultProgress()
        let running = Task { try await bench.backup(request, progress: progress) }
        try await removeOnceItReads(bench.source + "/z", progress)
        let report = try await running.value
        #expect(report.isComplete)
        #expect(report.notes == ["data/z: removed while the backup ran"])
        #expect(try !bench.paths().contains("data/z"))
    }

    @Test func aFileRemovedWhileItIsReadIsStoredWhole() async throws {
        let bench = try Bench()
        try await bench.edit("seq 1 9999999 | head -c 40000000 > a")
        let content = try await bashText("sha256sum < a", in: bench.source)
        let request = bench.request()
        let progress = VaultProgress()
        let running = Task { try await bench.backup(request, progress: progress) }
        try await removeOnceItReads(bench.source + "/a", progress)
        let report = try await running.value
        #expect(report.isComplete)
        #expect(report.notes.contains { $0.contains("data/a: removed while it was read") })
        try await bench.restore()
        #expect(try await bashText("sha256sum < back/data/a", in: bench.scratch.path) == content)
    }

    /// On a thread of its own: the pool of the other tests may be busy for longer than the file takes.
    private func removeOnceItReads(_ path: String, _ progress: VaultProgress) async throws {
        try await offPool {
            let deadline = Date(timeIntervalSinceNow: 60)
            while progress.figures.phase != "backup" || progress.figures.bytes == 0, Date() < deadline { usleep(200) }
            unlink(path)
        }
    }

    @Test func whatCannotBeReadIsNamedAndTheRestIsSaved() async throws {
        let bench = try Bench()
        try await bench.edit(
            "echo a > open; echo b > closed; ln closed linked; chmod 0 closed; mkdir locked; echo c > locked/in; chmod 0 locked; echo z > z"
        )
        try await bash("chown -R 65534 vault cache; chmod 755 .", in: bench.scratch.path)
        let request = bench.request()
        let report = try await offPool {
            try beNobody()
            return try Backup(request, in: try bench.repository(), progress: VaultProgress(), cancellation: Cancellation()).run()
        }
        #expect(!report.isComplete)
        #expect(report.problems.map(\.path).sorted() == ["data/closed", "data/linked", "data/locked"])
        #expect(report.problems.count { $0.reason.contains("Permission denied") } == 2)
        #expect(report.datasets.first?.outcome == .partial)
        #expect(report.datasets.first?.unreadable == 3)
        #expect(report.snapshot?.record.problemCount == 3)
        #expect(try bench.paths() == ["data", "data/open", "data/z"])
        #expect(try await bench.verify(deep: true).isSound)
        // The next run that may read all of it is complete.
        #expect(try await bench.backup().isComplete)
        try await bench.restore()
        #expect(try await TreeListing.of(bench.source).differences(try await TreeListing.of(bench.back + "/data")) == [])
    }

    /// What is excluded is asked nothing: it may be unreadable.
    @Test func whatIsExcludedNeedsNoRights() async throws {
        let bench = try Bench()
        try await bench.edit("mkdir -m 0 secret lost+found other; echo x > x")
        try await bash("chown 65534 vault cache source source/secret; chown -R 65534 vault; chmod 755 .", in: bench.scratch.path)
        let exclude = try #require(Glob("secret"))
        func report(_ exclude: [Glob]) async throws -> BackupReport {
            let request = bench.request([.init(name: "data", source: .directory(.init(path: bench.source, exclude: exclude)))])
            return try await offPool {
                try beNobody()
                return try Backup(request, in: try bench.repository(), progress: VaultProgress(), cancellation: Cancellation()).run()
            }
        }
        let first = try await report([exclude])
        #expect(first.problems.map(\.path) == ["data/other"])
        #expect(first.notes.contains { $0.contains("data/lost+found: the file system's own") })
        try await bench.edit("rmdir other")
        #expect(try await report([exclude]).isComplete)
        #expect(try await report([]).problems.map(\.path) == ["data/secret"])
    }

    @Test func anInterruptedBackupLeavesNoSnapshotAndTheNextOneReusesWhatItSaved() async throws {
        let bench = try Bench(in: "/dev/shm")
        try await bench.edit("for i in $(seq 20); do head -c 3000000 /dev/urandom > f$i; done")
        let request = bench.request()
        let (progress, cancellation) = (VaultProgress(), Cancellation())
        let running = Task { try await bench.backup(request, progress: progress, cancellation: cancellation) }
        try await eventually { progress.figures.phase == "backup" && progress.figures.bytes >= 9_000_000 }
        cancellation.cancel()
        let error = await #expect(throws: Failure.self) { try await running.value }
        #expect(error?.code == .interrupted)
        #expect(try bench.snapshotCount() == 0)
        #expect(try await bash("find . -name '.tmp-*'", in: bench.vault) == [])
        #expect(try await bench.backup().isComplete)
        #expect(try await bench.verify(deep: true).isSound)
        try await bench.restore()
        #expect(try await bash("diff -r source back/data", in: bench.scratch.path) == [])
    }
}
