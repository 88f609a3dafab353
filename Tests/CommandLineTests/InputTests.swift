import Foundation
import TestSupport
import Testing

/// What a backup takes that no policy names: single files, lists, pipes; and what it leaves out.
struct InputTests {
    private let program: Program
    private var scratch: Scratch { program.scratch }

    init() throws {
        program = Program(scratch: try Scratch())
        try program.shell(
            """
            mkdir -p etc/sub data/cache data/old && echo hosts > etc/hosts && echo secret > etc/shadow && echo in > etc/sub/in
            echo a > data/a; echo b > data/cache/b; touch data/cache/.nobackup; head -c 5000 /dev/zero > data/old/large
            """)
        try program.run("init", "v")
    }

    private func paths(_ more: String...) throws -> [String] {
        let entries = try #require(try program.json(["ls", "latest", "--vault", "v"] + more)["entries"] as? [[String: Any]])
        return entries.compactMap { $0["path"] as? String }
    }

    @Test func aSingleFileIsADatasetOfItsOwnAndGoesBackAlone() throws {
        try program.run("backup", "--vault", "v", "etc/hosts")
        #expect(try paths() == ["hosts", "hosts/hosts"])
        #expect(try program.run("backup", "--vault", "v", "etc/hosts").output.contains(#/hosts +1 +1 /#))
        try program.run("restore", "latest", "--vault", "v", "--target", "back")
        #expect(try scratch.read("back/hosts/hosts") == Array("hosts\n".utf8))
        // What lies beside it is not its own: nothing there is touched, whatever is said.
        try program.shell("echo other > etc/hosts")
        let outcome = try program.run("restore", "latest", "--vault", "v", "--in-place", "--delete")
        #expect(outcome.error.contains("hosts: its backup is of some files among others: nothing is deleted in it"))
        #expect(try scratch.read("etc/hosts") == Array("hosts\n".utf8))
        #expect(scratch.exists("etc/shadow") && scratch.exists("etc/sub/in"))
    }

    @Test(arguments: ["printf '%s\\n' etc/hosts etc/sub nothing data/./a", "printf '%s\\0' etc/hosts etc/sub nothing data/a"])
    func aListOfPathsIsSavedAndWhatIsNotThereIsNamed(list: String) throws {
        let outcome = try program.shell("\(list) | \(Program.path) backup --vault v --files-from -", expecting: 3)
        #expect(outcome.error.contains("/nothing: it is not there"), "\(outcome.error)")
        let top = "files" + scratch.path
        let found = try paths().filter { $0.hasPrefix(top + "/") }
        #expect(found == ["data", "data/a", "etc", "etc/hosts", "etc/sub", "etc/sub/in"].map { "\(top)/\($0)" })
        try program.shell("rm -r etc/sub data/a")
        try program.run("restore", "latest", "--vault", "v", "--in-place", "--include", scratch("etc"), expecting: 3)
        #expect(scratch.exists("etc/sub/in") && scratch.exists("etc/shadow") && !scratch.exists("data/a"))
    }

    /// A line that names nothing is not taken for another file, and is not forgotten, whatever it looks like.
    @Test func aLineThatNamesNothingIsNamed() throws {
        for line in ["gone/hosts", "./gone/hosts"] {
            let outcome = try program.shell(
                "printf '\(line)\\netc/hosts\\n' | \(Program.path) backup --vault v --files-from -", expecting: 3)
            #expect(outcome.error.contains("files\(scratch.path)/gone/hosts: it is not there"), "\(outcome.error)")
            try program.shell("printf '\(line)\\netc/hosts\\n' | \(Program.path) backup --vault v --dry-run --files-from -", expecting: 3)
        }
        let refused = try program.shell("echo 'gone/../etc/hosts' | \(Program.path) backup --vault v --files-from -", expecting: 2)
        #expect(refused.error.contains("write whole paths") || refused.error.contains("Write whole paths"))
    }

