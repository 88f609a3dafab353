import Archiver
import Core
import Operations
import Restorer
import TestSupport
import Testing
import Vault

/// What `--delete` may remove, and what it leaves alone.
@Suite(.serialized) struct RestoreDeleteTests {
    private func delete(_ bench: Bench, _ request: RestoreRequest? = nil) async throws -> RestoreReport {
        var request = request ?? bench.restoreRequest()
        request.options.deletes = true
        return try await bench.restore(request)
    }

    private func inPlace(_ bench: Bench) -> RestoreRequest {
        let request = RestoreRequest(snapshot: "latest", target: .origin)
        return request
    }

    /// One dataset lies in the directory of another, which leaves it out.
    @Test(arguments: [("app", "site"), ("site", "app")]) func anotherDatasetIsNotDeleted(inner: String, outer: String) async throws {
        let bench = try Bench()
        try await bench.edit("mkdir -p deep/data; echo in > deep/data/file; echo out > file")
        let datasets = [
            BackupRequest.Dataset(name: inner, source: .directory(.init(path: bench.source + "/deep/data"))),
            BackupRequest.Dataset(
                name: outer, source: .directory(.init(path: bench.source, exclude: [try #require(Glob("/deep"))]))),
        ]
        #expect(try await bench.backup(bench.request(datasets)).isComplete)
        try await bench.edit("echo changed > deep/data/file; touch extra deep/data/more")
        let report = try await delete(bench, inPlace(bench))
        #expect(report.isComplete)
        #expect(report.notes.contains { $0.contains("is not deleted") })
        #expect(
            try await bashText("find . | sort | xargs; cat deep/data/file", in: bench.source)
                == ". ./deep ./deep/data ./deep/data/file ./file\nin\n")
    }

    @Test func whatTheFilterDoesNotSelectStaysAlsoDeepDown() async throws {
        let bench = try Bench()
        try await bench.edit("touch file")
        try await bench.backup()
        try await bash(
            "mkdir -p back/data/x/y; touch back/data/x/y/a.log back/data/x/b back/data/c.log back/data/d", in: bench.scratch.path)
        var request = bench.restoreRequest()
        request.options.filter.exclude = [try #require(Glob("*.log"))]
        #expect(try await delete(bench, request).deleted == 2)
        #expect(try await bashText("find . | sort | xargs", in: bench.back + "/data") == ". ./c.log ./file ./x ./x/y ./x/y/a.log\n")
    }

    /// What could not be read is not in the snapshot: the original may be the only copy.
    @Test func inADatasetThatIsNotCompleteNothingIsDeleted() async throws {
        let bench = try Bench()
        try await bench.edit("echo text > file")
        try await bench.backup()
        let record = try bench.view().snapshot.record
        var dataset = try #require(record.datasets.first)
        (dataset.outcome, dataset.unreadable) = (.partial, 1)
        _ = try Vault.open(at: bench.vault).commit(
            SnapshotRecord(
                time: .now(), vault: record.vault, host: record.host, policy: record.policy, program: record.program, tags: [],
                tree: record.tree, datasets: [dataset], problems: [], problemCount: 1, parent: nil, gitCommit: nil,
                durationMilliseconds: 0))
        try await bench.edit("touch precious; echo changed > file")
        let report = try await delete(bench, inPlace(bench))
        #expect(report.incomplete.map(\.name) == ["data"] && report.deleted == 0)
        #expect(report.notes.contains { $0.contains("nothing is deleted in it") })
        #expect(try await bashText("ls; cat file", in: bench.source) == "file\nprecious\ntext\n")
    }

    @Test func socketsThatNoBackupHasStay() async throws {
        let bench = try Bench()
        try await bench.edit("touch file")
        try await bench.backup()
        try await bench.edit("python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"live\")'; touch extra")
        #expect(try await delete(bench, inPlace(bench)).deleted == 1)
        #expect(try await bashText("ls", in: bench.source) == "file\nlive\n")
    }

    @Test func aDatasetWhoseNameBeginsLikeTheManifestsGoesBack() async throws {
        let bench = try Bench()
        try await bench.edit("echo text > file")
        try await bench.backup(bench.request([bench.dataset("manifests-prod"), bench.dataset("manifests")], policy: nil))
        try await bench.edit("rm file")
        let report = try await delete(bench, inPlace(bench))
        #expect(report.notes == [] && report.isComplete)
        #expect(try bench.text(bench.source + "/file") == "text\n")
    }

    /// No file system here holds an attribute of that size: the content comes back, and what is missing is named.
    @Test func contentIsKeptWhenItsMetadataCannotBeSet() async throws {
        let bench = try Bench()
        var crafted = try CraftedVault(bench)
        let text = try crafted.store("text\n")
        _ = try crafted.commit(
            CraftedVault.top + "#: xattr user.huge=" + String(repeating: "a", count: 65_536) + "\n#: xattr unknown.kind=x\n"
                + CraftedVault.file("data/f", size: 5, digest: text))
        let report = try await bench.restore()
        #expect(report.damaged.isEmpty && report.files == 1)
        #expect(try bench.text(bench.back + "/data/f") == "text\n")
        #expect(try await bashText("stat -c %Y f", in: bench.back + "/data") == "1700000000\n")
        #expect(!report.isComplete || !report.notes.isEmpty, "what is missing is not named")
    }
}
