import Commands
import Core
import Foundation
import Operations
import PhotonicCore
import Proof
import Restorer
import TestSupport
import Testing
import Vault

/// Self-tests over live data while it is backed up, and what is compared with them after a restore.
@Suite struct WitnessTests {
    private let bench: Bench
    private let suite: PhotonicCore.Suite

    init() throws {
        bench = try Bench()
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        suite = try PhotonicCore.Suite.read(root.appendingPathComponent("policies/photon-neuro.suite.yaml").path)
        try FileManager.default.removeItem(atPath: bench.source)
        try FileManager.default.copyItem(atPath: root.appendingPathComponent("fixtures/photon-neuro/sdk").path, toPath: bench.source)
    }

    @discardableResult
    private func backup(before: Command? = nil) async throws -> BackupReport {
        var request = bench.request([bench.dataset(before: before)])
        request.selfTests = [Validation.Step(.photonicCore(dataset: "data", suite: suite))]
        return try await bench.backup(request)
    }

    /// Restores the snapshot, changes what came back, and validates it.
    private func validate(_ damage: String = "true") async throws -> Validation.Result {
        let (bench, suite) = (bench, suite)
        try await bash("rm -rf back", in: bench.scratch.path)
        #expect(try await bench.restore().isComplete)
        try await bash(damage, in: bench.back + "/data")
        return try await offPool {
            let step = Validation.Step(.photonicCore(dataset: "data", suite: suite))
            let view = try bench.view()
            let results = try Validation([step], cancellation: Cancellation()).run(
                .init(target: bench.back, snapshot: view) { "\(bench.back)/\($0)" })
            return try #require(results.first)
        }
    }

    @Test func theResponsesOfLiveDataAreRecordedAndComparedAfterARestore() async throws {
        let report = try await backup()
        #expect(report.isComplete && report.isValid && report.selfTests.count == 1)
        let recorded = try #require(report.snapshot?.record.witnesses?.first)
        #expect(recorded.dataset == "data" && recorded.failed == 0 && recorded.checks > 35)
        let result = try await validate()
        #expect(result.verdict == .passed && result.summary.contains("responses as recorded"), "\(result.summary)")
        // An unchanged night costs no second copy.
        let again = try await backup()
        #expect(again.snapshot?.record.witnesses?.first?.blob == recorded.blob)
        #expect(try await bench.verify(deep: true).isSound)
    }

    @Test(arguments: [
        (#"printf '\x01' | dd of=weights/encoder.npy bs=1 seek=500 conv=notrunc status=none"#, "witness: weights/encoder.npy: sums"),
        ("truncate -s 300 phases/encoder.npy", "phases/encoder.npy: readable"),
        ("rm calibration.json", "calibration.json: readable"),
        ("sed -i 's/\"leak_rate\": 0.1/\"leak_rate\": NaN/' circuit.json", "circuit.json: parameters out of range, neuron.leak_rate"),
    ]) func whatCameBackOtherwiseIsFound(damage: String, check: String) async throws {
        try await backup()
        let result = try await validate(damage)
        #expect(
            result.failed && result.checks.contains { !$0.passed && $0.name == check },
            "\(result.checks.filter { !$0.passed }.map(\.name))")
    }

