import Archiver
import Core
import Foundation
import Operations
import Restorer
import TestSupport
import Testing
import Vault

/// Datasets that go back to where they came from.
@Suite(.serialized) struct RestoreInPlaceTests {
    private func inPlace(_ bench: Bench, deletes: Bool = false) -> RestoreRequest {
        var request = RestoreRequest(snapshot: "latest", target: .origin)
        request.options.deletes = deletes
        return request
    }

    @Test func whatWasChangedIsPutRight() async throws {
        let bench = try Bench()
        try await bench.edit("mkdir d; echo one > d/one; echo two > two; ln -s two link; chmod 700 d; touch -d @7 d/one d .")
        let before = try await TreeListing.of(bench.source)
        try await bench.backup()
        try await bench.edit("rm -r d; echo changed > two; rm link; mkdir link; touch extra")
        #expect(try await !bench.restore(inPlace(bench)).isComplete, "a directory stands where the link was")
        #expect(bench.exists(bench.source + "/extra"))
        let report = try await bench.restore(inPlace(bench, deletes: true))
        #expect(report.isComplete)
        #expect(before.differences(try await TreeListing.of(bench.source)) == [])
    }

    /// Two machines with one policy and one vault.
    @Test func anotherHostsDataGoesBackOnlyWhereThatIsSaid() async throws {
        let bench = try Bench()
        for host in ["a", "b"] {
            try await bench.edit("echo \(host) > orders")
            var request = bench.request()
            request.host = host
            try await bench.backup(request)
        }
        var request = inPlace(bench, deletes: true)
        request.policy = "test"
        request.host = .preferring("a")
        let announced = Monitor<[String]>([])
        let chosen = request
        _ = try await offPool {
            try Restore(chosen, in: try bench.repository(), progress: VaultProgress(), cancellation: Cancellation()).run {
                snapshot, target in
                announced.withLock { $0.append("\(snapshot.record.host) \(target)") }
            }
        }
        #expect(announced.withLock { $0 } == ["a \(bench.source)"])
        #expect(try bench.text(bench.source + "/orders") == "a\n")
        request.host = .preferring("c")
        let refused = request
        let error = await #expect(throws: Failure.self) { try await bench.restore(refused) }
        #expect(error?.message.contains("of b,") == true && error?.hint?.contains("--host b") == true)
        #expect(try bench.text(bench.source + "/orders") == "a\n")
        request.host = .only("b")
        try await bench.restore(request)
        #expect(try bench.text(bench.source + "/orders") == "b\n")
        // Also a snapshot that is named by its id is of one host.
        request.snapshot = try #require(try bench.snapshotIDs().first)
        let byID = request
        let other = await #expect(throws: Failure.self) { try await bench.restore(byID) }
        #expect(other?.hint?.contains("--host a") == true)
    }

    @Test func aSourceThatIsGoneIsMadeAgain() async throws {
        let bench = try Bench()
        try await bash("mkdir -p deep/er/source; echo text > deep/er/source/file", in: bench.scratch.path)
        let path = bench.scratch("deep/er/source")
        try await bench.backup(bench.request([.init(name: "data", source: .directory(.init(path: path))), bench.dataset("other")]))
        try await bash("rm -r deep", in: bench.scratch.path)
        var request = inPlace(bench)
        request.options.isDryRun = true
        #expect(try await bench.restore(request).files == 1)
        #expect(!bench.exists(bench.scratch("deep")))
        #expect(try await bench.restore(inPlace(bench)).isComplete)
        #expect(try bench.text(path + "/file") == "text\n")
    }

    @Test func whatDidNotComeFromADirectoryIsNamed() async throws {
        let bench = try Bench(in: "/dev/shm")
        try await bench.edit("echo text > file")
        try await bench.backup(
            bench.request([bench.dataset(), .init(name: "dump", source: .command(script("echo x", timeout: generous), file: "f"))]))
        let report = try await bench.restore(inPlace(bench))
        #expect(report.notes.contains { $0.contains("dump did not come from a directory") })
        #expect(try await bashText("ls", in: bench.source) == "file\n")
        #expect(!bench.exists("/dump"))
    }

    @Test func withoutAnyDirectoryToGoBackToItIsRefused() async throws {
        let bench = try Bench(in: "/dev/shm")
        try await bench.backup(bench.request([.init(name: "dump", source: .command(script("echo x", timeout: generous), file: "f"))]))
        let request = inPlace(bench)
        let error = await #expect(throws: Failure.self) { try await bench.restore(request) }
        #expect(error?.code == .usage)
    }

    /// The vault beneath the source is in the snapshot as an empty directory.
    @Test func theVaultInsideTheSourceIsNeverRemoved() async throws {
        let bench = try Bench()
        try await bench.edit("echo text > file; mkdir below")
        let vault = bench.source + "/below/vault"
        _ = try Vault.create(at: vault)
        let repository = try bench.repository(at: vault)
        try await bench.backup(in: repository)
        try await bench.edit("touch extra")
        let objects = try await bash("find . -type f | sort", in: vault)
        _ = try? await bench.restore(inPlace(bench, deletes: true), in: repository)
        #expect(!bench.exists(bench.source + "/extra"))
        let left = try await bash("find . -type f | sort", in: vault)
        #expect(left == objects, "the restore removed the vault that it restores from")
    }

    /// A directory on which another file system is mounted is in the snapshot as an empty directory.
    @Test(.enabled(if: Rights.mayMount, Rights.needsMounts)) func anotherFileSystemThatWasLeftOutIsNotEmptied() async throws {
        let bench = try Bench()
        try await bench.edit("mkdir mount")
        try await mount(bench.source + "/mount")
        try await bench.edit("echo precious > mount/file; mkdir mount/d; touch mount/d/x")
        let source = DirectorySource(path: bench.source, oneFileSystem: true)
        try await bench.backup(bench.request([.init(name: "data", source: .directory(source))]))
        try await bench.edit("touch extra")
        try await bench.restore(inPlace(bench, deletes: true))
        #expect(!bench.exists(bench.source + "/extra"))
        #expect(bench.exists(bench.source + "/mount/file") && bench.exists(bench.source + "/mount/d/x"))
        try await bench.edit("umount mount")
    }

    /// What is extra is removed, but not what is mounted somewhere in it.
    @Test(.enabled(if: Rights.mayMount, Rights.needsMounts)) func removingDoesNotGoIntoOtherFileSystems() async throws {
        let bench = try Bench()
        try await bench.edit("touch file")
        try await bench.backup()
        try await bench.edit("mkdir -p extra/mount")
        try await mount(bench.source + "/extra/mount")
        try await bench.edit("echo precious > extra/mount/file")
        _ = try? await bench.restore(inPlace(bench, deletes: true))
        #expect(bench.exists(bench.source + "/extra/mount/file"))
        try await bench.edit("umount extra/mount")
    }
}
