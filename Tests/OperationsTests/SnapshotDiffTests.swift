import Archiver
import Core
import Foundation
import Manifests
import Operations
import Tarball
import TestSupport
import Testing
import Vault

/// How two snapshots differ.
@Suite(.serialized) struct SnapshotDiffTests {
    private func difference(_ bench: Bench) throws -> [String] {
        let ids = try bench.snapshotIDs()
        let (old, new) = (try bench.view(#require(ids.dropLast().last)), try bench.view(#require(ids.last)))
        var lines: [String] = []
        try SnapshotDiff(old: old, new: new).run { change in
            switch change {
            case .added(let entry): lines.append("+ \(entry.path)")
            case .removed(let entry): lines.append("- \(entry.path)")
            case .unknown(let entry): lines.append("? \(entry.path)")
            case .changed(_, let entry, let aspects): lines.append("~ \(entry.path) \(aspects.joined(separator: ","))")
            }
        }
        return lines
    }

    @Test(arguments: [
        ("true", []), ("echo new > f", ["~ data/f content"]), ("touch -d @5 f", ["~ data/f time"]), ("chmod 600 f", ["~ data/f mode"]),
        ("chown 1:2 f", ["~ data/f owner"]), ("setfattr -n user.a -v b f", ["~ data/f attributes"]), ("rm f", ["- data/f"]),
        ("touch g", ["+ data/g"]), ("ln -sfn other l", ["~ data/l target"]), ("rm f; mkdir f; chmod 644 f", ["~ data/f type"]),
        ("mv d e", ["- data/d", "- data/d/in", "+ data/e", "+ data/e/in"]), ("touch d/x", ["+ data/d/x"]),
        ("ln f g", ["+ data/g"]), ("touch a; chmod 700 d", ["+ data/a", "~ data/d mode"]),
    ])
    func namesEachPathAndWhatOfItChanged(edit: String, expected: [String]) async throws {
        let bench = try Bench()
        try await bench.edit("umask 022; echo old > f; ln -s target l; mkdir d; echo in > d/in")
        try await bench.backup()
        try await bench.edit(edit)
        try await bench.backup()
        #expect(try difference(bench) == expected)
    }

    /// A night that could not read a folder has not lost it.
    @Test func whatWasNotReadIsNotKnown() async throws {
        let bench = try Bench()
        try await bench.edit("echo old > f; mkdir d; echo in > d/in; echo gone > gone")
        try await bash("chown -R 65534 source; chmod 755 .", in: bench.scratch.path)
        try await bench.backup()
        try await bash("chown -R 65534 vault cache", in: bench.scratch.path)
        try await bench.edit("chmod 0 d; rm gone; echo new > g")
        let request = bench.request()
        _ = try await offPool {
            try beNobody()
            return try Backup(request, in: try bench.repository(), progress: VaultProgress(), cancellation: Cancellation()).run()
        }
        #expect(try difference(bench) == ["? data/d", "? data/d/in", "+ data/g", "- data/gone"])
        let ids = try bench.snapshotIDs()
        #expect(try !SnapshotDiff(old: bench.view(ids[0]), new: bench.view(ids[1])).isComplete)
        // And what is there again was not added.
        try await bench.edit("chmod 755 d")
        try await bench.backup()
        #expect(try difference(bench) == ["? data/d", "? data/d/in"])
    }

    /// A folder of which only something of its own could not be stored was read all the same.
    @Test func whatIsBeneathAFolderThatWasReadIsKnown() async throws {
        let bench = try Bench()
        try await bench.edit("mkdir d; echo in > d/in; echo gone > d/gone")
        try await bench.backup()
        try await bench.edit("rm d/gone")
        let saved = try #require(try await bench.backup().snapshot)
        #expect(try difference(bench) == ["- data/d/gone"])
        for (path, expected) in [("data/d", "- data/d/gone"), ("data/d/gone", "? data/d/gone"), ("data", "- data/d/gone")] {
            let record = saved.record
            var dataset = try #require(record.datasets.first)
            (dataset.outcome, dataset.unreadable) = (.partial, 1)
            _ = try Vault.open(at: bench.vault).commit(
                SnapshotRecord(
                    time: .now(), vault: record.vault, host: record.host, policy: record.policy, program: record.program, tags: [],
                    tree: record.tree, datasets: [dataset], problems: [.init(path: path, reason: "its attributes cannot be stored")],
                    problemCount: 1, parent: saved.id.hex, gitCommit: nil, durationMilliseconds: 0, witnesses: nil, unprotectedClaims: []))
            let ids = try bench.snapshotIDs()
            var lines: [String] = []
            try SnapshotDiff(old: bench.view(ids[0]), new: bench.view(try #require(ids.last))).run { change in
                if case .unknown = change { lines.append("? \(change.entry.path)") } else { lines.append("- \(change.entry.path)") }
            }
            #expect(lines == [expected])
        }
    }

    @Test func ofADatasetThatFailedNothingIsKnown() async throws {
        let bench = try Bench()
        try await bench.edit("echo old > f")
        let good = bench.request([bench.dataset(), .init(name: "db", source: .command(script("echo x"), file: "dump"))])
        let bad = bench.request([bench.dataset(), .init(name: "db", source: .command(script("false"), file: "dump"))])
        try await bench.backup(good)
        try await bench.backup(bad)
        #expect(try difference(bench) == ["? db", "? db/dump"])
    }

    @Test func showsTheLinesOfManifestsThatDiffer() async throws {
        let bench = try Bench()
        let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one, namespace: demo}\ndata: {colour: COLOUR}\n"
        let request = bench.request([
            .init(name: "manifests", source: .manifests(ManifestsRequest(.directory(bench.source)))),
            .init(name: "files", source: .directory(.init(path: bench.scratch.path + "/cache"))),
        ])
        for colour in ["red", "blue"] {
            try text.replacingOccurrences(of: "COLOUR", with: colour).write(
                toFile: bench.source + "/one.yaml", atomically: true, encoding: .utf8)
            try await bench.backup(request)
        }
        let ids = try bench.snapshotIDs()
        let diff = SnapshotDiff(old: try bench.view(ids[0]), new: try bench.view(ids[1]))
        var texts: [String] = []
        try diff.run { if let text = try diff.manifestDifference($0) { texts.append(text) } }
        #expect(texts.count == 1)
        #expect(texts.first?.contains("\n-  colour: red\n+  colour: blue\n") ?? false, "\(texts)")
    }
}
