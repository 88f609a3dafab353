import Foundation
import Operations
import Restorer
import TestSupport
import Testing
import Vault

/// A restore over files on which something is mounted, as in containers.
@Suite(.serialized, .enabled(if: Rights.mayMount, Rights.needsMounts)) struct MountedFileTests {
    /// A target in which a file is a mount of another one, outside of it.
    private func prepare(_ content: String, mount: String = "data/conf") async throws -> Bench {
        let bench = try Bench()
        try await bench.edit(content)
        try await bench.backup()
        try await bash(
            "mkdir -p back/data; head -c 9000 /dev/zero > volume; touch back/\(mount); mount --bind volume back/\(mount)",
            in: bench.scratch.path)
        return bench
    }

    private func unmount(_ bench: Bench) async throws {
        try await bash("for f in back/data/*; do umount $f 2> /dev/null || true; done", in: bench.scratch.path)
    }

    @Test(arguments: ["echo good > conf", "truncate -s 1M conf; echo end >> conf", ": > conf"])
    func theFileIsWrittenInPlaceAndCompared(content: String) async throws {
        let bench = try await prepare(content)
        let report = try await bench.restore()
        #expect(report.isComplete && report.files == 1)
        #expect(report.notes.contains { $0.contains("data/conf is a mount of its own: written in place and read back") })
        try await bash("cmp source/conf volume", in: bench.scratch.path)
        #expect(try await bench.restore().identical == 1)
        try await unmount(bench)
    }

    @Test func whatCannotTakeThePlaceOfAMountIsNamedWithIt() async throws {
        let bench = try await prepare("ln -s elsewhere conf; echo other > other")
        let report = try await bench.restore()
        #expect(report.problems.map(\.path) == ["data/conf"] && report.files == 1)
        #expect(report.problems.first?.reason.contains("is mounted there") == true)
        #expect(report.problems.first?.reason.contains("/volume") == true)
        try await unmount(bench)
    }

    @Test func aMountThatMayOnlyBeReadIsNamed() async throws {
        let bench = try await prepare("echo good > conf")
        try await bash("mount -o remount,bind,ro back/data/conf", in: bench.scratch.path)
        let report = try await bench.restore()
        #expect(report.problems.first?.reason.contains("Read-only file system: ") == true)
        try await unmount(bench)
    }

    /// With the first byte that is written what was there is lost: not for content that cannot be had.
    @Test func damageInTheVaultLeavesTheFileAsItIs() async throws {
        let bench = try await prepare("head -c 100000 /dev/urandom > conf")
        try await bash(
            "for f in packs/*/*; do chmod u+w $f; printf '\\xff\\xff\\xff\\xff' | dd of=$f bs=1 seek=50000 conv=notrunc 2>/dev/null || true; done",
            in: bench.vault)
        let report = try await bench.restore()
        #expect(report.damagedCount == 1)
        #expect(try await bashText("stat -c %s volume; tr -d '\\0' < volume | wc -c", in: bench.scratch.path) == "9000\n0\n")
        try await unmount(bench)
    }

    @Test func removingSparesAFileThatIsAMount() async throws {
        let bench = try await prepare("echo x > other", mount: "data/live")
        var request = bench.restoreRequest()
        request.options.deletes = true
        let report = try await bench.restore(request)
        #expect(report.isComplete && report.deleted == 0)
        #expect(report.notes.contains { $0.contains("live is not deleted") })
        try await unmount(bench)
    }
}
