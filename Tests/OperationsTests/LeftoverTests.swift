import FileTree
import Foundation
import Glibc
import Restorer
import TestSupport
import Testing
import Vault

@testable import Operations

/// What runs that were killed left behind.
@Suite(.serialized) struct LeftoverTests {
    private static let litter = ".rekindle-0123456789abcdef01234567"

    @Test(arguments: [false, true]) func aRestoreRemovesWhatAnotherLeft(deletes: Bool) async throws {
        let bench = try Bench()
        try await bench.edit("mkdir d; echo 1 > d/file; echo 2 > file")
        try await bench.backup()
        try await bash(
            "mkdir -p back/data/d; echo secret > back/data/d/\(Self.litter); ln -s x back/data/.rekindle-x", in: bench.scratch.path)
        var request = bench.restoreRequest()
        request.options.deletes = deletes
        let report = try await bench.restore(request)
        #expect(report.isComplete && report.leftovers == 1)
        #expect(!bench.exists(bench.back + "/data/d/\(Self.litter)"))
        #expect(bench.exists(bench.back + "/data/.rekindle-x") != deletes)
    }

    @Test func whatARunThatLivesIsWritingIsLeftAlone() async throws {
        let bench = try Bench()
        try await bench.edit("echo 1 > file")
        try await bench.backup()
        try await bash("mkdir -p back/data", in: bench.scratch.path)
        let directory = try Directory.open(bench.back + "/data")
        let (name, file) = try directory.makeTemporaryFile()
        var request = bench.restoreRequest()
        request.options.deletes = true
        let report = try await bench.restore(request)
        #expect(report.leftovers == 0 && report.deleted == 0)
        #expect(try directory.statusIfPresent(of: name)?.identity == file.status().identity)
    }

    @Test func aRehearsalRemovesNothing() async throws {
        let bench = try Bench()
        try await bench.edit("echo 1 > file")
        try await bench.backup()
        try await bash("mkdir -p back/data; touch back/data/\(Self.litter)", in: bench.scratch.path)
        var request = bench.restoreRequest()
        request.options.isDryRun = true
        #expect(try await bench.restore(request).leftovers == 0)
        #expect(bench.exists(bench.back + "/data/\(Self.litter)"))
    }

    @Test func noBackupHasThem() async throws {
        let bench = try Bench()
        try await bench.edit(
            "echo 1 > file; echo half > \(Self.litter); mkdir \(Self.litter)0; mkdir -m 1700 rekindle-drill-1abc; echo x > rekindle-drill-1abc/x"
        )
        try await bench.edit("mkdir -m 700 rekindle-drill-mine; echo x > rekindle-drill-mine/x")
        let report = try await bench.backup()
        #expect(report.isComplete && report.notes.count == 2)
        #expect(
            report.notes.contains { $0.contains(Self.litter) }
                && report.notes.contains { $0.contains("rekindle-drill-1abc: what a drill restored") })
        #expect(
            try bench.paths() == [
                "data", "data/\(Self.litter)0", "data/file", "data/rekindle-drill-1abc", "data/rekindle-drill-mine",
                "data/rekindle-drill-mine/x",
            ])
    }

    @Test func aScratchFolderOfARunThatWasKilledIsRemovedAndNamed() async throws {
        let scratch = try Scratch()
        let living = try ScratchFolder(.drill, in: scratch.path)
        try await bash(
            "mkdir -m 1700 rekindle-drill-0 rekindle-work-0; mkdir -m 700 rekindle-drill-1; mkdir -m 500 rekindle-drill-0/d; touch rekindle-work-0/x",
            in: scratch.path)
        let told = ScratchFolder.removeLeftovers(in: scratch.path)
        #expect(told.count == 2 && told.allSatisfy { $0.hasSuffix("left by a run that was killed, is removed") }, "\(told)")
        let left = try await bashText("ls", in: scratch.path).split(separator: "\n").map(String.init)
        #expect(Set(left) == ["rekindle-drill-1", String(living.path.split(separator: "/").last ?? "")])
        #expect(living.remove() == nil)
    }
}
