import FileTree
import Foundation
import Operations
import Restorer
import TestSupport
import Testing
import Vault

/// Names that a snapshot keeps apart and the target does not. exFAT is such a target.
@Suite(.serialized, .enabled(if: ExFAT.canMount, "exfat-fuse is not installed, or nothing can be mounted here"))
struct NameCollisionTests {
    private func restore(_ script: String, from bench: Bench, into disk: ExFAT, before: String = "true", times: Int = 1) async throws
        -> RestoreReport
    {
        try await bench.edit(script)
        try await bench.backup()
        try await bash(before, in: disk.path)
        for _ in 1..<times { try await bench.restore(bench.restoreRequest(to: disk.path + "/back")) }
        return try await bench.restore(bench.restoreRequest(to: disk.path + "/back"))
    }

    private func text(_ disk: ExFAT, _ path: String) async throws -> String { try await bashText("cat back/data/\(path)", in: disk.path) }

    @Test(arguments: [1, 2]) func theSecondOfTwoNamesIsNamedAndTheFirstStays(times: Int) async throws {
        let (bench, disk) = (try Bench(), try await ExFAT())
        let report = try await restore(
            "echo first > README; echo second > readme; echo é > É; echo e > é; echo x > x", from: bench, into: disk, times: times)
        #expect(report.collisions.map(\.path) == ["data/readme", "data/é"])
        #expect(report.collisions.first?.reason.contains("takes its name and README for one") == true)
        #expect(report.problemCount == 2 && report.files + report.identical == 3)
        #expect(try await text(disk, "README") == "first\n")
        #expect(try await text(disk, "É") == "é\n")
        try await disk.remove()
    }

    @Test func directoriesAreNotMerged() async throws {
        let (bench, disk) = (try Bench(), try await ExFAT())
        let report = try await restore("mkdir Docs docs FILE; echo 1 > Docs/a; echo 2 > docs/b; touch file", from: bench, into: disk)
        #expect(report.collisions.map(\.path) == ["data/docs", "data/file"])
        #expect(report.problems.map(\.path).sorted() == ["data/docs", "data/docs/b", "data/file"])
        #expect(try await bashText("ls back/data/Docs", in: disk.path) == "a\n")
        try await disk.remove()
    }

    /// What stands there under another spelling is what was just restored.
    @Test func nothingThatWasRestoredIsDeletedForItsSpelling() async throws {
        let (bench, disk) = (try Bench(), try await ExFAT())
        try await bench.edit("mkdir Docs; echo new > README; echo in > Docs/in; echo 2 > zwei")
        try await bench.backup()
        try await bash(
            "mkdir -p back/data/docs; echo new > back/data/readme; echo old > back/data/docs/IN; echo x > back/data/extra; echo x > back/data/docs/extra",
            in: disk.path)
        for _ in 1...2 {
            var request = bench.restoreRequest(to: disk.path + "/back")
            request.options.deletes = true
            let report = try await bench.restore(request)
            #expect(report.isComplete, "\(report.problems)")
            #expect(try await bashText("cat back/data/README back/data/Docs/in back/data/zwei", in: disk.path) == "new\nin\n2\n")
            #expect(try await bashText("find back/data -type f | wc -l", in: disk.path) == "3\n")
        }
        try await disk.remove()
    }

    /// What stood there under another spelling is replaced, as it would be under its own.
    @Test func anOlderFileUnderAnotherSpellingIsNoCollision() async throws {
        let (bench, disk) = (try Bench(), try await ExFAT())
        let report = try await restore(
            "echo new > README; echo two > Two; echo lost > two", from: bench, into: disk,
            before: "mkdir -p back/data; echo old > back/data/readme; echo old > back/data/tWO")
        #expect(report.collisions.map(\.path) == ["data/two"])
        #expect(try await text(disk, "readme") == "new\n")
        #expect(try await text(disk, "two") == "two\n")
        try await disk.remove()
    }
}

/// A small file system that takes names for one that differ in case only.
final class ExFAT {
    let path: String
    private let scratch: Scratch

    static let canMount: Bool = {
        do {
            try ExFAT.mount(Scratch(in: "/tmp"))
            return true
        } catch { return false }
    }()

    init() async throws {
        scratch = try Scratch(in: "/tmp")
        path = scratch("disk")
        let scratch = scratch
        try await offPool { try Self.mount(scratch, remaining: true) }
    }

    private static func mount(_ scratch: Scratch, remaining: Bool = false) throws {
        let end = remaining ? "" : "; umount disk"
        let script =
            "mkdir disk; truncate -s 32M image; mkfs.exfat image > /dev/null 2>&1 && mount.exfat-fuse image disk > /dev/null 2>&1\(end)"
        _ = try runShell(script, in: scratch.path, [:])
    }

    func remove() async throws { try await bash("umount disk", in: scratch.path) }
}
