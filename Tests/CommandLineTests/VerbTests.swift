import Foundation
import TestSupport
import Testing

/// What the verbs print, for people and for programs.
@Suite struct VerbTests {
    private let program: Program
    private var scratch: Scratch { program.scratch }

    init() throws {
        program = Program(scratch: try Scratch())
        try scratch.write("hello\n", to: "src/greeting.txt")
        try scratch.write(noise(300_000, seed: 1), to: "src/sub/noise.bin")
        try program.run("init", "v")
        try program.run("backup", "--vault", "v", "src")
    }

    @Test func helpIsAPageWithExamplesAndTheTableOfStatuses() throws {
        let help = try program.run("--help").output
        for word in ["FIRST STEPS", "IN A DISASTER", "EXIT STATUS", "10  no vault there", "restore.sh", "REKINDLE_VAULT"] {
            #expect(help.contains(word))
        }
        for verb in [
            "init", "backup", "snapshots", "show", "accept", "ls", "find", "diff", "log", "drift", "restore", "cat", "export", "verify",
            "drill",
            "bisect", "status", "report", "selftest", "keygen",
        ] {
            #expect(help.contains("  \(verb) "))
            #expect(try program.run(verb, "--help").output.contains("USAGE: rekindle \(verb)"))
        }
    }