    @Test func dataThatIsBadAlreadyIsToldWhenItIsBackedUp() async throws {
        try await bench.edit(
            #"echo '{"version": "1.0", "created": "2026-02-03T04:05:06", "components": {}, "calibration_history": []}' > calibration.json"#)
        let report = try await backup()
        #expect(report.isComplete && !report.isValid && report.snapshot != nil, "it is saved all the same")
        #expect(report.selfTests.first?.failed.contains { $0.name == "calibration.json: components missing" } == true)
    }

    @Test func aSuiteThatCannotBeReadStopsNoBackup() async throws {
        var request = bench.request([bench.dataset()])
        request.selfTests = [Validation.Step(.unusable(name: "photonic-core", dataset: "data", reason: "suite.yaml:3: unknown key"))]
        let report = try await bench.backup(request)
        #expect(report.snapshot != nil && report.isComplete && !report.isValid)
        #expect(report.selfTests.first?.failed.first?.note == "suite.yaml:3: unknown key")
        try await theStatusTells(report)
    }

    @Test func selfTestsWithoutAnEndAreRecordedAsThat() async throws {
        var request = bench.request([bench.dataset()])
        request.selfTests = [Validation.Step(.photonicCore(dataset: "data", suite: suite), timeout: .nanoseconds(1))]
        let report = try await bench.backup(request)
        #expect(report.isComplete && !report.isValid)
        try await theStatusTells(report)
    }

    /// Self-tests that could not run are no good night.
    private func theStatusTells(_ report: BackupReport) async throws {
        #expect(report.snapshot?.record.untested == ["data"])
        let bench = bench
        let status = try await offPool { try Status(Status.Request(), in: try bench.repository()).run() }
        #expect(
            status.findings.first?.severity == .p2
                && status.findings.first?.message == "the self-tests of data could not run at the last backup", "\(status.findings)")
        #expect(ProtectionReport(status, policy: nil).snapshots.last?.untested == ["data"])
        // A later night has something to compare with all the same, and none to compare with before.
        #expect(try await bench.verify(deep: true).isSound)
        #expect(try await backup().isValid)
    }

    @Test func aDatabaseThatShrankSinceTheLastBackupIsTold() async throws {
        try await backup()
        try await bench.edit(
            "sed -i '/\"ring-07\"/,$d' calibration.json && sed -i '$ s/,$//' calibration.json && echo '}, \"calibration_history\": []}' >> calibration.json"
        )
        let report = try await backup()
        let told = report.selfTests.flatMap(\.failed)
        #expect(told.contains { $0.file == "calibration.json" && $0.note?.contains("has shrunk from") == true }, "\(told.map(\.name))")
    }

    @Test func whatChangesMeanwhileIsNotRecorded() async throws {
        // After the self-tests, while the data is read, which takes a while: a background writer does it.
        try await bash("head -c 30000000 /dev/urandom > large", in: bench.source)
        let writer = Command([
            "bash", "-c", "(while [ -e \(bench.source) ]; do touch \(bench.source)/spikes/in.csv; sleep 0.001; done) >/dev/null 2>&1 &",
        ])
        let report = try await backup(before: writer)
        try await bash("mv source gone; sleep 0.1; mv gone source", in: bench.scratch.path)
        #expect(report.notes.contains { $0.contains("changed while they were backed up") }, "\(report.notes)")
        let result = try await validate()
        #expect(result.verdict == .passed, "\(result.checks.filter { !$0.passed }.map(\.name))")
    }

    @Test func aWitnessThatIsLostIsDamageAndNoPass() async throws {
        let record = try #require(try await backup().snapshot?.record)
        let nowhere = SnapshotRecord.Witness(dataset: "data", blob: String(repeating: "0", count: 64), bytes: 10, checks: 1, failed: 0)
        let lost = SnapshotRecord(
            time: .now(), vault: record.vault, host: record.host, policy: record.policy, program: record.program, tags: [],
            tree: record.tree,
            datasets: record.datasets, problems: [], problemCount: 0, parent: nil, gitCommit: nil, durationMilliseconds: 1,
            witnesses: [nowhere])
        let id = try Vault.open(at: bench.vault).commit(lost).id
        for isDeep in [false, true] {
            let report = try await bench.verify(deep: isDeep)
            #expect(report.affected.map(\.snapshot) == [id])
            #expect(report.affected.first?.treeDamage.first?.contains("the witness of data is lost") == true)
        }
        let result = try await validate()
        #expect(result.failed && result.summary.contains("the recorded responses cannot be read"))
    }
}
