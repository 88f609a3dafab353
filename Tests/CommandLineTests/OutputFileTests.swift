import Foundation
import Glibc
import TestSupport
import Testing

/// Where a person says that an output goes.
@Suite struct OutputFileTests {
    private let program: Program
    private var scratch: Scratch { program.scratch }

    init() throws {
        program = Program(scratch: try Scratch())
        try scratch.write("hello\n", to: "src/a.txt")
        try program.run("init", "v")
        try program.run("backup", "--vault", "v", "src")
    }

    private static let verbs = [["export", "latest"], ["report"]]

    private func write(_ verb: [String], to output: String, expecting status: Int32 = 0) throws -> Program.Outcome {
        let outcome = try program.start(verb + ["--vault", "v", "-o", output]).wait()
        #expect(outcome.status == status, "\(verb) -o \(output): \(outcome.error)")
        return outcome
    }

    private func begin(_ verb: [String]) -> String { verb.first == "report" ? "# Backups" : "\u{28}" }

    @Test(arguments: verbs) func aDeviceIsWrittenIntoAndStays(verb: [String]) throws {
        guard geteuid() == 0 else { return print("skipped: only root may make a device") }
        try program.shell("mknod null c 1 3")
        _ = try write(verb, to: "null")
        try program.shell("test -c null")
        #expect(try write(verb, to: "/dev/full", expecting: 1).error.contains("No space left on device"))
        try program.shell("test -c /dev/full")
    }

    @Test(arguments: verbs) func aFIFOGetsTheBytes(verb: [String]) throws {
        try program.shell(
            "mkfifo pipe; (cat pipe > got) & sleep 0.3; \(Program.path) \(verb.joined(separator: " ")) --vault v -o pipe && wait && test -p pipe"
        )
        #expect(try scratch.read("got").starts(with: begin(verb).utf8))
    }

    /// As the shell does; and a signal ends it.
    @Test func aFIFOThatNobodyReadsIsWaitedForUntilASignal() throws {
        try program.shell("mkfifo pipe")
        let run = try program.start(["report", "--vault", "v", "-o", "pipe"])
        usleep(1_000_000)
        run.child.kill(SIGTERM)
        let outcome = try run.wait()
        #expect(outcome.status == 143 && outcome.error.contains("interrupted"))
    }

    @Test(arguments: verbs) func whatALinkNamesIsReplacedAndTheLinkStays(verb: [String]) throws {
        try program.shell(
            "mkdir d; echo old > d/real; chmod 640 d/real; ln -s d/real one; ln -s one two; ln -s d/new dangling; ln d/real other")
        _ = try write(verb, to: "two")
        _ = try write(verb, to: "dangling")
        try program.shell(
            "test -L one && test -L two && test -L dangling && test -f d/real && test -f d/new && test \"$(stat -c %a d/real)\" = 640")
        #expect(try scratch.read("d/real").starts(with: begin(verb).utf8) && scratch.read("d/new").starts(with: begin(verb).utf8))
        #expect(try scratch.read("other") == [UInt8]("old\n"))
    }

    @Test(arguments: verbs, ["/dev/stdout", "/proc/self/fd/1", "link", "/dev/fd/1"])
    func standardOutputIsWrittenAtItsPlace(verb: [String], name: String) throws {
        let run = "\(Program.path) \(verb.joined(separator: " ")) --vault v -o \(name)"
        try program.shell(
            "ln -sf /dev/stdout link; \(run) | cat > through-pipe; { printf before; \(run); printf after; } > file; printf x > added; \(run) >> added"
        )
        let bytes = try scratch.read("through-pipe")
        #expect(bytes.starts(with: begin(verb).utf8))
        try program.shell("test -L link || test \(name) != link")
        let (file, added) = (try scratch.read("file"), try scratch.read("added"))
        #expect(file.starts(with: Data("before".utf8)) && file.suffix(5).elementsEqual("after".utf8) && file.count > 40)
        #expect(added.first == UInt8(ascii: "x") && added.dropFirst().starts(with: begin(verb).utf8))
    }

    @Test(arguments: verbs) func whatCannotBeWrittenToIsASentenceAndStays(verb: [String]) throws {
        try program.shell("mkdir d; python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"sock\")'; ln -s loop loop")
        for (output, reason) in [
            ("d", "Is a directory"), ("d/", "it names a directory"), (".", "it names a directory"), ("sock", "a socket"),
            ("loop", "Too many levels of symbolic links"), ("none/x", "No such file or directory"), ("src/a.txt/x", "Not a directory"),
        ] {
            #expect(try write(verb, to: output, expecting: 1).error.contains(reason), "\(output)")
        }
        try program.shell("test -S sock && test -d d && test -z \"$(find . -name '.rekindle-*')\"")
    }