    @Test func theProgramTellsItsVersion() throws {
        #expect(try program.run("--version").output.hasPrefix("rekindle "))
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func completionsComeWithTheArgumentParser(shell: String) throws {
        #expect(try program.run("--generate-completion-script", shell).output.contains("snapshots"))
    }

    @Test func catGivesTheBytesOfAFile() throws {
        #expect(try program.run("cat", "latest", "src/greeting.txt", "--vault", "v").output == "hello\n")
        try program.shell("\(Program.path) cat latest /src/sub/noise.bin --vault v | cmp - src/sub/noise.bin")
    }

    /// What is read whole has a bound.
    @Test func aKeyWithoutAnEndIsRefused() throws {
        let outcome = try program.run(
            "restore", "latest", "--cluster", "--vault", "v", "--identity", "/dev/zero", "--kubeconfig", "none", expecting: 2)
        #expect(outcome.error.contains("cannot read the identity /dev/zero: File too large"), "\(outcome.error)")
    }

    /// Its files would be taken for what a cluster had.
    @Test(arguments: ["manifests", "manifests.git"]) func aDirectoryWithTheNameOfTheManifestsIsRefused(name: String) throws {
        try scratch.write("hello\n", to: "\(name)/a.yaml")
        #expect(try program.run("backup", "--vault", "v", name, expecting: 2).error.contains("the name \(name) is kept"))
    }

    @Test func lsListsPathsAndFindFindsThem() throws {
        #expect(try program.run("ls", "latest", "--vault", "v").output == "src/\nsrc/greeting.txt\nsrc/sub/\nsrc/sub/noise.bin\n")
        #expect(try program.run("ls", "latest", "src/sub", "--vault", "v").output == "src/sub/\nsrc/sub/noise.bin\n")
        #expect(try program.run("ls", "-l", "latest", "--vault", "v").output.contains("-rw-"))
        #expect(try program.run("find", "*.bin", "--vault", "v").output.hasSuffix("  src/sub/noise.bin\n"))
        try program.run("find", "nothing-*", "--vault", "v", expecting: 2)
    }

    /// As the shell gives it, and as it was shown.
    @Test func aNameThatIsNoTextIsShownAndTakenBack() throws {
        try program.shell(
            """
            mkdir -p $'n\\xff/d'; echo bytes > $'n\\xff/a\\xfeb'; echo text > $'n\\xff/a\\\\376b'; ln -s $'to\\xfd' $'n\\xff/link'
            \(Program.path) backup --vault v $'n\\xff'
            """)
        let lines = try program.run("ls", "latest", "--vault", "v").output.split(separator: "\n").map(String.init)
        let top = try #require(lines.first).dropLast()
        #expect(lines.dropFirst() == [#"\#(top)/a\134376b"#, #"\#(top)/a\376b"#, "\(top)/d/", "\(top)/link"])
        for (path, content) in [(#"\#(top)/a\376b"#, "bytes\n"), (#"\#(top)/a\134376b"#, "text\n")] {
            #expect(try program.run("cat", "latest", path, "--vault", "v").output == content)
            #expect(try program.run("ls", "latest", path, "--vault", "v").output == "\(path)\n")
            try program.run("restore", "latest", "--target", "back", "--include", path, "--vault", "v")
            try program.shell("test \"$(cat back/*/*)\" = \(content.dropLast()); rm -r back")
        }
        try program.shell("test \"$(\(Program.path) find $'a\\xfe?' --snapshot latest --vault v | wc -l)\" = 1")
        let entries = try #require(try program.json("ls", "latest", "--vault", "v")["entries"] as? [[String: Any]])
        #expect(entries.compactMap { $0["pathEscaped"] as? String } == [#"\#(top)/a\376b"#])
        #expect(entries.compactMap { $0["targetEscaped"] as? String } == [#"to\375"#])
        try program.shell("\(Program.path) restore latest --vault v --target $'t\\xfc' && diff -r --no-dereference $'n\\xff' $'t\\xfc'/*")
        try program.shell("\(Program.path) export latest --vault v -o $'o\\xfc.tar.zst' && test -f $'o\\xfc.tar.zst'")
    }

    @Test func aPathOfTheMachineIsFoundInItsSnapshot() throws {
        let source = scratch("src")
        #expect(try program.run("cat", "latest", "\(source)/greeting.txt", "--vault", "v").output == "hello\n")
        #expect(try program.run("ls", "latest", "\(source)/sub", "--vault", "v").output == "src/sub/\nsrc/sub/noise.bin\n")
        #expect(try program.run("ls", "latest", "./src/sub/*.bin", "--vault", "v", expecting: 2).error.contains("no . or .."))
        #expect(try program.run("ls", "latest", "*.{bin,txt}", "--vault", "v").output == "src/greeting.txt\nsrc/sub/noise.bin\n")
        #expect(try program.run("ls", "latest", "*.none", "--vault", "v", expecting: 2).error.contains("matches *.none"))
    }

    @Test func diffShowsWhatChanged() throws {
        let first = try #require(try program.json("show", "latest", "--vault", "v")["id"] as? String)
        try scratch.write("hello again\n", to: "src/greeting.txt")
        try scratch.write("new", to: "src/new.txt")
        try scratch.remove("src/sub/noise.bin")
        // It lost nearly all of its bytes: saved, and a person is to look.
        try program.run("backup", "--vault", "v", "src", expecting: 3)
        let lines = try program.run("diff", String(first.prefix(12)), "latest", "--vault", "v").output.split(separator: "\n")
        #expect(lines == ["~ src/greeting.txt  (content)", "+ src/new.txt", "- src/sub/noise.bin"])
    }

    @Test func aSnapshotInDoubtIsStatusThreeUntilItIsAccepted() throws {
        try scratch.write("version: 1\nname: t\nvault: v\ndata:\n  - {name: a, path: src, expect: {files: \">5\"}}\n", to: "p.yaml")
        let outcome = try program.run("backup", "--policy", "p.yaml", expecting: 3)
        #expect(outcome.error.contains("a: 2 files, and the policy expects 6 or more") && outcome.error.contains("rekindle accept "))
        #expect(try program.json("backup", "--policy", "p.yaml", expecting: 3)["outcome"] as? String == "incomplete")
        #expect(try program.run("snapshots", "--policy", "p.yaml").output.contains("in doubt"))
        #expect(try program.run("show", "latest", "--policy", "p.yaml").output.contains("in doubt: a: 2 files"))
        #expect(
            try program.run("status", "--policy", "p.yaml", expecting: 5).output.contains(
                "P1  no snapshot is both complete and beyond doubt"))
        try program.run("accept", "latest", "--policy", "p.yaml", expecting: 2)
        #expect(
            try program.run("accept", "latest", "--policy", "p.yaml", "--why", "there are two").output.contains("counts as a good backup"))
        #expect(try program.json("status", "--policy", "p.yaml")["lastGood"] is String)
    }

