import Foundation
import Glibc
import Operations
import Restorer
import TestSupport
import Testing

/// Whatever stands in the target, nothing is written or removed outside of it.
@Suite(.serialized) struct HostileTargetTests {
    private func prepare() async throws -> Bench {
        let bench = try Bench()
        try await bench.edit("mkdir -p d/e; echo new > d/file; echo new > d/e/file; echo new > file; ln file d/e/linked; mkfifo d/fifo")
        try await bench.backup()
        try await bash(
            "mkdir -p outside/e back/data; echo old > outside/file; echo old > outside/e/file; touch outside/extra", in: bench.scratch.path)
        return bench
    }

    @Test(arguments: [
        "rmdir data; ln -s ../outside data", "ln -s ../../outside data/d", "mkdir data/d; ln -s ../../../outside/e data/d/e",
        "ln -s ../../outside/file data/file", "mkdir -p data/d; ln -s ../../../outside/file data/d/file",
        "mkdir -p data/d; ln -s ../../../outside/file data/d/fifo", "ln -s ../outside data/more",
        "mkdir -p data/d/e; ln -s ../../../../outside/file data/d/e/linked",
        "ln -s ../../outside/file data/.rekindle-$(printf file | sha256sum | head -c 24)",
        "ln ../outside/file data/file", "ln ../outside/file data/.rekindle-$(printf file | sha256sum | head -c 24)",
    ])
    func aLinkOutOfTheTargetIsReplacedAndNotFollowed(trap: String) async throws {
        let bench = try await prepare()
        try await bash(trap, in: bench.back)
        let outside = try await TreeListing.of(bench.scratch("outside"))
        for overwrite in [RestoreOptions.Overwrite.never, .changed, .always] {
            var request = bench.restoreRequest()
            request.options.overwrite = overwrite
            request.options.deletes = overwrite != .never
            let report = try await bench.restore(request)
            #expect(outside.differences(try await TreeListing.of(bench.scratch("outside"))) == [], "with overwrite \(overwrite)")
            if overwrite != .never { #expect(report.isComplete) }
        }
        #expect(try await TreeListing.of(bench.source).differences(try await TreeListing.of(bench.back + "/data")) == [])
    }

    @Test(arguments: [
        ("mkdir data/file; touch data/file/in", false), ("echo x > data/d", true), ("mkfifo data/d", true), ("ln -s x data/d", true),
        ("mkdir -p data/d/fifo", false), ("mknod data/file c 1 3", true), ("mkfifo data/file", true),
    ])
    func anotherKindInTheWayIsReplacedUnlessItIsADirectory(conflict: String, isReplaced: Bool) async throws {
        let bench = try await prepare()
        try await bash(conflict, in: bench.back)
        let report = try await bench.restore()
        #expect(report.isComplete == isReplaced)
        #expect(report.problems.allSatisfy { $0.reason.contains("--delete") })
        var request = bench.restoreRequest()
        request.options.deletes = true
        #expect(try await bench.restore(request).isComplete)
        #expect(try await TreeListing.of(bench.source).differences(try await TreeListing.of(bench.back + "/data")) == [])
    }

    /// A directory that is swapped for a link and back, over and over, while the restore goes on.
    @Test func aDirectorySwappedForALinkMeanwhileLeadsNowhere() async throws {
        let bench = try Bench(in: "/dev/shm")
        try await bench.edit("mkdir d; for i in $(seq 400); do echo $i > d/f$i; done; mkdir d/e; touch d/e/x")
        try await bench.backup()
        try await bash("mkdir -p outside back/data/d", in: bench.scratch.path)
        let isOver = Flag()
        let (data, outside) = (bench.back + "/data", bench.scratch("outside"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for _ in 0..<8 { _ = try? await bench.restore() }
                isOver.raise()
            }
            group.addTask {
                try await offPool {
                    while !isOver.isRaised {
                        if rename(data + "/d", data + "/parked") == 0 { symlink(outside, data + "/d") }
                        usleep(100)
                        unlink(data + "/d")
                        rename(data + "/parked", data + "/d")
                        usleep(300)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await bashText("find . -mindepth 1", in: outside) == "")
    }
}