    /// What a restore of one part puts back, the other does not take away; and the directories around a chosen file stay as they are.
    @Test func nothingIsDeletedOrChangedBesideWhatWasChosen() throws {
        try program.shell("mkdir -p app/conf; echo k > app/conf/keep; echo o > app/other; echo app/conf/keep > list")
        try program.run("backup", "app", "--files-from", "list", "--exclude", "/conf", "--vault", "v")
        try program.shell("rm app/conf/keep; chmod 700 etc app/conf")
        let outcome = try program.run("restore", "latest", "--vault", "v", "--in-place", "--delete")
        #expect(try scratch.read("app/conf/keep") == Array("k\n".utf8))
        #expect(
            outcome.error.contains("app: its backup shares its directory with files that were chosen by themselves"), "\(outcome.error)")
        try program.shell("[ $(stat -c %a app/conf) = 700 ]")
    }

    @Test func whatWasLeftOutForItsSizeOrMarkIsNotDeleted() throws {
        try program.run("backup", "data", "--vault", "v", "--exclude-larger-than", "4KB", "--exclude-if-present", ".nobackup")
        let outcome = try program.run("restore", "latest", "--vault", "v", "--in-place", "--delete")
        #expect(scratch.exists("data/old/large") && scratch.exists("data/cache/b"))
        #expect(outcome.error.contains("data: its backup left out large files, or marked directories: nothing is deleted in it"))
    }

    /// One that is reached through a directory that nobody may list.
    @Test(.enabled(if: Rights.isRoot, Rights.needsRoot)) func aDirectoryInOneThatMayNotBeListedIsSaved() throws {
        try program.shell("mkdir -p home/me && echo x > home/me/file && chmod 711 home && chmod 755 . && chown -R 65534 v home/me")
        try program.shell(
            "mkdir cache2 && chown 65534 cache2 && XDG_CACHE_HOME=$PWD/cache2 setpriv --reuid=65534 --clear-groups \(Program.path) backup --vault v home/me"
        )
    }

    @Test func whatAPipeBringsIsAFileAndNothingIsADoubt() throws {
        try program.shell("seq 100000 | \(Program.path) backup --vault v --stdin numbers.txt")
        try program.shell("\(Program.path) cat latest numbers.txt/numbers.txt --vault v | cmp - <(seq 100000)")
        let empty = try program.shell("true | \(Program.path) backup --vault v --stdin numbers.txt", expecting: 3)
        #expect(empty.error.contains("0 bytes"))
        for name in ["a/b", "..", ""] {
            try program.shell("true | \(Program.path) backup --vault v --stdin '\(name)'", expecting: 2)
        }
    }

    @Test func whatIsLeftOutIsNamed() throws {
        let outcome = try program.run(
            "backup", "--vault", "v", "data", "--exclude-if-present", ".nobackup", "--exclude-larger-than", "4KB")
        #expect(outcome.error.contains("/data/cache: it holds .nobackup; what is in it is left out"), "\(outcome.error)")
        #expect(outcome.error.contains("data/old/large: larger than 4000 bytes; left out"))
        #expect(try paths() == ["data", "data/a", "data/cache", "data/old"])
        try program.run("backup", "--vault", "v", "data", "--exclude-larger-than", "much", expecting: 2)
    }

    @Test func whatIsNoFileIsRefusedWithAWayToSaveIt() throws {
        try program.shell("mkfifo pipe")
        let outcome = try program.run("backup", "--vault", "v", "pipe", expecting: 2)
        #expect(outcome.error.contains("no file and no directory") && outcome.error.contains("--stdin NAME"))
    }

    @Test func aDryRunNamesWhatItWouldReadAndWrite() throws {
        let backup = try program.run("backup", "--vault", "v", "data", "--dry-run").output
        #expect(backup.hasPrefix("+ data/a\n+ data/cache/.nobackup\n+ data/cache/b\n+ data/old/large\n"), "\(backup)")
        let saved = try program.run("backup", "--vault", "v", "data", "-v")
        #expect(saved.error.contains("+ data/old/large\n"))
        try program.shell("echo more >> data/a")
        let changes = try #require(try program.json("backup", "--vault", "v", "data", "--dry-run")["changes"] as? [[String: Any]])
        #expect(changes.contains { $0["path"] as? String == "data/a" && $0["change"] as? String == "changed" })
        try program.shell("rm data/cache/b; touch data/new")
        let restore = try program.json("restore", "latest", "--vault", "v", "--in-place", "--delete", "--dry-run")
        let named = try #require(restore["changes"] as? [[String: Any]]).map { "\($0["change"] ?? "") \($0["path"] ?? "")" }
        #expect(Set(named) == ["changed data/a", "added data/cache/b", "removed data/new"])
        #expect(scratch.exists("data/new") && !scratch.exists("data/cache/b"))
    }

    @Test func quietIsQuietWhenAllIsWell() throws {
        try program.shell(
            "printf 'version: 1\\nname: p\\nvault: v\\ndata: [{name: d, path: data}]\\nvalidate: [{command: [\"true\"]}]\\n' > p.yaml")
        for verb in [
            ["backup", "--policy", "p.yaml"], ["verify", "--policy", "p.yaml"],
            ["restore", "latest", "--target", "back", "--policy", "p.yaml"],
            ["drill", "--policy", "p.yaml"], ["status", "--policy", "p.yaml"],
            ["export", "latest", "-o", "x.tar.zst", "--policy", "p.yaml"],
            ["report", "-o", "r.html", "--policy", "p.yaml"],
        ] {
            let outcome = try program.start(verb + ["--quiet"]).wait()
            #expect(outcome.status == 0 && outcome.output + outcome.error == "", "\(verb): \(outcome)")
        }
        try program.shell("chmod 0 data/a; [ $(id -u) = 0 ] && rm -r data")
        #expect(try program.run("backup", "--policy", "p.yaml", "--quiet", expecting: 1).error.contains("error: "))
    }

    /// Two at once would run each other's hooks into the other's data.
    @Test func aSecondRunOfAPolicySaysWhoRunsOrWaits() throws {
        try program.shell(
            """
            printf 'version: 1\\nname: p\\nvault: v\\ndata: [{name: d, path: data}]\\nbefore: {command: [sh, -c, "touch begun; while [ ! -e go ]; do sleep 0.1; done"]}\\n' > p.yaml
            """)
        let first = try program.start(["backup", "--policy", "p.yaml"])
        try waitUntil { scratch.exists("begun") }
        let refused = try program.run("backup", "--policy", "p.yaml", expecting: 1)
        #expect(refused.error.contains(/is under way on this host \(process [0-9]+, since .* UTC\). --wait 10m/), "\(refused.error)")
        let second = try program.start(["backup", "--policy", "p.yaml", "--wait", "1m30s"])
        try scratch.write("", to: "go")
        #expect(try first.wait().status == 0)
        #expect(try second.wait().status == 0)
        #expect((try program.json("snapshots", "--vault", "v")["snapshots"] as? [Any])?.count == 2)
    }

    /// Also where there is no cache to hold a lock in; and the hook at the end runs whatever went wrong.
    @Test func theLockNeedsNoCacheAndTheLastHookAlwaysRuns() throws {
        try program.shell(
            """
            printf 'version: 1\\nname: p\\nvault: v\\ndata: [{name: d, path: data}]\\nfinally: {command: [sh, -c, "echo $REKINDLE_STATUS >> over"]}\\nbefore: {command: [sh, -c, "touch begun; while [ ! -e go ]; do sleep 0.1; done"]}\\n' > p.yaml
            """)
        let first = try program.start(["backup", "--policy", "p.yaml", "--no-cache"])
        try waitUntil { scratch.exists("begun") }
        try program.run("backup", "--policy", "p.yaml", "--no-cache", expecting: 1)
        try scratch.write("", to: "go")
        #expect(try first.wait().status == 0)
        try program.shell("mv v w")
        try program.run("backup", "--policy", "p.yaml", expecting: 10)
        #expect(try scratch.read("over") == Array("1\n0\n10\n".utf8))
    }
}
