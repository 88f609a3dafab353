import Commands
import Core
import Foundation
import Glibc
import PhotonicCore
import Proof
import Restorer
import Tarball
import TestSupport
import Testing
import Vault

@testable import Operations

@Suite struct DrillTests {
    private let bench: Bench
    private let place: String

    init() async throws {
        bench = try Bench()
        place = bench.scratch("drills")
        mkdir(place, 0o755)
        try await bench.edit("mkdir d && echo one > d/a && echo two > d/b")
        try await bench.backup()
    }

    private func request(_ script: String = "test -f data/d/a", snapshot: String = "latest") -> Drill.Request {
        let step = Validation.Step(.command(Command(["bash", "-c", script])), timeout: .seconds(120))
        var request = Drill.Request(snapshot: snapshot, steps: [step], scratch: place)
        request.policy = "test"
        return request
    }

    private func drill(_ request: Drill.Request, cancellation: Cancellation = Cancellation()) async throws -> Drill.Report {
        try await offPool { try Drill(request, in: try bench.repository(), progress: VaultProgress(), cancellation: cancellation).run() }
    }

    private func leftovers() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: place) }

    private func evidence(_ kind: Evidence.Kind) throws -> [Evidence] {
        let (records, damage) = try Vault.open(at: bench.vault).evidence()
        #expect(damage.isEmpty)
        return records.filter { $0.kind == kind }
    }

    @Test func itRestoresValidatesMeasuresAndLeavesOnlyEvidence() async throws {
        var request = request()
        (request.recoveryPoint, request.recoveryTime) = (.seconds(86_400), .seconds(3600))
        let report = try await drill(request)
        #expect(report.evidence.passed && report.leftBehind == nil)
        #expect(try leftovers().isEmpty)
        let recorded = try #require(try evidence(.drill).first).decode(DrillEvidence.self)
        #expect(recorded.snapshot == report.restore.snapshot.id.hex && recorded.passed && recorded.restored.files == 2)
        #expect(recorded.phases.map(\.name) == ["restore", "validate"] && recorded.steps.map(\.verdict) == [.passed])
        #expect(recorded.recoveryTime.limitMilliseconds == 3_600_000 && recorded.recoveryPoint?.limitMilliseconds == 86_400_000)
        #expect(recorded.recoveryTime.measuredMilliseconds >= recorded.phases.reduce(0) { $0 + $1.durationMilliseconds } - 2)
        #expect(try await bench.verify().isSound)
    }

    /// Whoever asks later finds every check, with what was measured, and by which suite.
    @Test func theEvidenceHasEveryCheck() async throws {
        try await bench.edit(
            "mkdir d/w && printf '\\x93NUMPY\\x01\\x00v\\x00%-117s\\n' \"{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\" > d/w/a.npy && printf '12345678' >> d/w/a.npy"
        )
        try "version: 1\nname: small\nchecks:\n  - array: {file: d/w/a.npy, shape: [2]}\n".write(
            toFile: bench.scratch("suite.yaml"), atomically: true, encoding: .utf8)
        let suite = try PhotonicCore.Suite.read(bench.scratch("suite.yaml"))
        try await bench.backup()
        var request = request()
        request.steps.append(Validation.Step(.photonicCore(dataset: "data", suite: suite)))
        _ = try await drill(request)
        let recorded = try #require(try evidence(.drill).first).decode(DrillEvidence.self)
        let step = try #require(recorded.steps.last)
        #expect(step.suite == "small \(suite.fingerprint)" && recorded.steps.first?.suite == nil && step.attempts == 1)
        #expect(step.checkCount > SelfTest.deviceCheckCount && step.checks.count == step.checkCount && step.failedCount == 0)
        #expect(step.checks.contains { $0.file == "d/w/a.npy" && $0.value != nil } && recorded.scratch == place)
    }

    /// Whatever answers at an address is not what was restored: a drill does not even ask.
    @Test func anAddressIsNotAskedAndAloneProvesNothing() async throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        #expect(listen(listener, 1) == 0)
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutableBytes(of: &address) { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { getsockname(listener, $0.baseAddress, &length) }
        }
        let url = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))/health"
        let step = Validation.Step(.http(HealthCheck(url: url, status: 200, timeout: .seconds(5))))
        var request = request()
        request.steps.append(step)
        let beside = try await drill(request)
        #expect(beside.evidence.passed && beside.results.map(\.verdict) == [.passed, .notRun], "\(beside.results)")
        request.steps = [step]
        let alone = try await drill(request)
        #expect(alone.evidence.failures == ["none of the validations could run"], "\(alone.evidence.failures)")
        #expect(alone.results.first?.summary.contains("looks at the live application") == true)
        var waiting = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
        #expect(poll(&waiting, 1, 0) == 0, "somebody has asked")
    }

    @Test func anObjectiveThatIsMissedFailsIt() async throws {
        var late = request("sleep 1.1")
        late.recoveryTime = .seconds(1)
        let slow = try await drill(late)
        #expect(slow.evidence.failures == ["the recovery took longer than the objective allows"])
        var old = request()
        old.recoveryPoint = .milliseconds(1)
        #expect(try await drill(old).evidence.failures == ["the newest restorable data is older than the objective allows"])
        // Of an older snapshot nobody expects that it is new.
        try await bench.edit("echo three > d/c")
        try await bench.backup()
        let bench = bench
        let first = try await offPool {
            try bench.repository().views(cancellation: Cancellation()).views[0]
        }
        old.snapshot = first.snapshot.id.hex
        let older = try await drill(old)
        #expect(older.evidence.passed && older.evidence.recoveryPoint == nil)
        #expect(try evidence(.drill).count == 3)
    }

    @Test func aValidationThatFailsFailsItAndTheScratchIsGoneAllTheSame() async throws {
        let report = try await drill(request("echo what is wrong; chmod 000 data; exit 1"))
        #expect(!report.evidence.passed && report.evidence.steps.first?.output == ["what is wrong"])
        #expect(try leftovers().isEmpty)
    }

    @Test func anInterruptionLeavesNothingBehind() async throws {
        let cancellation = Cancellation()
        let (request, place) = (request("touch \(place)/../started; sleep 1000"), place)
        let running = Task { try await drill(request, cancellation: cancellation) }
        try await eventually { access("\(place)/../started", F_OK) == 0 }
        cancellation.cancel()
        let error = await #expect(throws: Failure.self) { try await running.value }
        #expect(error?.code == .interrupted)
        #expect(try leftovers().isEmpty && evidence(.drill).isEmpty)
    }

    @Test func damageInTheVaultFailsIt() async throws {
        let contents = try await bashText("zstd -dcq indexes/* | grep $(echo one | sha256sum | cut -c1-64) | cut -f2", in: bench.vault)
        try await bash("rm -f packs/*/\(contents.trimmingCharacters(in: .whitespacesAndNewlines)).tar.zst", in: bench.vault)
        let report = try await drill(request("true"))
        #expect(!report.evidence.passed && report.evidence.restored.damaged > 0 && report.evidence.isDamaged)
        #expect(report.evidence.failures.first?.contains("the vault is damaged there") == true)
    }

    @Test func aDrillThatComesToNoEndLeavesEvidenceAllTheSame() async throws {
        try await bash("rm -f packs/*/*", in: bench.vault)
        _ = await #expect(throws: Failure.self) { try await drill(request()) }
        let recorded = try #require(try evidence(.drill).first).decode(DrillEvidence.self)
        #expect(!recorded.passed && recorded.restored.files == 0 && recorded.isDamaged)
        #expect(try leftovers().isEmpty)
        let bench = bench
        let status = try await offPool { try Status(Status.Request(), in: try bench.repository()).run() }
        #expect(status.findings.contains { $0.severity == .p1 && $0.message.hasPrefix("the last drill failed") }, "\(status.findings)")
    }

    @Test func aNewerRecordThatIsDamagedIsNotPassedOver() async throws {
        try await bench.edit("echo three > d/c")
        try await bench.backup()
        try await bash("f=$(ls snapshots/* | tail -n1); chmod u+w $f; echo x >> $f", in: bench.vault)
        let report = try await drill(request())
        #expect(report.evidence.failures.first?.contains("newer records are damaged") == true && report.evidence.recoveryPoint == nil)
    }

    @Test func verificationsAreRecordedTooAndDamagedEvidenceIsFound() async throws {
        #expect(try await bench.verify().isSound)
        #expect(try await bench.verify(deep: true).isSound)
        let recorded = try evidence(.verify).map { try $0.decode(VerifyEvidence.self) }
        #expect(recorded.map(\.isDeep) == [false, true])
        #expect(recorded.allSatisfy { $0.packsRead == $0.packs && $0.bytesRead > 0 && $0.damage == 0 && $0.sample == nil })
        try await bash(
            "f=$(ls evidence/*-verify-* | head -n1); chmod u+w $f; sed -i 's/\"damage\" : 0/\"damage\" : 1/' $f", in: bench.vault)
        let report = try await bench.verify()
        #expect(report.damage.count == 1 && report.damage.first?.object.hasPrefix("evidence/") == true)
    }

    @Test func aVaultOfBeforeThereWasEvidenceHasNone() async throws {
        try await bash("rm -rf evidence", in: bench.vault)
        #expect(try Vault.open(at: bench.vault).evidence().records.isEmpty)
        #expect(try await drill(request()).evidence.passed)
        #expect(try evidence(.drill).count == 1)
    }

    /// Twelve nights, of which the eighth and all after it are bad.
    @Test func bisectionFindsTheFirstBadSnapshot() async throws {
        var ids: [String] = []
        for night in 1...12 {
            try await bench.edit("echo \(night) > d/night; \(night == 8 ? "echo broken > d/b" : "true")")
            ids.append(try #require(try await bench.backup().snapshot).id.hex)
        }
        let step = Validation.Step(.command(Command(["grep", "-qx", "two", "data/d/b"])), timeout: .seconds(120))
        var request = Bisect.Request(good: ids[0], bad: "latest", steps: [step], scratch: place)
        request.policy = "test"
        let report = try await bisect(request)
        #expect(report.firstBad.id.hex == ids[7] && report.lastGood.id.hex == ids[6])
        #expect(report.trials.count <= 6 && report.reasons.first?.contains("ended with status 1") == true)
        #expect(try leftovers().isEmpty && evidence(.drill).isEmpty)
        request.good = ids[9]
        #expect(
            await #expect(throws: Failure.self) { try await bisect(request) }?.description.contains("given as good, does not pass")
                == true)
        (request.good, request.bad) = (ids[0], ids[3])
        #expect(await #expect(throws: Failure.self) { try await bisect(request) }?.description.contains("given as bad, passes") == true)
        (request.good, request.bad) = (ids[3], ids[0])
        #expect(await #expect(throws: Failure.self) { try await bisect(request) }?.description.contains("is not older than") == true)
    }

    private func bisect(_ request: Bisect.Request) async throws -> Bisect.Report {
        try await offPool { try Bisect(request, in: try bench.repository(), progress: VaultProgress(), cancellation: Cancellation()).run() }
    }

    /// An auditor asks whether drills get worse, and whether old snapshots come back as well.
    @Test func aDrillIsComparedWithTheLastOnes() async throws {
        var request = request()
        request.steps.append(Validation.Step(.command(Command(["true"]))))
        request.controls = ["ISO 27001 A.8.13"]
        let first = try await drill(request)
        #expect(first.evidence.regressions == [] && first.evidence.controls == ["ISO 27001 A.8.13"])
        #expect(try await drill(request).evidence.regressions == [])
        let fewer = try await drill(self.request())
        #expect(fewer.evidence.regressions == ["it ran 1 validation, and the last one 2"] && fewer.evidence.passed)
        #expect(fewer.findings.listed.contains { $0.text.contains("compared with the last drills, it ran 1 validation") })
        let facts = try await offPool { [bench] in try Status(.init(), in: try bench.repository()).run() }
        #expect(facts.findings.contains { $0.message.hasPrefix("the last drill passed, and was worse than those before") })
    }

    @Test func oneThatTakesMuchLongerIsTold() async throws {
        let usual = try await drill(request()).evidence
        func taking(_ milliseconds: Int64) throws -> DrillEvidence {
            var object = try #require(try JSONSerialization.jsonObject(with: try JSONEncoder().encode(usual)) as? [String: Any])
            object["recoveryTime"] = ["measuredMilliseconds": milliseconds]
            return try JSONDecoder().decode(DrillEvidence.self, from: try JSONSerialization.data(withJSONObject: object))
        }
        let before = try [8000, 9000, 10_000].map(taking)
        #expect(
            DrillComparison(before, for: usual).regressions(of: try taking(30_000)) == ["it took 30 s, and the last 3 drills about 9 s"])
        #expect(DrillComparison(before, for: usual).regressions(of: try taking(17_000)) == [])
    }

    @Test func anySnapshotMayBeDrawn() async throws {
        for number in 0..<3 {
            try await bench.edit("echo \(number) > d/c")
            try await bench.backup()
        }
        var request = request()
        request.isRandom = true
        var seen: Set<String> = []
        for _ in 0..<60 where seen.count < 2 { seen.insert(try await drill(request).evidence.snapshot) }
        #expect(seen.count == 2)
        #expect(try #require(try evidence(.drill).last).decode(DrillEvidence.self).isRandom == true)
    }
}
