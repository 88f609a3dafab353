import Archiver
import Core
import Foundation
import Operations
import Tarball
import TestSupport
import Testing
import Vault

/// What is left out of a backup, and what happens to sources that are not there.
@Suite(.serialized) struct ExcludeTests {
    private func backUp(_ bench: Bench, _ configure: (inout DirectorySource) throws -> Void) async throws -> BackupReport {
        var source = DirectorySource(path: bench.source)
        try configure(&source)
        return try await bench.backup(bench.request([.init(name: "data", source: .directory(source))]))
    }

    @Test func whatAPatternCoversIsLeftOutWithAllBeneathIt() async throws {
        let bench = try Bench(in: "/dev/shm")
        try await bench.edit("mkdir -p cache/x keep/cache keep/d; touch a.tmp b cache/x/1 keep/cache/2 keep/d/c.tmp keep/d/e top keep/top")
        let report = try await backUp(bench) { source in
            source.exclude = try ["*.tmp", "cache", "/top"].map { try #require(Glob($0)) }
        }
        #expect(report.isComplete)
        #expect(try bench.paths() == ["data", "data/b", "data/keep", "data/keep/d", "data/keep/d/e", "data/keep/top"])
        #expect(report.datasets.first?.files == 3)
    }

    @Test func aFurtherNameOfAnExcludedFileIsAFileOfItsOwn() async throws {
        let bench = try Bench()
        try await bench.edit("echo text > a; ln a b; ln a c")
        _ = try await backUp(bench) { source in source.exclude = [try #require(Glob("/a"))] }
        try await bench.restore()
        #expect(try bench.text(bench.back + "/data/b") == "text\n")
        #expect(bench.inode(bench.back + "/data/b") == bench.inode(bench.back + "/data/c"))
    }

    @Test func onlyATagWithTheRightSignatureMakesACache() async throws {
        let bench = try Bench(in: "/dev/shm")
        try await bench.edit(
            """
            mkdir real fake empty
            touch real/1 fake/1 empty/1 empty/CACHEDIR.TAG
            printf 'Signature: 8a477f597d28d172789f06886806bc55\\nmore' > real/CACHEDIR.TAG
            printf 'Signature: 8a477f597d28d172789f06886806bc5X' > fake/CACHEDIR.TAG
            """)
        _ = try await backUp(bench) { $0.excludeCaches = true }
        #expect(
            try bench.paths() == [
                "data", "data/empty", "data/empty/1", "data/empty/CACHEDIR.TAG", "data/fake", "data/fake/1", "data/fake/CACHEDIR.TAG",
                "data/real",
            ])
        _ = try await backUp(bench) { $0.excludeCaches = false }
        #expect(try bench.paths().contains("data/real/1"))
    }

    @Test(.enabled(if: Rights.mayMount, Rights.needsMounts)) func otherFileSystemsAreLeftOutWhenAsked() async throws {
        let bench = try Bench()
        try await bench.edit("mkdir mount; echo here > here")
        try await mount(bench.source + "/mount")
        try await bench.edit("echo there > mount/there")
        _ = try await backUp(bench) { $0.oneFileSystem = true }
        #expect(try bench.paths() == ["data", "data/here", "data/mount"])
        _ = try await backUp(bench) { $0.oneFileSystem = false }
        #expect(try bench.paths().contains("data/mount/there"))
        try await bench.edit("umount mount")
    }

    @Test func theVaultInsideTheSourceIsLeftOut() async throws {
        let bench = try Bench()
        try await bench.edit("echo text > file; mkdir below")
        let vault = bench.source + "/below/vault"
        _ = try Vault.create(at: vault)
        for _ in 0..<2 {
            let report = try await bench.backup(in: try bench.repository(at: vault))
            #expect(report.isComplete)
            #expect(report.notes.contains { $0.contains("the vault itself") })
        }
        var paths: [String] = []
        try bench.repository(at: vault).view(SnapshotChoice("latest")).entries { paths.append($0.path.description) }
        #expect(paths == ["data", "data/below", "data/below/vault", "data/file"])
    }

    @Test(arguments: ["vault", "vault/packs", "link", "link/snapshots"]) func theVaultAsTheSourceIsRefused(path: String) async throws {
        let bench = try Bench()
        try await bench.edit("echo text > file")
        try await bench.backup()
        try await bash("ln -s vault link", in: bench.scratch.path)
        let source = BackupRequest.Dataset(name: "v", source: .directory(.init(path: bench.scratch(path))))
        let report = try await bench.backup(bench.request([bench.dataset(), source]))
        #expect(
            report.problems.map(\.path) == ["v"] && report.problems.first?.reason.contains("it is the vault itself, or lies in it") == true)
        #expect(try bench.paths() == ["data", "data/file"])
        let alone = bench.request([source])
        let error = await #expect(throws: Failure.self) { try await bench.backup(alone) }
        #expect(error?.message.contains("it is the vault itself") == true)
    }

    @Test func theVaultIsKnownThroughAMountOfItOrOfAPartOfIt() async throws {
        let bench = try Bench()
        try await bench.edit("mkdir mount mount2; echo text > file")
        do { try await bash("mount --bind vault source/mount; mount --bind vault/packs source/mount2", in: bench.scratch.path) } catch {
            return print("skipped: nothing can be mounted here: \(error)")
        }
        for path in ["mount", "mount2"] {
            let source = BackupRequest.Dataset(name: "v", source: .directory(.init(path: bench.source + "/" + path)))
            #expect(try await bench.backup(bench.request([bench.dataset(), source])).problems.map(\.path) == ["v"])
        }
        let report = try await bench.backup()
        #expect(report.notes.count { $0.contains("the vault itself") } == 2)
        #expect(try bench.paths() == ["data", "data/file", "data/mount", "data/mount2"])
        try await bench.edit("umount mount mount2")
    }

    @Test func whatTheKernelMakesUpIsLeftOutUnlessItIsTheSource() async throws {
        let bench = try Bench()
        try await bench.edit("mkdir mount; echo text > file")
        do { try await bench.edit("mount -t proc proc mount") } catch { return print("skipped: nothing can be mounted here: \(error)") }
        let report = try await bench.backup()
        #expect(report.isComplete && report.notes.contains { $0.contains("/mount: a file system that the kernel makes up (proc)") })
        #expect(try bench.paths() == ["data", "data/file", "data/mount"])
        let asked = BackupRequest.Dataset(name: "p", source: .directory(.init(path: bench.source + "/mount/sys/kernel/random")))
        _ = try await bench.backup(bench.request([bench.dataset(), asked]))
        #expect(try bench.paths().contains("p/boot_id"))
        try await bench.edit("umount mount")
    }

    @Test func aMissingSourceFailsAloneAndTheRestIsSaved() async throws {
        let bench = try Bench(in: "/dev/shm")
        try await bench.edit("echo text > file")
        let missing = BackupRequest.Dataset(name: "gone", source: .directory(.init(path: bench.scratch("gone"))))
        let file = BackupRequest.Dataset(name: "file", source: .directory(.init(path: bench.source + "/file")))
        let report = try await bench.backup(bench.request([missing, bench.dataset(), file]))
        #expect(!report.isComplete)
        #expect(report.problems.map(\.path) == ["file", "gone"])
        #expect(report.datasets.map(\.outcome) == [.complete, .failed, .failed])
        #expect(try bench.paths() == ["data", "data/file"])
        #expect(try await bench.verify(deep: true).isSound)
    }

    @Test func withoutAnySourceThereIsNoSnapshot() async throws {
        let bench = try Bench(in: "/dev/shm")
        let missing = BackupRequest.Dataset(name: "gone", source: .directory(.init(path: bench.scratch("gone"))))
        let request = bench.request([missing])
        let error = await #expect(throws: Failure.self) { try await bench.backup(request) }
        #expect(error?.code == .failed)
        #expect(error?.message.contains("gone") ?? false)
        #expect(try bench.snapshotCount() == 0)
    }

    @Test func withoutAVaultNothingIsMade() async throws {
        let bench = try Bench(in: "/dev/shm")
        let error = #expect(throws: Failure.self) { try bench.repository(at: bench.scratch("no-vault")) }
        #expect(error?.code == .noVault)
        #expect(!bench.exists(bench.scratch("no-vault")))
    }

    @Test func aDryRunStoresNothing() async throws {
        let bench = try Bench(in: "/dev/shm")
        try await bench.edit("mkdir d; echo text > d/file; echo more > more")
        let before = try await bash("find . -type f | sort", in: bench.vault)
        var request = bench.request()
        request.isDryRun = true
        let report = try await bench.backup(request)
        #expect(report.snapshot == nil && report.datasets.first?.files == 2 && report.datasets.first?.bytes == 10)
        #expect(try await bash("find . -type f | sort", in: bench.vault) == before)
    }
}

/// Mounts an empty file system; says why not where that is forbidden.
func mount(_ path: String, bytes: Int = 4 << 20) async throws {
    try await bash("mount -t tmpfs -o size=\(bytes) none \(path)", in: "/")
}