    @Test func latestIsOfThisHostUnlessAnotherIsNamed() throws {
        try scratch.write("version: 1\nname: t\nhost: mine\nvault: v\ndata: [{name: a, path: src}]\n", to: "p.yaml")
        try program.run("backup", "--policy", "p.yaml")
        try scratch.write("theirs\n", to: "src/greeting.txt")
        try program.run("backup", "--policy", "p.yaml", "--host", "theirs")
        #expect(try program.run("cat", "latest", "a/greeting.txt", "--policy", "p.yaml").output == "hello\n")
        #expect(try program.run("cat", "latest", "a/greeting.txt", "--policy", "p.yaml", "--host", "any").output == "theirs\n")
        let restored = try program.run("restore", "latest", "--policy", "p.yaml", "--target", "back", "--host", "theirs")
        #expect(restored.error.contains("of theirs, ") && restored.error.contains("to back"))
        #expect(try program.run("snapshots", "--policy", "p.yaml", "--host", "theirs").output.split(separator: "\n").count == 2)
        try program.run("backup", "--policy", "p.yaml", "--host", "any", expecting: 2)
        try program.run("show", "latest", "--policy", "p.yaml", "--host", "nobody", expecting: 2)
        // Its own data goes back without a word, another's only where that is said.
        try program.run("restore", "latest", "--policy", "p.yaml", "--in-place")
        #expect(try scratch.read("src/greeting.txt") == [UInt8]("hello\n"))
        try program.shell("sed -i s/mine/third/ p.yaml")
        let refused = try program.run("restore", "latest", "--policy", "p.yaml", "--in-place", expecting: 2)
        #expect(refused.error.contains("of theirs, ") && refused.error.contains("Say --host theirs"))
    }

    @Test func aRestoreOfAnIncompleteSnapshotSaysSo() throws {
        try scratch.write("version: 1\nname: t\nvault: v\ndata:\n  - {name: a, path: src}\n  - {name: b, path: missing}\n", to: "p.yaml")
        try program.run("backup", "--policy", "p.yaml", expecting: 3)
        let outcome = try program.run("restore", "latest", "--target", "back", "--policy", "p.yaml", expecting: 3)
        #expect(outcome.error.contains("warning: b: it is not in this snapshot, since its backup failed"))
        let document = try program.json("restore", "latest", "--target", "back", "--policy", "p.yaml", expecting: 3)
        let found = ((document["files"] as? [String: Any])?["findings"] as? [String: Any])?["listed"] as? [[String: Any]]
        #expect(found?.first?["subject"] as? String == "b")
    }

    @Test func exportMakesATarballThatTarReads() throws {
        try program.run("export", "latest", "-o", "back.tar.zst", "--vault", "v")
        try program.shell("mkdir x && tar --zstd -xpf back.tar.zst -C x && diff -r src x/src")
        try program.shell("\(Program.path) export latest --vault v | tar --zstd -tf - | grep -qx src/greeting.txt")
    }

    @Test func everyVerbSpeaksJSONAndNothingElseOnStandardOutput() throws {
        #expect(try program.json("backup", "src", "--vault", "v")["snapshot"] is String)
        #expect((try program.json("snapshots", "--vault", "v")["snapshots"] as? [Any])?.count == 2)
        #expect(try program.json("show", "latest", "--vault", "v")["id"] is String)
        #expect((try program.json("ls", "latest", "--vault", "v")["entries"] as? [Any])?.count == 4)
        #expect((try program.json("find", "*.bin", "--vault", "v")["entries"] as? [Any])?.count == 2)
        #expect((try program.json("diff", "latest", "latest", "--vault", "v")["changes"] as? [Any])?.isEmpty == true)
        #expect(try program.json("restore", "latest", "--target", "back", "--vault", "v")["files"] is [String: Any])
        #expect((try program.json("verify", "--vault", "v")["packs"] as? Int ?? 0) > 0)
        #expect(try program.json("init", "w")["id"] is String)
        try program.shell(
            "printf 'version: 1\\nname: p\\nvault: v\\ndata: [{name: d, path: src}]\\nvalidate: [{command: [test, -d, d]}]\\n' > p.yaml")
        try program.run("backup", "--policy", "p.yaml")
        #expect((try program.json("drill", "--policy", "p.yaml")["evidence"] as? [String: Any])?["failures"] as? [String] == [])
        #expect(try program.json("status", "--policy", "p.yaml")["lastGood"] is String)
        let report = try program.json("report", "--policy", "p.yaml")
        #expect((report["snapshots"] as? [Any])?.count == 1 && (report["lastDrill"] as? [String: Any])?["snapshot"] is String)
        try program.json("log", "--policy", "p.yaml", expecting: 2)
        try program.json("selftest")
        try program.json("keygen", "-o", "key")
        #expect(try program.json("export", "latest", "-o", "x.tar.zst", "--vault", "v")["paths"] as? Int == 4)
    }

