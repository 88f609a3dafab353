import Operations
import Testing
import Vault

/// What is carried over from the parent without reading it, and what is not.
@Suite(.serialized) struct UnchangedDetectionTests {
    @Test func whatDidNotChangeIsNotReadAgain() async throws {
        let bench = try Bench()
        try await bench.edit("mkdir d; echo one > d/one; echo two > two; ln two three; ln -s two link; mkfifo fifo")
        try await Task.sleep(for: .milliseconds(2100))
        try await bench.backup()
        let again = try await bench.backup()
        let dataset = try #require(again.datasets.first)
        #expect(dataset.unchanged == dataset.files && dataset.files == 3)
        #expect(dataset.newBytes == 0)
        #expect(try bench.paths() == ["data", "data/d", "data/d/one", "data/fifo", "data/link", "data/three", "data/two"])
    }

    /// Each changes something that the size and the time of the last write do not show, or that only these show.
    @Test(arguments: [
        "printf two > f; touch -d @1000000000 f",
        "printf two > g; touch -d @1000000000 g; mv g f",
        "chmod 600 f", "chown 5:5 f", "setfattr -n user.x -v y f", "setfacl -m u:5:r f", "touch -d @1000000001 f", "ln f g",
        "rm f; mkdir f", "rm f; ln -s x f", "rm f; mkfifo f",
    ])
    func whatChangedIsNoticed(edit: String) async throws {
        let bench = try Bench()
        try await bench.edit("printf one > f; touch -d @1000000000 f; mkdir other")
        try await Task.sleep(for: .milliseconds(2100))
        try await bench.backup()
        try await bench.edit(edit)
        let before = try await TreeListing.of(bench.source)
        let report = try await bench.backup()
        #expect(report.datasets.first?.unchanged == 0)
        try await bench.restore()
        #expect(before.differences(try await TreeListing.of(bench.back + "/data")) == [])
    }

    @Test func aFileChangedRightBeforeABackupIsReadAgainByTheNext() async throws {
        let bench = try Bench()
        try await bench.edit("echo fresh > f")
        try await bench.backup()
        #expect(try await bench.backup().datasets.first?.unchanged == 0)
    }

    @Test func whatTheVaultHasLostIsStoredAgain() async throws {
        let bench = try Bench()
        try await bench.edit("seq 1 100000 > f")
        try await Task.sleep(for: .milliseconds(2100))
        try await bench.backup()
        try await bash("find packs -type f | xargs rm", in: bench.vault)
        let report = try await bench.backup()
        #expect(report.isComplete)
        #expect(report.datasets.first?.unchanged == 0)
        #expect(try await bench.restore().isComplete)
        #expect(try await bash("cmp \(bench.source)/f \(bench.back)/data/f", in: "/") == [])
    }

    @Test func anotherSourceUnderTheSameNameIsNoParent() async throws {
        let bench = try Bench()
        try await bench.edit("echo one > f")
        try await Task.sleep(for: .milliseconds(2100))
        try await bench.backup()
        try await bash("cp -a source other", in: bench.scratch.path)
        var request = bench.request()
        request.datasets = [.init(name: "data", source: .directory(.init(path: bench.scratch("other"))))]
        let report = try await bench.backup(request)
        #expect(report.isComplete && report.datasets.first?.unchanged == 0)
    }
}
