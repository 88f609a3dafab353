import Foundation
import TestSupport
import Testing

/// The exit status and the sentence of everything that can go wrong; nothing is harmed by it.
@Suite struct StatusTests {
    private let program: Program
    private var scratch: Scratch { program.scratch }

    init() throws {
        program = Program(scratch: try Scratch())
        try scratch.write("hello\n", to: "src/a.txt")
        try scratch.write(noise(200_000, seed: 3), to: "src/b.bin")
        try program.run("init", "v")
        try program.run("backup", "--vault", "v", "src")
    }

    private func policy(_ text: String, name: String = "p.yaml") throws {
        try scratch.write("version: 1\nname: test\nvault: v\n\(text)", to: name)
    }

    @Test func aPlaceWithoutAVaultIsStatusTen() throws {
        for arguments in [["snapshots"], ["verify"], ["backup", "src"], ["restore", "latest", "--target", "x"]] {
            let outcome = try program.start(arguments + ["--vault", "nothing"]).wait()
            #expect(outcome.status == 10)
            #expect(outcome.error.contains("there is no vault at nothing"))
        }
        #expect(!scratch.exists("x"))
    }

    @Test(
        arguments: [
            (["frobnicate"], "frobnicate"), (["restor", "latest"], "did you mean \"restore\"?"),
            (["help", "restor"], "did you mean \"restore\"?"), (["backup", "--vault", "v"], "name a directory"),
            (["show", "feed", "--vault", "v"], "no snapshot feed"),
            (["show", "@yesterday", "--vault", "v"], "is not a time"), (["show", "@1999-01-01", "--vault", "v"], "no snapshot is as old"),
            (["show", "@2001-01-01", "--vault", "v"], "no snapshot is as old"), (["verify", "--sample", "8/7", "--vault", "v"], "8/7"),
            (["restore", "latest", "--vault", "v"], "--target"),
            (["restore", "latest", "--targt", "x", "--vault", "v"], "'--targt'"),
            (["backup", "--policy", "p.yaml", "--kubeconfig", "x"], "'--kubeconfig'"),
            (["restore", "latest", "--target", "x", "--in-place", "--vault", "v"], "give one of"),
            (["restore", "latest", "--target", "x", "--include", "../x", "--vault", "v"], "no pattern"),
            (["init", "v"], "there is a vault at v already"),
            (["init", "src"], "is not empty"), (["backup", "--vault", "v", "missing"], "missing"),
            (["backup", "--policy", "missing.yaml"], "missing.yaml"),
        ] as [([String], String)])
    func aWrongRequestIsStatusTwo(arguments: [String], words: String) throws {
        let before = try scratch.files("v")
        let outcome = try program.start(arguments).wait()
        #expect(outcome.status == 2, "\(outcome.error)")
        #expect(outcome.error.contains(words), "\(outcome.error)")
        #expect(outcome.output.isEmpty)
        #expect(try scratch.files("v") == before)
        #expect(!scratch.exists("x"))
    }

    @Test func aBadPolicyIsNamedWithItsLine() throws {
        try policy("data:\n  - name: d\n    path: src\n    exlude: [a]\n")
        let outcome = try program.run("backup", "--policy", "p.yaml", expecting: 2)
        #expect(outcome.error.contains("p.yaml:7") && outcome.error.contains("exclude"))
    }

    /// A rescue system's chroot: Swift would find no arguments there and answer every request with the help.
    @Test(.enabled(if: Rights.mayUnshare, Rights.needsNamespaces)) func withoutProcNothingIsTakenForSuccess() throws {
        let outcome = try program.shell("unshare -m sh -c 'umount -l /proc && exec \(Program.path) snapshots --vault v'", expecting: nil)
        #expect(outcome.status == 1 && outcome.output.isEmpty && outcome.error.contains("/proc is not mounted"), "\(outcome)")
    }

    /// What a program is given of signals is what it would have in a shell.
    @Test func pipesInACommandEndAsInAShell() throws {
        try program.run("init", "pipes")
        try scratch.write(
            "version: 1\nname: t\nvault: pipes\ndata:\n  - {name: a, command: [bash, -c, 'set -o pipefail; yes | head -n 1 || echo \"$?\"'], file: f}\n",
            to: "pipes.yaml")
        try program.run("backup", "--policy", "pipes.yaml")
        // 141: ended by SIGPIPE, and not by an error of writing.
        #expect(try program.run("cat", "latest", "a/f", "--vault", "pipes").output == "y\n141\n")
    }

    @Test func aSourceThatFailsIsStatusThreeAndTheRestIsSaved() throws {
        try policy(
            "data:\n  - {name: d, path: src}\n  - {name: gone, path: nowhere}\n  - {name: dump, command: [sh, -c, 'echo half; exit 3'], file: dump.txt}\n"
        )
        let outcome = try program.run("backup", "--policy", "p.yaml", expecting: 3)
        #expect(outcome.error.contains("gone: cannot open"))
        #expect(outcome.error.contains("dump: `sh -c"))
        #expect(outcome.error.contains("ended with status 3"))
        #expect(try program.run("ls", "latest", "--vault", "v").output == "d/\nd/a.txt\nd/b.bin\n")
        try program.run("verify", "--deep", "--vault", "v")
    }