    /// Whatever goes wrong, whoever reads the document reads why.
    @Test(
        arguments: [
            (["bisect", "--policy", "p.yaml", "--good", "latest"], 2), (["export", "latest", "--vault", "v"], 2),
            (["cat", "latest", "src/greeting.txt", "--vault", "v"], 2), (["snapshots", "--vault", "nowhere"], 10),
            (["show", "nothing", "--vault", "v"], 2), (["backup", "--vault", "v", "--nonsense"], 2), (["snapshots"], 2),
            (["init", "src"], 2),
            (["ls", "latest", "nothing", "--vault", "v"], 2), (["ls", "latest", "x*", "--vault", "v"], 2),
            (["find", "nosuch", "--vault", "v"], 2), (["status", "--vault", "v", "--weeks", "0"], 2),
            (["check", "--vault", "v"], 2),
        ] as [([String], Int32)]) func aVerbThatFailsSpeaksJSONToo(arguments: [String], status: Int32) throws
    {
        let document = try program.json(arguments, expecting: status)
        let error = try #require(document["error"] as? [String: Any])
        #expect(error["status"] as? Int == Int(status) && (error["message"] as? String)?.isEmpty == false)
        #expect(error["code"] as? String == (status == 10 ? "noVault" : "usage"))
    }

    private func verbs() throws -> [String] {
        try program.run("--help").output.split(separator: "\n").drop { !$0.hasPrefix("SUBCOMMANDS:") }.compactMap { line in
            line.firstMatch(of: /^  ([a-z]+) {2,}/).map { String($0.1) }
        }
    }

    /// On a terminal of eighty columns nothing is broken in the middle, and the words of a paragraph are not torn apart.
    @Test func theHelpIsOfSeventyEightColumns() throws {
        for verb in try verbs() {
            for line in try program.run(verb, "--help").output.split(separator: "\n") {
                #expect(line.count <= 78, "\(verb): \(line)")
                #expect(line.wholeMatch(of: /[a-z]+/) == nil, "\(verb): a word alone: \(line)")
            }
        }
    }

    @Test func everyVerbIsOnThePage() throws {
        let verbs = try verbs()
        #expect(Set(verbs).subtracting(["cat", "help"]) == Set(try JSONContract.page.get().verbs))
    }

    @Test func aReportIsAPageAMarkdownTextOrJSONByTheNameOfItsFile() throws {
        try program.shell("printf 'version: 1\\nname: p\\nvault: v\\ndata: [{name: d, path: src}]\\n' > p.yaml")
        try program.run("backup", "--policy", "p.yaml")
        try program.run("verify", "--policy", "p.yaml")
        for (file, begin) in [
            ("r.html", "<!DOCTYPE html>"), ("r.md", "# Backups of p\n"), ("r.json", "{\n"), ("r.txt", "# Backups of p\n"),
        ] {
            #expect(try program.run("report", "--policy", "p.yaml", "-o", file).error.contains("wrote \(file)"))
            #expect(try scratch.read(file).starts(with: begin.utf8), "\(file)")
        }
        #expect(try program.run("report", "--policy", "p.yaml").output.contains("100 %"))
        #expect(try program.run("report", "--policy", "p.yaml", "--format", "html").output.hasPrefix("<!DOCTYPE html>"))
        let failure = try program.run("report", "--policy", "p.yaml", "-o", "missing/r.html", expecting: 1)
        #expect(failure.error.contains("cannot write the report to missing/r.html") && failure.output.isEmpty)
    }

