import Core
import Foundation
import Operations
import Proof
import TestSupport
import Testing
import Vault

/// What is wrong with a system's protection, how grave it is, and where that is known from.
@Suite struct ProtectionStatusTests {
    private static let hour: Int64 = 3_600_000

    /// All is well.
    private static var good: StatusFacts {
        var facts = StatusFacts()
        (facts.snapshots, facts.completeSnapshots, facts.lastGoodAgeMilliseconds, facts.isNewestComplete) = (30, 30, 3 * hour, true)
        (facts.storedBytes, facts.verifiedBytes, facts.failedSelfTests, facts.validations) = (1000, 1000, 0, 2)
        (facts.recoveryPointLimitMilliseconds, facts.recoveryTimeLimitMilliseconds) = (26 * hour, hour)
        facts.verification = .init(ageMilliseconds: hour, isDeep: false, damage: 0, affectedSnapshots: 0)
        facts.drill = .init(ageMilliseconds: 240 * hour, passed: true, recoveryTimeMilliseconds: hour / 2, failures: [])
        return facts
    }

    struct Rule: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let severity: Severity?
        let change: @Sendable (inout StatusFacts) -> Void

        init(_ description: String, _ severity: Severity?, _ change: @escaping @Sendable (inout StatusFacts) -> Void) {
            (testDescription, self.severity, self.change) = (description, severity, change)
        }
    }

    static let rules = [
        Rule("nothing is wrong", nil) { _ in },
        Rule("there is no snapshot", .p1) { $0 = StatusFacts() },
        Rule("none is complete", .p1) { ($0.completeSnapshots, $0.lastGoodAgeMilliseconds, $0.isNewestComplete) = (0, nil, false) },
        Rule("damage reaches snapshots", .p1) { $0.verification?.affectedSnapshots = 2 },
        Rule("damage reaches no snapshot", .p2) { $0.verification?.damage = 1 },
        Rule("packs are missing", .p1) { $0.missingPacks = 1 },
        Rule("evidence cannot be read", .p2) { $0.damagedEvidence = 1 },
        Rule("a snapshot is of a time to come", .p2) { $0.futureSnapshots = 1 },
        Rule("a record cannot be read", .p2) { $0.damagedRecords = 1 },
        Rule("the last good backup is too old", .p2) { $0.lastGoodAgeMilliseconds = 27 * hour },
        Rule("without an objective a missed night counts", .p2) {
            ($0.recoveryPointLimitMilliseconds, $0.lastGoodAgeMilliseconds) = (nil, 27 * hour)
        },
        Rule("the newest snapshot is not complete", .p2) { $0.isNewestComplete = false },
        Rule("the live data is bad", .p2) { $0.failedSelfTests = 3 },
        Rule("the last drill failed", .p2) {
            $0.drill = .init(ageMilliseconds: hour, passed: false, recoveryTimeMilliseconds: 1, failures: ["it broke"])
        },
        Rule("the last drill could not read all back", .p1) {
            $0.drill = .init(ageMilliseconds: hour, passed: false, recoveryTimeMilliseconds: 1, failures: ["lost"], isDamaged: true)
        },
        Rule("self-tests could not run", .p2) { $0.untestedDatasets = ["app-data"] },
        Rule("the last drill took too long", .p2) { $0.drill?.recoveryTimeMilliseconds = 2 * hour },
        Rule("the last drill is long ago", .p3) { $0.drill?.ageMilliseconds = 110 * 24 * hour },
        Rule("no drill was ever made", .p3) { $0.drill = nil },
        Rule("not all was read that should have been", .p3) { ($0.verifiedBytes, $0.overdueBytes) = (990, 10) },
        Rule("what is new was not read yet", nil) { $0.verifiedBytes = 990 },
        Rule("several policies are looked at as one", .p3) { ($0.validations, $0.policies) = (nil, 2) },
        Rule("no policy was given", .p4) {
            ($0.validations, $0.recoveryPointLimitMilliseconds, $0.recoveryTimeLimitMilliseconds) = (nil, nil, nil)
        },
        Rule("nothing validates", .p3) { $0.validations = 0 },
        Rule("there are no objectives", .p4) { ($0.recoveryPointLimitMilliseconds, $0.recoveryTimeLimitMilliseconds) = (nil, nil) },
    ]

    @Test(arguments: rules) func eachFindingHasItsSeverity(rule: Rule) {
        var facts = Self.good
        rule.change(&facts)
        let findings = StatusRules.findings(facts)
        #expect(findings.first?.severity == rule.severity, "\(findings)")
        #expect(findings.allSatisfy { !$0.message.isEmpty && !$0.advice.isEmpty })
        #expect(findings.map(\.severity) == findings.map(\.severity).sorted())
    }

    private func status(_ bench: Bench, at now: Timestamp = .now()) async throws -> Status.Report {
        try await offPool {
            var request = Status.Request()
            (request.policy, request.recoveryPoint, request.recoveryTime, request.validations) = (
                "test", .seconds(86_400), .seconds(3600), 1
            )
            return try Status(request, in: try bench.repository()).run(now: now)
        }
    }

    /// A part that is sound says nothing of the part that was damaged.
    @Test func damageStaysUntilItWasLookedAtAgain() async throws {
        let bench = try Bench()
        try await bench.edit("head -c 300000 /dev/urandom > a")
        try await bench.backup()
        try await bash(
            """
            for p in packs/*/*; do
                cp $p ../$(basename $p); chmod u+w $p; printf x | dd of=$p bs=1 seek=200 conv=notrunc status=none
            done
            """, in: bench.vault)
        func verify(_ sample: VerifyOptions.Sample?, deep: Bool = false) async throws {
            _ = try await offPool {
                var request = Verify.Request()
                (request.sample, request.isDeep) = (sample, deep)
                return try Verify(request, in: try bench.repository(), progress: VaultProgress(), cancellation: Cancellation()).run()
            }
        }
        try await verify(nil, deep: true)
        #expect(try await status(bench).findings.first?.severity == .p1)
        try await bash("for p in packs/*/*; do cp ../$(basename $p) $p; done", in: bench.vault)
        for number in 1...3 { try await verify(VerifyOptions.Sample(number: number, count: 3)) }
        try await verify(nil)
        #expect(try await status(bench).findings.first?.severity == .p1, "nobody has looked as closely since")
        try await verify(nil, deep: true)
        #expect(try await status(bench).findings.map(\.severity) == [.p3], "no drill, and no more")
        try await bash("rm packs/*/*", in: bench.vault)
        let missing = try await status(bench)
        #expect(missing.findings.first?.severity == .p1 && missing.facts.missingPacks > 0)
    }

    /// What the first programs wrote has other names for lengths of time.
    @Test func evidenceOfVersionOneIsRead() async throws {
        struct Verification: Encodable {
            var version = 1, isDeep = true, packs = 1, packsRead = 1, bytesRead = 10, damage = 0, affectedSnapshots = 0
            var host = "web-1", program = "rekindle 0.0", vault = "0123", milliseconds = 1234
            let time: Timestamp
        }
        struct Objective: Encodable { var measured = 2000, limit = 3000 }
        struct Phase: Encodable { var name = "restore", milliseconds = 1500 }
        struct Restored: Encodable { var files = 1, bytes = 2, directories = 3, damaged = 0, problems = 0, incomplete: [String] = [] }
        struct Drill: Encodable {
            var version = 1, host = "web-1", user = "root", program = "rekindle 0.0", vault = "0123", policy = "test"
            var snapshot = "ab", tree = "cd", scratch = "/tmp", isDamaged = false
            var phases = [Phase()], recoveryTime = Objective(), restored = Restored()
            var steps: [String] = []
            var failures: [String] = []
            let time: Timestamp
            let snapshotTime: Timestamp
        }
        let bench = try Bench()
        try await bench.edit("echo one > a")
        try await bench.backup()
        let vault = try bench.repository().vault
        let time = Timestamp.now()
        _ = try vault.record(Verification(time: time), kind: .verify, time: time)
        _ = try vault.record(Drill(time: time, snapshotTime: time), kind: .drill, time: time)
        let report = try await status(bench)
        #expect(report.damagedEvidence.map(\.reason) == [])
        #expect(report.verifications.map(\.durationMilliseconds) == [1234])
        let drill = try #require(report.drills.first)
        #expect(drill.recoveryTime.measuredMilliseconds == 2000 && drill.recoveryTime.limitMilliseconds == 3000)
        #expect(drill.phases.map(\.durationMilliseconds) == [1500])
    }

    @Test func itTellsWhatTheVaultSays() async throws {
        let bench = try Bench()
        #expect(try await status(bench).findings.first?.severity == .p1)
        try await bench.edit("echo one > a")
        let snapshot = try #require(try await bench.backup().snapshot)
        let first = try await status(bench)
        #expect(first.lastGood?.id == snapshot.id && first.facts.verifiedBytes == 0 && first.facts.storedBytes > 0)
        #expect(first.findings.map(\.message) == ["no drill has shown yet that this comes back"])
        let overdue = try await status(bench, at: Timestamp(milliseconds: Timestamp.now().milliseconds + 9 * 86_400_000))
        #expect(
            overdue.findings.contains { $0.message == "only 0 % of what is stored was read in the last 28 days" }, "\(overdue.findings)")
        try await bash("sleep 0.01", in: "/")
        try await bench.verify()
        let read = try await status(bench)
        #expect(read.facts.verifiedBytes == read.facts.storedBytes && read.facts.verification?.damage == 0)
        // What comes later was not read then.
        try await bash("sleep 0.01; echo two > source/b", in: bench.scratch.path)
        try await bench.backup()
        let more = try await status(bench)
        #expect(more.facts.verifiedBytes < more.facts.storedBytes && more.facts.verifiedBytes == read.facts.storedBytes)
        // Two halves are all.
        for number in 1...2 {
            let bench = bench
            _ = try await offPool {
                var request = Verify.Request()
                request.sample = VerifyOptions.Sample(number: number, count: 2)
                return try Verify(request, in: try bench.repository(), progress: VaultProgress(), cancellation: Cancellation()).run()
            }
        }
        #expect(try await status(bench).facts.verifiedBytes == more.facts.storedBytes)
        // In five weeks all of that is long ago.
        let later = try await status(bench, at: Timestamp(milliseconds: Timestamp.now().milliseconds + 35 * 86_400_000))
        #expect(later.facts.verifiedBytes == 0 && later.findings.first?.severity == .p2)
    }

    /// The times of packs are those of their files: a vault that grew by as much each day for ten days.
    @Test func theForecastIsWhatTheVaultGrewBy() async throws {
        let bench = try Bench()
        let now = Timestamp(milliseconds: 20_000 * 86_400_000 + 43_200_000)
        for day in 0..<10 {
            try await bench.edit("head -c 100000 /dev/urandom > day-\(day)")
            try await bench.backup()
            let time = now.milliseconds / 1000 - Int64(9 - day) * 86_400
            try await bash(
                "find packs -name '*.zst' -newermt '@\(now.milliseconds / 1000 + 86_400)' -exec touch -d '@\(time)' {} +", in: bench.vault)
            let report = ProtectionReport(try await status(bench, at: now), policy: nil)
            #expect(report.growth.count == day + 1)
        }
        let report = ProtectionReport(try await status(bench, at: now), policy: nil)
        let sizes = report.growth.map(\.storedBytes)
        #expect(sizes == sizes.sorted() && sizes.last == report.facts.storedBytes)
        let capacity = try #require(report.capacity)
        let pace = try #require(capacity.bytesPerDay)
        // As stored: what cannot be compressed, and a few hundred bytes around it.
        #expect(abs(pace - 101_000) < 2000, "\(pace)")
        #expect(capacity.daysLeft == Int64(Double(capacity.freeBytes) / pace))
        // Of a week that is not over nothing is foretold.
        let young = ProtectionReport(try await status(bench, at: Timestamp(milliseconds: now.milliseconds - 4 * 86_400_000)), policy: nil)
        #expect(young.capacity?.bytesPerDay == nil && young.capacity?.daysLeft == nil)
    }
}
