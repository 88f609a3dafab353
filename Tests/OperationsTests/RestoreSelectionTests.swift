import Core
import Foundation
import Operations
import Restorer
import TestSupport
import Testing
import Vault

/// Whole, in part, as a rehearsal; and what is removed.
@Suite(.serialized) struct RestoreSelectionTests {
    private func prepare() async throws -> Bench {
        let bench = try Bench()
        try await bench.edit(
            """
            mkdir -p a/b c; echo 1 > a/one; echo 2 > a/b/two.txt; echo 3 > a/b/three; echo 4 > c/four.txt; echo 5 > five
            chmod 750 a; touch -d @5 a a/b c
            """)
        try await bench.backup()
        return bench
    }

    private func globs(_ text: String) -> [Glob] { text.split(separator: " ").compactMap { Glob(String($0)) } }

    @Test(arguments: [
        ("", "", ". a a/b a/b/three a/b/two.txt a/one c c/four.txt five"), ("data/a/b", "", ". a a/b a/b/three a/b/two.txt"),
        ("*.txt", "", ". a a/b a/b/two.txt c c/four.txt"), ("", "a", ". c c/four.txt five"),
        ("a five", "*.txt", ". a a/b a/b/three a/one five"),
    ])
    func onlyWhatIsSelectedComesBack(include: String, exclude: String, expected: String) async throws {
        let bench = try await prepare()
        var request = bench.restoreRequest()
        request.options.filter = PathFilter(include: globs(include), exclude: globs(exclude))
        #expect(try await bench.restore(request).isComplete)
        let script = "if [ -d data ]; then cd data; find . | sed 's,^./,,' | sort | xargs; fi"
        #expect(try await bashText(script, in: bench.back).trimmingCharacters(in: .newlines) == expected)
    }

    /// A word that is misspelt restores nothing, and is no success.
    @Test func aPatternThatMatchesNothingIsAMistake() async throws {
        let bench = try await prepare()
        for isDryRun in [true, false] {
            var request = bench.restoreRequest()
            request.options.filter.include = globs("/nothing")
            request.options.isDryRun = isDryRun
            let error = await #expect(throws: Failure.self) { try await bench.restore(request) }
            #expect(error?.code == .usage && error?.message.contains("matches what is to be included") == true)
            #expect(try await bashText("find back 2> /dev/null | tail -n +2 || true", in: bench.scratch.path) == "")
        }
    }

    @Test func directoriesAboveASelectionGetTheirMetadataToo() async throws {
        let bench = try await prepare()
        var request = bench.restoreRequest()
        request.options.filter.include = [try #require(Glob("data/a/b/three"))]
        try await bench.restore(request)
        #expect(try await bashText("stat -c '%a %Y' back/data/a", in: bench.scratch.path) == "750 5\n")
    }

    @Test func aRehearsalChangesNothingAndCountsWhatWouldBeDone() async throws {
        let bench = try await prepare()
        var request = bench.restoreRequest()
        request.options.isDryRun = true
        request.options.deletes = true
        let report = try await bench.restore(request)
        #expect(!bench.exists(bench.back))
        #expect((report.files, report.directories, report.identical, report.deleted) == (5, 4, 0, 0))
        #expect(report.bytes == 10)
        try await bench.restore()
        try await bash("echo changed > five; rm a/one; mkdir -p extra/deep; touch extra/deep/x c/y", in: bench.back + "/data")
        let before = try await TreeListing.of(bench.back)
        let plan = try await bench.restore(request)
        #expect(before.differences(try await TreeListing.of(bench.back)) == [])
        #expect((plan.files, plan.identical, plan.deleted) == (2, 3, 4))
        request.options.isDryRun = false
        let done = try await bench.restore(request)
        #expect((done.files, done.identical, done.deleted, done.directories) == (2, 3, 4, 4))
        #expect(try await TreeListing.of(bench.source).differences(try await TreeListing.of(bench.back + "/data")) == [])
    }

    @Test func removingStaysInsideWhatIsRestored() async throws {
        let bench = try await prepare()
        try await bench.restore()
        try await bash(
            """
            mkdir -p other/x outside data/more; touch other/x/1 outside/kept data/c/extra
            ln -s ../outside data/link; ln -s ../../outside data/more/link
            """, in: bench.back)
        var request = bench.restoreRequest()
        request.options.deletes = true
        request.options.filter.include = [try #require(Glob("data/a"))]
        try await bash("touch back/data/a/extra", in: bench.scratch.path)
        #expect(try await bench.restore(request).deleted == 1)
        #expect(bench.exists(bench.back + "/data/c/extra") && !bench.exists(bench.back + "/data/a/extra"))
        request.options.filter = PathFilter()
        let report = try await bench.restore(request)
        #expect(report.deleted == 4 && report.isComplete)
        #expect(bench.exists(bench.back + "/outside/kept") && bench.exists(bench.back + "/other/x/1"))
        #expect(try await TreeListing.of(bench.source).differences(try await TreeListing.of(bench.back + "/data")) == [])
    }

    @Test func withoutASnapshotNothingHappens() async throws {
        let bench = try Bench(in: "/dev/shm")
        for name in ["latest", "", "abcdef", "@2020-01-01", "@never"] {
            let request = bench.restoreRequest(name)
            let error = await #expect(throws: Failure.self) { try await bench.restore(request) }
            #expect(error?.code == .usage)
        }
        #expect(!bench.exists(bench.back))
    }
}