    @Test func jsonLogLinesAreJSON() throws {
        let error = try program.run("cat", "latest", "src/missing", "--vault", "v", "--log-format", "json", expecting: 2).error
        let lines = try program.messages(error)
        #expect(lines.map { $0["event"] as? String } == ["started", nil, "finished"])
        #expect(lines[1]["level"] as? String == "ERROR" && (lines[1]["message"] as? String)?.contains("no src/missing in snapshot") == true)
        #expect(lines[2]["status"] as? Int == 2 && lines[2]["outcome"] as? String == "usage")
        for wrong in [["--nonsense"], ["prune"], ["backup"], ["backup", "--policy", "missing.yaml"]] {
            let outcome = try program.start(wrong + ["--log-format", "json"]).wait()
            #expect(try program.messages(outcome.error).last?["status"] as? Int == 2)
        }
    }

    /// What programs of the policy print is a message like any other, and stays with the snapshot where they fail.
    @Test func whatProgramsPrintIsKeptAndSaidOfWhom() throws {
        try program.shell(
            """
            printf 'version: 1\nname: p\nvault: v\nbefore: {command: [sh, -c, "echo begun; echo of $REKINDLE_POLICY >&2"]}
            finally: {command: [sh, -c, "echo $REKINDLE_STATUS:$REKINDLE_SNAPSHOT:$REKINDLE_PROBLEMS > over"]}
            data:\n  - {name: d, path: src}\n  - {name: e, command: [sh, -c, "echo no server >&2; exit 3"], file: e}\n' > p.yaml
            """)
        let outcome = try program.run("backup", "--policy", "p.yaml", "--log-format", "json", expecting: 3)
        let printed = try program.messages(outcome.error).filter { $0["event"] as? String == "output" }
        #expect(printed.map { $0["dataset"] as? String } == ["the backup", "the backup", "e"])
        #expect(printed.map { $0["message"] as? String } == ["begun", "of p", "no server"])
        let shown = try program.run("show", "latest", "--policy", "p.yaml").output
        #expect(shown.contains("ended with status 3\n           no server\n"), "\(shown)")
        let status = try program.run("status", "--policy", "p.yaml", expecting: 5).output
        #expect(status.contains("no server"), "\(status)")
        let over = String(decoding: try scratch.read("over"), as: UTF8.self)
        #expect(over.contains(/^3:[0-9a-f]{64}:e: .* ended with status 3\n$/), "\(over)")
        let quiet = try program.run("backup", "--policy", "p.yaml", "--quiet", expecting: 3).error
        #expect(quiet.contains("no server") && !quiet.contains("begun"))
    }

    @Test func withoutATerminalThereAreNoEscapeCodesAndNoProgress() throws {
        let outcome = try program.run("backup", "--vault", "v", "src")
        #expect(!(outcome.output + outcome.error).contains("\u{1B}"))
        #expect(!outcome.error.contains("\r"))
    }

    @Test func onATerminalThereIsProgressThatIsWipedInTheEnd() throws {
        try scratch.write(noise(40_000_000, seed: 2), to: "src/large.bin")
        let shown = try program.shell("script -qec '\(Program.path) backup --vault v src' /dev/null").output
        #expect(shown.contains("backup") && shown.contains("/s"))
        #expect(shown.contains("\r\u{1B}[K"))
    }

    @Test func aDryRunSaysWhatItWouldDoAndDoesNothing() throws {
        let before = try scratch.files("v")
        #expect(try program.run("backup", "--vault", "v", "src", "--dry-run").output.contains("dry run: nothing was saved"))
        #expect(try scratch.files("v") == before)
        #expect(
            try program.run("restore", "latest", "--target", "nowhere", "--dry-run", "--vault", "v").output.contains(
                "\nwould restore 2 files"))
        #expect(!scratch.exists("nowhere"))
    }

    @Test func theVaultComesFromTheEnvironmentToo() throws {
        let named = try program.run("snapshots", "--vault", "v").output
        #expect(try program.shell("REKINDLE_VAULT=v \(Program.path) snapshots").output == named)
        #expect(try program.run("snapshots", expecting: 2).error.contains("no vault is named"))
    }
}