    @Test func whenNothingCanBeReadThereIsNoSnapshot() throws {
        try policy("data:\n  - {name: gone, path: nowhere}\n")
        #expect(try program.run("backup", "--policy", "p.yaml", expecting: 1).error.contains("nothing could be backed up"))
        #expect((try program.json("snapshots", "--vault", "v")["snapshots"] as? [Any])?.count == 1)
    }

    @Test(.enabled(if: Rights.isRoot, Rights.needsRoot)) func anUnreadableFileIsNamed() throws {
        try scratch.write("secret", to: "src/secret")
        try program.shell("chmod 600 src/secret && chmod 755 . src && chown -R 65534 v cache")
        let outcome = try program.shell("setpriv --reuid=65534 --clear-groups \(Program.path) backup --vault v src", expecting: 3)
        #expect(outcome.error.contains("src/secret: cannot open it: Permission denied"))
        #expect(outcome.output.contains("partial"))
    }

    @Test func damageIsStatusFourAndTheRestComesBack() throws {
        let packs = try scratch.files("v/packs")
        var bytes = try scratch.read(packs[0])
        for pack in packs where try scratch.read(pack).count > bytes.count { bytes = try scratch.read(pack) }
        let pack = try #require(try packs.first { try scratch.read($0) == bytes })
        bytes[bytes.count / 2] ^= 1
        try program.shell("chmod u+w \(pack)")
        try scratch.write(bytes, to: pack)
        let outcome = try program.run("verify", "--vault", "v", expecting: 4)
        #expect(outcome.output.contains("DAMAGED  \(pack.dropFirst(2))"))
        #expect(outcome.output.contains("src/b.bin") && !outcome.output.contains("src/a.txt\n") || outcome.output.contains("src/a.txt"))
        try program.run("restore", "latest", "--target", "back", "--vault", "v", expecting: 4)
        #expect(!scratch.exists("back/src/b.bin"))
        let json = try program.json("verify", "--vault", "v", expecting: 4)
        #expect((json["damage"] as? [Any])?.isEmpty == false)
    }

    /// What a verification has found damaged is no good backup, until one as thorough finds that it is whole.
    @Test func theLastGoodBackupIsNotADamagedOne() throws {
        let first = try #require(try program.json("show", "latest", "--vault", "v")["id"] as? String)
        let before = Set(try scratch.files("v/packs"))
        try scratch.write("new data", to: "src/new.txt")
        try program.run("backup", "src", "--vault", "v")
        let second = try #require(try program.json("show", "latest", "--vault", "v")["id"] as? String)
        let packs = try scratch.files("v/packs").filter { !before.contains($0) }
        let saved = try packs.map { ($0, try scratch.read($0)) }
        for (pack, bytes) in saved {
            try program.shell("chmod u+w \(pack)")
            try scratch.write([UInt8](repeating: 0, count: bytes.count), to: pack)
        }
        #expect(try program.json("status", "--vault", "v", expecting: 0)["lastGood"] as? String == second)
        try program.run("verify", "--vault", "v", expecting: 4)
        let status = try program.json("status", "--vault", "v", expecting: 5)
        #expect(status["lastGood"] as? String == first && status["newest"] as? String == second)
        for (pack, bytes) in saved { try scratch.write(bytes, to: pack) }
        try program.run("verify", "--vault", "v")
        #expect(try program.json("status", "--vault", "v", expecting: 0)["lastGood"] as? String == second)
    }

    @Test func aFailedValidationIsStatusFive() throws {
        try policy(
            "data:\n  - {name: d, path: src}\nvalidate:\n  - command: [sh, -c, 'test -f $REKINDLE_TARGET/d/a.txt']\n  - command: ['false']\n"
        )
        try program.run("backup", "--policy", "p.yaml")
        let outcome = try program.run("restore", "latest", "--policy", "p.yaml", "--target", "back", expecting: 5)
        #expect(outcome.output.contains(/FAILED .*`false`: ended with status 1/))
        #expect(outcome.output.contains(/passed .*`sh -c/))
        #expect(scratch.exists("back/d/a.txt"))
        try program.run("restore", "latest", "--policy", "p.yaml", "--target", "back", "--skip-validation")
    }

    @Test func aNewerFormatIsRefusedAndNothingIsChanged() throws {
        try program.shell("chmod u+w v/VAULT && sed -i 's/\"version\" : 1/\"version\" : 2/' v/VAULT")
        let before = try scratch.files("v")
        for arguments in [["backup", "src"], ["verify"], ["restore", "latest", "--target", "x"], ["snapshots"]] {
            let outcome = try program.start(arguments + ["--vault", "v"]).wait()
            #expect(outcome.status == 2)
            #expect(outcome.error.contains("has format 2, and this program knows format 1"))
        }
        #expect(try scratch.files("v") == before)
    }

    @Test func standardOutputThatIsFullIsAFailure() throws {
        #expect(try program.shell("\(Program.path) ls latest --vault v > /dev/full", expecting: 1).error.contains("No space left"))
    }
}
