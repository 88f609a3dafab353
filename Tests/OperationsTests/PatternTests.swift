import Archiver
import Core
import Foundation
import Restorer
import Tarball
import TestSupport
import Testing
import Vault

@testable import Operations

/// What patterns mean: the same in a backup, in a restore and in a list.
@Suite(.serialized) struct PatternTests {
    private static let tree =
        "mkdir -p a/b cache keep/cache; echo 1 > a/one; echo 2 > a/b/two.tmp; echo 3 > cache/x; echo 4 > keep/cache/y; echo 5 > top"
    private static let all = ["a", "a/b", "a/b/two.tmp", "a/one", "cache", "cache/x", "keep", "keep/cache", "keep/cache/y", "top"]

    private func globs(_ texts: [String], _ bench: Bench) throws -> [Glob] {
        try texts.map { try Glob.parse($0.replacingOccurrences("SOURCE", bench.source)) }
    }

    private func backedUp(_ bench: Bench, exclude: [String]) async throws -> (paths: [String], report: BackupReport) {
        let source = DirectorySource(path: bench.source, exclude: try globs(exclude, bench))
        let report = try await bench.backup(bench.request([.init(name: "data", source: .directory(source))]))
        return (try bench.paths().dropFirst().map { String($0.dropFirst(5)) }, report)
    }