    @Test func aFileThatIsAMountIsWrittenInto() throws {
        let mounted = try program.shell("head -c 5000 /dev/zero > volume; touch report.md; mount --bind volume report.md", expecting: nil)
        guard mounted.status == 0 else { return print("skipped: nothing can be mounted here: \(mounted.error)") }
        defer { _ = try? program.shell("umount report.md") }
        _ = try write(["report"], to: "report.md")
        let text = try scratch.read("volume")
        #expect(text.starts(with: "# Backups".utf8) && !text.contains(0))
    }

    @Test func aNewExportIsForItsOwnerAndANewReportAsTheMaskSays() throws {
        try program.shell("umask 027; \(Program.path) export latest --vault v -o e; \(Program.path) report --vault v -o r")
        #expect(try program.shell("stat -c %a e r").output == "600\n640\n")
    }

    /// What a run that was killed left beside an output goes with the next; what another one is writing stays.
    @Test func leftoversBesideAnOutputAreRemoved() throws {
        try scratch.write("half", to: "out/.rekindle-0123456789abcdef01234567")
        try scratch.write("half", to: "out/.rekindle-76543210fedcba9876543210")
        try program.shell("flock -n out/.rekindle-76543210fedcba9876543210 \(Program.path) report --vault v -o out/r.md; ls -A out > names")
        #expect(try String(decoding: scratch.read("names"), as: UTF8.self) == ".rekindle-76543210fedcba9876543210\nr.md\n")
    }

    @Test(arguments: ["there", "dangling", "pipe", "/dev/stdout", "/dev/null", "d"]) func aKeyGoesOnlyIntoANewFile(output: String) throws {
        try program.shell("echo old > there; ln -s nowhere dangling; mkfifo pipe; mkdir d")
        let outcome = try program.run("keygen", "-o", output, expecting: 2)
        #expect(outcome.error.contains("Nothing was written") && outcome.output.isEmpty)
        try program.shell("test \"$(cat there)\" = old && test ! -e nowhere && test -p pipe && test -c /dev/null")
        try program.shell("umask 000; \(Program.path) keygen -o key && test \"$(stat -c %a key)\" = 600")
    }
}

/// A run whose work is done has the status of the work, whatever becomes of its words.
@Suite struct LostOutputTests {
    private let program: Program
    private var scratch: Scratch { program.scratch }

    init() throws {
        program = Program(scratch: try Scratch())
        try scratch.write("hello\n", to: "src/a.txt")
        try scratch.write(
            "version: 1\nname: p\nvault: v\ndata: [{name: d, path: src}]\nvalidate: [{command: [test, -d, d]}]\n", to: "p.yaml")
        try program.run("init", "v")
        try program.run("backup", "--policy", "p.yaml")
    }

    @Test(
        arguments: ["> /dev/full", ">&-", "| true"],
        [
            "backup --policy p.yaml", "restore latest --policy p.yaml --target back", "drill --policy p.yaml --scratch .",
            "verify --policy p.yaml",
        ])
    func whatWasDoneIsNoFailure(where place: String, verb: String) throws {
        for json in ["", "--json"] {
            let outcome = try program.shell("set -o pipefail; \(Program.path) \(verb) \(json) \(place)")
            #expect(place == "| true" || outcome.error.contains("warning: cannot write to standard output"))
        }
        #expect((try program.json("snapshots", "--vault", "v")["snapshots"] as? [Any])?.count == (verb.hasPrefix("backup") ? 3 : 1))
        try program.run("verify", "--deep", "--vault", "v")
    }

    /// Nor is it a success when it was none.
    @Test func aBackupInPartStaysOne() throws {
        try scratch.write("version: 1\nname: p\nvault: v\ndata: [{name: d, path: src}, {name: e, path: missing}]\n", to: "p.yaml")
        try program.shell("\(Program.path) backup --policy p.yaml > /dev/full", expecting: 3)
    }

    /// Else a file that is opened gets the descriptor, and what is printed goes there.
    @Test func nothingIsPrintedIntoTheVaultWhereStandardOutputIsClosed() throws {
        for closed in ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"] {
            try scratch.write(noise(50_000, seed: UInt64(closed.count)), to: "src/noise")
            try program.shell("\(Program.path) backup --policy p.yaml \(closed)")
        }
        try program.shell("\(Program.path) ls latest --vault v >&-", expecting: 1)
        try program.run("verify", "--deep", "--vault", "v")
    }
}
