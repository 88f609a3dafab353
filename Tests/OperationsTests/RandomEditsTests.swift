import Archiver
import Foundation
import Operations
import Restorer
import TestSupport
import Testing
import Vault

/// Random trees, random edits, a snapshot after each round: every snapshot is the tree of its time.
struct RandomEditsTests {
    private static let rounds = 5

    /// An edit may take most of what there is: that is meant, and no doubt about it.
    private func dataset(_ bench: Bench) -> BackupRequest.Dataset {
        var expect = Expectation()
        expect.shrink = 100
        return .init(name: "data", source: .directory(.init(path: bench.source)), expect: expect)
    }

    @Test(arguments: [0x5eed_0001, 0x5eed_0002, 0x5eed_0003, UInt64.random(in: .min ... .max)])
    func everySnapshotIsTheTreeOfItsTime(seed: UInt64) async throws {
        let bench = try Bench()
        var edits = RandomEdits(seed: seed)
        var times: [TreeListing] = []
        for round in 0..<Self.rounds {
            let script = (round == 0 ? edits.beginning() : edits.round()) + "\ntrue"
            try await bench.edit(script)
            // A file changed within the last second is never carried over: most rounds let it be.
            if round != 2 { try await Task.sleep(for: .milliseconds(2050)) }
            times.append(try await TreeListing.of(bench.source))
            // With a parent, and without one.
            let withParent = try await bench.backup(bench.request([dataset(bench)]))
            let alone = try await bench.backup(bench.request([dataset(bench)], policy: "alone-\(round)"))
            #expect(withParent.isComplete && alone.isComplete, "seed \(seed), round \(round): \(withParent.problems) \(alone.problems)")
            #expect((withParent.parent != nil) == (round > 0) && alone.parent == nil)
        }
        let snapshots = try bench.snapshotIDs()
        #expect(snapshots.count == 2 * Self.rounds)
        for (number, snapshot) in snapshots.enumerated() {
            let target = bench.scratch("back-\(number)")
            let report = try await bench.restore(bench.restoreRequest(snapshot, to: target))
            #expect(report.isComplete, "seed \(seed), snapshot \(number)")
            let after = try await TreeListing.of(target + "/data")
            #expect(times[number / 2].differences(after) == [], "seed \(seed), snapshot \(number)")
        }
        #expect(try await bench.verify(deep: true).isSound, "seed \(seed)")
    }

    @Test(arguments: [0x5eed_0011, 261_333_960_018_359_260, UInt64.random(in: .min ... .max)])
    func oneTargetFollowsAllSnapshots(seed: UInt64) async throws {
        let bench = try Bench()
        var edits = RandomEdits(seed: seed)
        var times: [TreeListing] = []
        for round in 0..<4 {
            try await bench.edit((round == 0 ? edits.beginning() : edits.round()) + "\ntrue")
            times.append(try await TreeListing.of(bench.source))
            try await bench.backup(bench.request([dataset(bench)]))
        }
        let snapshots = try bench.snapshotIDs()
        for number in [0, 1, 2, 3, 1, 3, 0] {
            var request = bench.restoreRequest(snapshots[number])
            request.options.deletes = true
            let report = try await bench.restore(request)
            #expect(report.isComplete, "seed \(seed), snapshot \(number): \(report.problems)")
            let after = try await TreeListing.of(bench.back + "/data")
            #expect(times[number].differences(after) == [], "seed \(seed), snapshot \(number)")
        }
    }
}