    @Test(arguments: [
        (["*.tmp"], ["a/b/two.tmp"]), (["cache"], ["cache", "cache/x", "keep/cache", "keep/cache/y"]), (["/cache"], ["cache", "cache/x"]),
        (["data/cache"], ["cache", "cache/x"]), (["/data/cache"], ["cache", "cache/x"]), (["SOURCE/cache"], ["cache", "cache/x"]),
        (["SOURCE/*/b"], ["a/b", "a/b/two.tmp"]), (["{cache,top}"], ["cache", "cache/x", "keep/cache", "keep/cache/y", "top"]),
        (["a/{one,b/*.{tmp,bak}}"], ["a/one", "a/b/two.tmp"]), (["cache", "!/cache"], ["keep/cache", "keep/cache/y"]),
        (["/*", "!top", "!/a"], ["cache", "cache/x", "keep", "keep/cache", "keep/cache/y"]),
        ([#"\164op"#], ["top"]), ([#"to\p"#], ["top"]),
    ])
    func aPatternLeavesOutTheSameOfABackupAndOfARestore(patterns: [String], left: [String]) async throws {
        let bench = try Bench(in: "/dev/shm")
        try await bench.edit(Self.tree)
        let expected = Self.all.filter { !left.contains($0) }
        let (paths, report) = try await backedUp(bench, exclude: patterns)
        #expect(paths == expected && report.notes == [])
        _ = try await backedUp(bench, exclude: [])
        var request = bench.restoreRequest()
        request.options.filter.exclude = try globs(patterns, bench)
        let restored = try await bench.restore(request)
        #expect(restored.notes == [])
        let files = try await bashText("find . -type f | sed 's,^./,,' | LC_ALL=C sort | xargs", in: bench.back + "/data")
        let isFile = { (path: String) in ["one", "two.tmp", "x", "y", "top"].contains { path.hasSuffix($0) } }
        #expect(files.split(separator: " ").map { $0.trimmingCharacters(in: .newlines) } == expected.filter(isFile))
        let view = try bench.view()
        for pattern in try globs(patterns, bench) where !pattern.isNegated {
            try view.entries { entry in
                let path = String(entry.path.text.dropFirst(5))
                if view.filter(including: pattern).selects(entry.path.bytes), patterns.count == 1 {
                    #expect(left.contains(path), "\(path)")
                }
            }
        }
    }

    @Test func whatIsTakenBackBringsWhatIsInIt() async throws {
        let bench = try Bench(in: "/dev/shm")
        try await bench.edit(Self.tree)
        #expect(try await backedUp(bench, exclude: ["*", "!keep"]).paths == ["keep", "keep/cache", "keep/cache/y"])
    }

    @Test func excludesThatMatchNothingAreNamed() async throws {
        let bench = try Bench(in: "/dev/shm")
        try await bench.edit(Self.tree)
        let report = try await backedUp(bench, exclude: ["*.log", "cache", "!cache/x", "top"]).report
        #expect(report.isComplete && report.notes.count == 2)
        #expect(report.notes.first == "the exclude \"*.log\" matches nothing")
        #expect(report.notes.last?.hasPrefix("the exclude \"!cache/x\" takes nothing back") == true)
        var request = bench.restoreRequest()
        request.options.filter.exclude = try globs(["*.log", "a"], bench)
        #expect(try await bench.restore(request).notes == ["the exclude \"*.log\" matches nothing"])
    }

    /// What is for several datasets need not match in each.
    @Test func anExcludeThatMatchesInOneDatasetIsNoMistakeInAnother() async throws {
        let bench = try Bench(in: "/dev/shm")
        try await bench.edit("mkdir a b; touch a/x.tmp b/y")
        let exclude = try globs(["*.tmp", "*.log"], bench)
        let datasets = ["a", "b"].map { name in
            BackupRequest.Dataset(name: name, source: .directory(.init(path: "\(bench.source)/\(name)", exclude: exclude)))
        }
        #expect(try await bench.backup(bench.request(datasets)).notes == ["the exclude \"*.log\" matches nothing"])
    }

    /// Nothing is written before all is found that was asked for.
    @Test func anIncludeThatMatchesNothingIsAMistakeAlsoBesideOneThatDoes() async throws {
        let bench = try Bench(in: "/dev/shm")
        try await bench.edit(Self.tree)
        try await bench.backup()
        var request = bench.restoreRequest()
        request.options.filter.include = try globs(["top", "tpo"], bench)
        let chosen = request
        let error = await #expect(throws: Failure.self) { try await bench.restore(chosen) }
        #expect(error?.code == .usage && error?.message.contains("\"tpo\"") == true && error?.message.contains("\"top\"") == false)
        #expect(!bench.exists(bench.back))
    }

    /// It may be among what could not be read.
    @Test func inASnapshotThatIsNotWholeAnIncludeThatMatchesNothingIsTold() async throws {
        let bench = try Bench(in: "/dev/shm")
        try await bench.edit(Self.tree)
        let missing = BackupRequest.Dataset(name: "gone", source: .directory(.init(path: bench.scratch("gone"))))
        try await bench.backup(bench.request([bench.dataset(), missing]))
        var request = bench.restoreRequest()
        request.options.filter.include = try globs(["top", "gone"], bench)
        let report = try await bench.restore(request)
        #expect(report.files == 1 && report.notes.contains { $0.hasPrefix("warning: the include \"gone\" matches nothing") })
    }

    @Test(arguments: [
        ("~/x", "~ is the shell's"), ("./x", "no . or .."), ("a/../b", "no . or .."), ("", "names nothing"), ("!", "names nothing"),
        ("{a,}", "names nothing"), (String(repeating: "{a,b}", count: 9), "more than 256"),
        (String(repeating: "x", count: 4097), "longer than"),
    ])
    func aTextThatIsNoPatternIsRefusedWithASentence(text: String, reason: String) {
        let problem = #expect(throws: GlobProblem.self) { try Glob.parse(text) }
        #expect(problem?.description.contains(reason) == true, "\(problem?.description ?? "")")
    }

    @Test(arguments: [
        ("{a}", "{a}", true), ("{a,b", "{a,b", true), (#"\{a,b}"#, "{a,b}", true), ("a{b,c}d", "acd", true), ("a{b,c}d", "abcd", false),
        ("{a/b,c}", "a/b", true), ("~x", "~x", true), ("a~", "a~", true), (#"\!a"#, "!a", true), (#"\052"#, "*", true),
        (#"\052"#, "x", false),
        (#"\\052"#, #"\052"#, true), ("{,x}a", "a", true),
    ])
    func bracesAndEscapesMeanWhatTheTableSays(pattern: String, path: String, expected: Bool) throws {
        #expect(try Glob.parse(pattern).matches(Array(path.utf8)) == expected)
    }

    @Test func aByteThatIsNoTextIsWrittenAsItIsShown() throws {
        #expect(try Glob.parse(#"bad\377*"#).matches([0x62, 0x61, 0x64, 0xFF, 0x78]))
        #expect(try !Glob.parse(#"bad\377*"#).matches(Array(#"bad\377x"#.utf8)))
    }
}

extension String {
    fileprivate func replacingOccurrences(_ old: String, _ new: String) -> String { replacing(old, with: new) }
}
