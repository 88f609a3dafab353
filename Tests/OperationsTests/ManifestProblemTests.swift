import Archiver
import Core
import Foundation
import Manifests
import Operations
import TestSupport
import Testing
import Vault

/// Manifests that cannot be read take nothing out of the history.
@Suite(.serialized) struct ManifestProblemTests {
    private static let good = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one, namespace: demo}\ndata: {a: b}\n"

    private func prepare() async throws -> (Bench, BackupRequest) {
        let bench = try Bench()
        try Self.good.write(toFile: bench.source + "/good.yaml", atomically: true, encoding: .utf8)
        try await bash("mkdir files; echo text > files/file", in: bench.scratch.path)
        let request = bench.request([
            .init(name: "manifests", source: .manifests(ManifestsRequest(.directory(bench.source)))),
            .init(name: "files", source: .directory(.init(path: bench.scratch("files")))),
        ])
        #expect(try await bench.backup(request).isComplete)
        return (bench, request)
    }

    @Test(arguments: [
        ("kind: [unclosed\n", "bad.yaml:"), ("apiVersion: v1\nkind: ConfigMap\n", "bad.yaml:1"), ("a\n---\nb\n", "bad.yaml:"),
        (good + "---\nkind: X\n", "bad.yaml:"),
    ])
    func aDocumentThatCannotBeReadIsNamedAndCostsNoOther(text: String, place: String) async throws {
        let (bench, request) = try await prepare()
        let commit = try bench.view().snapshot.record.gitCommit
        try text.write(toFile: bench.source + "/bad.yaml", atomically: true, encoding: .utf8)
        let report = try await bench.backup(request)
        #expect(!report.isComplete)
        #expect(report.problems.allSatisfy { $0.path.contains(place) }, "\(report.problems)")
        let outcomes = Dictionary(uniqueKeysWithValues: report.datasets.map { ($0.name, $0.outcome) })
        #expect(outcomes == ["files": .complete, "manifests": .partial, "manifests.git": .complete])
        #expect(try bench.paths().contains { $0.hasPrefix("manifests/") && $0.hasSuffix(".yaml") })
        #expect(try bench.paths().contains("manifests.git/HEAD"))
        try await bash("rm \(bench.source)/bad.yaml", in: "/")
        let next = try await bench.backup(request)
        #expect(next.isComplete && next.manifestChanges == "no change")
        #expect(next.snapshot?.record.gitCommit == commit)
    }

    @Test(arguments: ["rm good.yaml", "rm -rf ../source"]) func noManifestsAtAllAreNotADeletionOfAll(edit: String) async throws {
        let (bench, request) = try await prepare()
        try await bench.edit(edit)
        let report = try await bench.backup(request)
        #expect(report.problems.map(\.path) == ["manifests"])
        #expect(try bench.paths().contains("manifests.git/HEAD"))
        let log = try await offPool {
            try ManifestLog(try bench.repository(), policy: "test", cancellation: Cancellation()).run(limit: nil)
        }
        #expect(log.count == 1)
    }

    /// What was committed before is worth as much as ever, also where it is not in the cache.
    @Test func theHistoryIsKeptAlsoWhenTheCacheIsLost() async throws {
        let (bench, request) = try await prepare()
        try await bash("rm -rf cache/*", in: bench.scratch.path)
        try await bench.edit("echo '[' > bad.yaml")
        try await bench.backup(request)
        let paths = try bench.paths()
        #expect(paths.contains("manifests.git/HEAD"))
    }

    @Test func aVaultWithoutManifestsHasNoLog() async throws {
        let bench = try Bench(in: "/dev/shm")
        try await bench.backup()
        let error = await #expect(throws: Failure.self) {
            try await offPool {
                try ManifestLog(try bench.repository(isCached: false), policy: nil, cancellation: Cancellation()).run(limit: nil)
            }
        }
        #expect(error?.code == .usage)
    }
}
