import Core
import Foundation
import Operations
import PhotonicCore
import Proof
import TestSupport
import Testing
import Vault

/// How data responds along the nights: with what each backup is compared, what is told, and what a person settles.
@Suite struct WitnessHistoryTests {
    private let bench: Bench

    init() throws { bench = try Bench() }

    private func suite(_ checks: String) throws -> PhotonicCore.Suite {
        try PhotonicCore.Suite.parse("version: 1\nname: s\nchecks:\n\(checks)\n", file: "s.yaml")
    }

    @discardableResult
    private func night(_ values: [Double], _ checks: String) async throws -> BackupReport {
        try StoredArray(values).file.write(to: URL(fileURLWithPath: bench.source + "/a.npy"))
        var request = bench.request([bench.dataset()])
        request.selfTests = [Validation.Step(.photonicCore(dataset: "data", suite: try suite(checks)))]
        return try await bench.backup(request)
    }

    private func bisect(response: String? = nil, byResponses: Bool = true, checks: String = "- array: {file: a.npy}") async throws
        -> Bisect.Report
    {
        let ids = try bench.repository().snapshots().snapshots.map(\.id.hex)
        var request = Bisect.Request(
            good: ids[0], bad: "latest", steps: [Validation.Step(.photonicCore(dataset: "data", suite: try suite(checks)))],
            scratch: bench.scratch.path)
        (request.byResponses, request.response, request.policy) = (byResponses, response, "test")
        return try await offPool { [request] in
            try Bisect(request, in: try bench.repository(), progress: VaultProgress(), cancellation: Cancellation()).run()
        }
    }

    private func sentence(_ body: () async throws -> Void) async -> String {
        do {
            try await body()
            return "it went through"
        } catch { return "\(error)" }
    }

    @Test func whatChangedIsInTheRecordAndForbidsNothingByItself() async throws {
        let first = try await night([1, 2], "- array: {file: a.npy}")
        #expect(first.snapshot?.record.witnesses?.first?.changes == nil, "the first has nothing to be compared with")
        let second = try await night([3, 4], "- array: {file: a.npy}")
        let recorded = try #require(second.snapshot?.record.witnesses?.first)
        #expect(second.isValid && recorded.failed == 0)
        #expect(recorded.changes?.contains { $0.response == "a.npy: sums" && $0.kind == "moved" && !$0.isAgainst } == true, "\(recorded)")
        #expect(try await night([3, 4], "- array: {file: a.npy}").snapshot?.record.witnesses?.first?.changes == nil)
    }

    /// Night after night, until it is as it was or somebody says that it is right.
    @Test func whatMustNotChangeIsToldUntilItIsAccepted() async throws {
        let frozen = "- array: {file: a.npy}\n  drift: 0"
        try await night([1, 2], frozen)
        for _ in 0..<2 {
            let bad = try await night([1, 3], frozen)
            #expect(
                !bad.isValid && bad.selfTests[0].failed.contains { $0.name == "a.npy: sums, since it was last sound" }, "\(bad.selfTests)")
        }
        // A comment in the suite changes nothing in that.
        #expect(try await !night([1, 3], "# nothing to see\n\(frozen)").isValid)
        #expect(try await night([1, 2], frozen).isValid)
        let bad = try await night([1, 3], frozen)
        let names = Set(bad.selfTests[0].changes.filter(\.isAgainst).map(\.name))
        for name in names.sorted() {
            try await offPool { [bench] in
                _ = try Accept(SnapshotChoice("latest"), response: name, why: "recalibrated", in: try bench.repository()).run()
            }
        }
        let facts = try await offPool { [bench] in try Status(.init(), in: try bench.repository()).run().facts }
        #expect(facts.failedSelfTests == 0)
        #expect(try await night([1, 3], frozen).isValid)
        #expect(try await !night([1, 2], frozen).isValid, "what was accepted is the measure now")
    }

    @Test func onlyWhatIsAgainstTheSuiteCanBeAccepted() async throws {
        try await night([1], "- array: {file: a.npy}")
        try await night([2], "- array: {file: a.npy}")
        let refusal = await sentence { [bench] in
            try await offPool {
                _ = try Accept(SnapshotChoice("latest"), response: "a.npy: sums", why: "x", in: try bench.repository()).run()
            }
        }
        #expect(refusal.contains("no response \"a.npy: sums\" is out of what the suite lets it be"))
    }

    @Test func dataThatWasBadIsNoMeasure() async throws {
        let checks = "- array: {file: a.npy, maximum: 5}\n  drift: 0"
        try await night([1, 2], checks)
        // Out of range: told as that; and the next night, mended, is compared with the one before.
        #expect(try await !night([1, 9], checks).isValid)
        let mended = try await night([1, 2], checks)
        #expect(mended.isValid && mended.selfTests[0].changes.isEmpty, "\(mended.selfTests)")
    }

    @Test func theNightIsFoundByWhatWasRecorded() async throws {
        for number in 0..<8 { try await night(number < 5 ? [1, 2] : [0.5, 2], "- array: {file: a.npy}") }
        let ids = try bench.repository().snapshots().snapshots.map(\.id.hex)
        for report in [
            try await bisect(), try await bisect(response: "a.npy: sums"),
            // Every validation passes: the responses tell.
            try await bisect(byResponses: false),
        ] {
            #expect(report.firstBad.id.hex == ids[5] && report.lastGood.id.hex == ids[4])
            #expect(report.responses.contains { $0.change.name == "a.npy: sums" }, "\(report.responses)")
        }
        let unknown = await sentence { _ = try await bisect(response: "b.npy: sums") }
        #expect(unknown.contains("recorded no response \"b.npy: sums\"") && unknown.contains("a.npy: size"))
    }

    @Test func twoSnapshotsAreCompared() async throws {
        try await night([1, 2], "- array: {file: a.npy, maximum: 7}")
        try await night([1, 2, 3], "- array: {file: a.npy, maximum: 9}")
        let found = try await offPool { [bench] in
            let ids = try bench.repository().snapshots().snapshots.map(\.id.hex)
            return try WitnessDiff(old: try bench.view(ids[0]), new: try bench.view(ids[1])).run()
        }
        #expect(found.map(\.name) == ["data"])
        #expect(found[0].changes.contains { $0.name == "a.npy: size" && $0.note == "it has grown from 2 to 3 elements" })
        #expect(found[0].changes.contains { $0.kind == .suite && $0.note == "it is 9.0 and was 7.0" }, "\(found)")
    }
}
