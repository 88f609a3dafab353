import Foundation
import TestSupport
import Testing

/// Disks that are full, read-only or gone; two backups at once. Real ones: small file systems in memory.
@Suite(.serialized) struct StorageTroubleTests {
    private let program: Program
    private var scratch: Scratch { program.scratch }

    init() throws {
        program = Program(scratch: try Scratch())
        try scratch.write("hello\n", to: "src/a.txt")
    }

    /// Mounts a small file system.
    private func mount(_ place: String, megabytes: Int) throws {
        try program.shell("mkdir -p \(place) && mount -t tmpfs -o size=\(megabytes)m none \(place)")
    }

    @Test(.enabled(if: Rights.mayMount, Rights.needsMounts)) func aFullDiskIsAClearFailureAndTheVaultIsSound() throws {
        try mount("disk", megabytes: 8)
        defer { _ = try? program.shell("umount disk") }
        try program.run("init", "disk/v")
        try program.run("backup", "--vault", "disk/v", "src")
        try scratch.write(noise(20_000_000, seed: 4), to: "src/large.bin")
        let outcome = try program.run("backup", "--vault", "disk/v", "src", expecting: 1)
        #expect(outcome.error.contains("No space left on device") && outcome.error.contains("Free some space"))
        #expect(outcome.output.isEmpty)
        try program.run("verify", "--deep", "--vault", "disk/v")
        #expect(try program.run("cat", "latest", "src/a.txt", "--vault", "disk/v").output == "hello\n")
        try program.shell("test -z \"$(find disk/v -name '.tmp-*')\"")
    }

    @Test(.enabled(if: Rights.mayMount, Rights.needsMounts)) func aFullTargetIsAClearFailure() throws {
        try scratch.write(noise(20_000_000, seed: 5), to: "src/large.bin")
        try program.run("init", "v")
        try program.run("backup", "--vault", "v", "src")
        try mount("disk", megabytes: 8)
        defer { _ = try? program.shell("umount disk") }
        let outcome = try program.run("restore", "latest", "--target", "disk/back", "--vault", "v", expecting: 3)
        #expect(outcome.error.contains("src/large.bin") && outcome.error.contains("No space left"))
        #expect(outcome.output.contains("restored only in part"))
        #expect(!scratch.exists("disk/back/src/large.bin"))
        #expect(scratch.exists("disk/back/src/a.txt"))
    }

    @Test(.enabled(if: Rights.mayMount, Rights.needsMounts)) func aReadOnlyVaultIsReadAndNotWritten() throws {
        try mount("disk", megabytes: 8)
        defer { _ = try? program.shell("umount disk") }
        try program.run("init", "disk/v")
        try program.run("backup", "--vault", "disk/v", "src")
        try program.shell("mount -o remount,ro disk")
        try scratch.write("changed\n", to: "src/a.txt")
        #expect(try program.run("backup", "--vault", "disk/v", "src", expecting: 1).error.contains("read-only"))
        try program.run("verify", "--deep", "--vault", "disk/v")
        try program.run("restore", "latest", "--target", "back", "--vault", "disk/v")
    }

    @Test(.enabled(if: Rights.isRoot, Rights.needsRoot)) func aVaultThatOneMayNotWriteIsNamed() throws {
        try program.run("init", "v")
        try program.shell("chmod 755 . src && chmod -R a+rX,go-w v && mkdir c && chown 65534 c")
        let outcome = try program.shell(
            "XDG_CACHE_HOME=$PWD/c setpriv --reuid=65534 --clear-groups \(Program.path) backup --vault v src", expecting: 1)
        #expect(outcome.error.contains("Permission denied") && outcome.error.contains("Run as a user who may use the vault"))
    }

    @Test func aVaultThatVanishesIsStatusTenAndIsSoundWhenItComesBack() throws {
        try program.run("init", "v")
        try program.run("backup", "--vault", "v", "src")
        try scratch.write("changed\n", to: "src/a.txt")
        try scratch.write(
            "version: 1\nname: t\nvault: v\ndata:\n  - {name: a, path: src}\n  - {name: b, path: src, before: {command: [sh, -c, 'cp -a v elsewhere; rm -rf v'], timeout: 2m}}\n",
            to: "p.yaml")
        let outcome = try program.run("backup", "--policy", "p.yaml", expecting: 10)
        #expect(outcome.error.contains("vanished"))
        try program.shell("mv elsewhere v")
        try program.run("verify", "--deep", "--vault", "v")
        #expect((try program.json("snapshots", "--vault", "v")["snapshots"] as? [Any])?.count == 1)
    }

    @Test func twoBackupsAtOnceBothSucceed() throws {
        try program.run("init", "v")
        for number in 0..<6 { try scratch.write(noise(3_000_000, seed: UInt64(number / 2)), to: "src\(number % 2)/\(number).bin") }
        let runs = try (0..<2).map { try program.start(["backup", "--vault", "v", "src\($0)"]) }
        for run in runs {
            let outcome = try run.wait()
            #expect(outcome.status == 0, "\(outcome.error)")
        }
        try program.run("verify", "--deep", "--vault", "v")
        let list = try #require(try program.json("snapshots", "--vault", "v")["snapshots"] as? [[String: Any]])
        #expect(list.count == 2)
        for snapshot in list { try program.run("restore", try #require(snapshot["id"] as? String), "--target", "back", "--vault", "v") }
        try program.shell("diff -r src0 back/src0 && diff -r src1 back/src1")
    }
}
