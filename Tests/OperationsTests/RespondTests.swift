import Commands
import Core
import Foundation
import Glibc
import Operations
import PhotonicCore
import Proof
import TestSupport
import Testing
import Vault

/// A program that says how data responds, and what files must be: a witness for any application.
@Suite struct RespondTests {
    private let bench: Bench
    private let place: String

    init() throws {
        bench = try Bench()
        place = bench.scratch("drills")
        mkdir(place, 0o755)
    }

    private static let count = #"printf '{"rows": %d, "first": "%s", "mean": %s}' $(wc -l < rows) "$(head -n 1 rows)" 0.5"#

    private func respond(_ script: String = count, drift: ResponseDrift? = nil, tolerance: Double = 0) -> Validation.Step {
        let responses = OutsideResponses(named: "rows", tolerance: tolerance, tolerances: [:], drift: (drift, [:]))
        let command = Command(["bash", "-c", script], workingDirectory: bench.scratch.path)
        return Validation.Step(.respond(RespondCheck(dataset: "data", command, responses)), timeout: .seconds(60))
    }

    @discardableResult
    private func backup(_ step: Validation.Step) async throws -> BackupReport {
        var request = bench.request([bench.dataset()])
        request.selfTests = [step]
        return try await bench.backup(request)
    }

    private func drill(_ steps: [Validation.Step]) async throws -> Drill.Report {
        var request = Drill.Request(snapshot: "latest", steps: steps, scratch: place)
        request.policy = "test"
        return try await offPool { [request] in
            try Drill(request, in: try bench.repository(), progress: VaultProgress(), cancellation: Cancellation()).run()
        }
    }

    @Test func whatItSaysIsRecordedAndComparedAfterARestore() async throws {
        try await bench.edit("printf 'a\\nb\\nc\\n' > rows")
        let report = try await backup(respond())
        #expect(report.isValid && report.selfTests.first?.checks == 1 && report.snapshot?.record.witness(of: "data")?.blob != nil)
        let same = try await drill([respond()])
        #expect(same.evidence.passed && same.results[0].summary == "3 responses as recorded", "\(same.results)")
        // It looks at another number of lines than there were.
        let less = try await drill([respond("sed -i 1d rows; \(Self.count)")])
        #expect(less.results[0].verdict == .failed && less.results[0].summary == "2 of 3 responses are not as recorded", "\(less.results)")
        #expect(
            less.results[0].checks.contains { !$0.passed && $0.name == "witness: respond rows: rows" && $0.value == 2 && $0.expected == 3 })
        #expect(try await bench.verify(deep: true).isSound)
    }

    @Test func itIsComparedAlongTheNights() async throws {
        try await bench.edit("printf 'a\\nb\\nc\\n' > rows")
        try await backup(respond(drift: .grows))
        try await bench.edit("echo d >> rows")
        #expect(try await backup(respond(drift: .grows)).isValid)
        try await bench.edit("echo a > rows")
        let shrunk = try await backup(respond(drift: .grows))
        #expect(
            !shrunk.isValid && shrunk.selfTests[0].failed.map(\.name) == ["respond rows: rows, since it was last sound"],
            "\(shrunk.selfTests)")
    }

    @Test(arguments: [
        ("exit 3", "ended with status 3"), ("echo hello", "no set of responses"), ("echo '{}'", "it gives 0 responses"),
        ("echo '{\"a\": {}}'", "is an object, no number"), ("yes | head -c 6000000", "prints more than 4 MiB"),
    ]) func oneThatSaysNothingOfUseHasFailed(script: String, message: String) async throws {
        try await bench.edit("echo a > rows")
        let report = try await backup(respond(script))
        #expect(report.snapshot != nil && !report.isValid)
        #expect(report.selfTests.first?.failed.first?.note?.contains(message) == true, "\(report.selfTests)")
        let result = try await drill([respond(script)]).results[0]
        #expect(result.verdict == .failed && result.summary.contains(message), "\(result)")
    }

    @Test func whatWasNeverRecordedCannotBeVerified() async throws {
        try await bench.edit("echo a > rows")
        try await bench.backup()
        let result = try await drill([respond()])
        #expect(result.results[0].verdict == .notVerified && result.outcome == .notValid, "\(result.results)")
        #expect(try await drill([respond("exit 77")]).results[0].verdict == .notVerified)
    }

    @Test func theSelfTestsOfASuiteAreRecordedBesideIt() async throws {
        try await bench.edit("printf 'time_ns,channel\\n1,0\\n' > s.csv && echo a > rows")
        let suite = try PhotonicCore.Suite.parse("version: 1\nname: s\nchecks: [{spikes: {file: s.csv, channels: 2}}]\n", file: "s.yaml")
        var request = bench.request([bench.dataset()])
        request.selfTests = [Validation.Step(.photonicCore(dataset: "data", suite: suite)), respond()]
        #expect(try await bench.backup(request).isValid)
        let report = try await drill(request.selfTests)
        #expect(report.results.map(\.verdict) == [.passed, .passed], "\(report.results)")
        #expect(report.results[0].summary.hasSuffix("2 responses as recorded"), "\(report.results[0].summary)")
    }

    // MARK: Files

    private func files(_ change: (inout FilesCheck) -> Void) -> Validation.Step {
        var check = FilesCheck(dataset: "data")
        change(&check)
        return Validation.Step(.files(check))
    }

    @Test func filesAreCountedAndTheCanaryIsHeard() async throws {
        try await bench.edit("mkdir d && echo one > d/a && echo two > d/b && echo 'still here' > canary")
        try await bench.backup()
        let good = try await drill([
            files {
                ($0.files, $0.bytes, $0.newest, $0.exist) = (3, 19, .seconds(3600), ["d/a", "canary"])
                $0.canaries = ["canary": "still here"]
            }
        ])
        #expect(good.evidence.passed && good.results[0].checks.count == 6, "\(good.results)")
        for bad in [
            files { $0.files = 4 }, files { $0.bytes = 20 }, files { $0.exist = ["d/c"] }, files { $0.canaries = ["canary": "gone"] },
            files { $0.canaries = ["d/c": "x"] },
        ] {
            let result = try await drill([bad]).results[0]
            #expect(result.verdict == .failed && result.checks.count { !$0.passed } == 1, "\(result)")
        }
        try await bench.edit("touch -d '2 days ago' d/a d/b canary")
        try await bench.backup()
        let old = try await drill([files { $0.newest = .seconds(86_400) }])
        #expect(old.results[0].verdict == .failed && old.results[0].summary.contains("old when the snapshot was made"), "\(old.results)")
    }
}
