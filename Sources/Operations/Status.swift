import Storage
public import Vault

/// How well a system is protected: what the vault says of its snapshots, of what was read and of what was proven.
public struct Status {
    public struct Request: Sendable {
        public var vault: String
        public var policy: String?
        public var recoveryPoint: Duration?
        public var recoveryTime: Duration?
        public var validations = 0
        /// Within so many days everything should have been read.
        public var windowDays = 28
        public var cachePath: String?

        public init(vault: String) { self.vault = vault }
    }

    public struct Report: Sendable {
        public let facts: StatusFacts
        public let findings: [StatusFinding]
        public let newest: Snapshot?
        public let lastGood: Snapshot?
        /// Evidence that is not what it was when it was written.
        public let damagedEvidence: [SnapshotList.Damage]
    }

    /// A clock may be wrong by so much.
    private static let clockSlack: Int64 = 300_000

    private let request: Request

    public init(_ request: Request) { self.request = request }

    public func run(now: Timestamp = .now()) throws -> Report {
        let vault = try Vault.open(at: request.vault)
        let list = try vault.snapshots()
        var (evidence, damaged) = try vault.evidence()
        evidence = evidence.filter { found in
            guard let reason = Self.problem(of: found) else { return true }
            damaged.append(.init(name: found.name, reason: reason))
            return false
        }
        let own = list.snapshots.filter { request.policy == nil || $0.record.policy == request.policy }
        // A snapshot of a time to come would be the newest for as long.
        let isPast = { (snapshot: Snapshot) in snapshot.record.time.milliseconds <= now.milliseconds + Self.clockSlack }
        let lastGood = own.last { $0.record.isComplete && isPast($0) }
        var facts = StatusFacts()
        facts.snapshots = own.count
        facts.completeSnapshots = own.count { $0.record.isComplete }
        facts.damagedRecords = list.damage.count
        facts.futureSnapshots = own.count { !isPast($0) }
        facts.missingPacks = try vault.missingPacks(cache: CacheFolder(path: request.cachePath, vaultID: vault.header.id))
        facts.damagedEvidence = damaged.count
        facts.lastGoodAge = lastGood.map { age($0.record.time, now) }
        facts.isNewestComplete = own.last?.record.isComplete
        facts.failedSelfTests = own.last?.record.witnesses?.reduce(0) { $0 + $1.failed }
        facts.windowDays = request.windowDays
        facts.recoveryPointLimit = request.recoveryPoint?.milliseconds
        facts.recoveryTimeLimit = request.recoveryTime?.milliseconds
        facts.validations = request.validations
        try add(verifications: evidence, of: vault, to: &facts, now)
        try add(drills: evidence, to: &facts, now)
        return Report(
            facts: facts, findings: StatusRules.findings(facts), newest: own.last, lastGood: lastGood, damagedEvidence: damaged)
    }

    /// Why a document says nothing to this program: a newer one may have written it.
    private static func problem(of evidence: Evidence) -> String? {
        do {
            switch evidence.kind {
            case .verify: _ = try evidence.decode(VerifyEvidence.self)
            case .drill: _ = try evidence.decode(DrillEvidence.self)
            }
            return nil
        } catch { return "\(error)" }
    }

    private func age(_ time: Timestamp, _ now: Timestamp) -> Int64 { max(0, now.milliseconds - time.milliseconds) }

    /// A pack counts as read when a verification of all, or of the part that it belongs to, began after it was written.
    private func add(verifications evidence: [Evidence], of vault: Vault, to facts: inout StatusFacts, _ now: Timestamp) throws {
        let begin = now.milliseconds - Int64(request.windowDays) * 86_400_000
        var runs: [(time: Int64, sample: VerifyOptions.Sample?)] = []
        var open: [VerifyEvidence] = []
        for found in evidence where found.kind == .verify {
            let run = try found.decode(VerifyEvidence.self)
            guard run.time.milliseconds <= now.milliseconds + Self.clockSlack else { continue }
            open = run.damage + run.affectedSnapshots > 0 ? open + [run] : open.filter { !run.covers($0) }
            facts.verification = .init(
                age: age(run.time, now), isDeep: run.isDeep, damage: open.map(\.damage).max() ?? 0,
                affectedSnapshots: open.map(\.affectedSnapshots).max() ?? 0)
            guard run.snapshot == nil, run.time.milliseconds >= begin, let sample = sample(run.sample) else { continue }
            runs.append((run.time.milliseconds, sample))
        }
        for (pack, object) in try vault.packs() {
            facts.storedBytes += Int64(object.bytes)
            guard let written = object.written else { continue }
            if runs.contains(where: { $0.time >= written && ($0.sample?.contains(pack) ?? true) }) {
                facts.verifiedBytes += Int64(object.bytes)
            }
        }
    }

    /// "3/7"; the outer nil for what is no part of anything.
    private func sample(_ text: String?) -> VerifyOptions.Sample?? {
        guard let text else { return .some(nil) }
        let parts = text.split(separator: "/").compactMap { Int($0) }
        guard parts.count == 2, let sample = VerifyOptions.Sample(number: parts[0], count: parts[1]) else { return nil }
        return .some(sample)
    }

    private func add(drills evidence: [Evidence], to facts: inout StatusFacts, _ now: Timestamp) throws {
        for found in evidence where found.kind == .drill {
            let drill = try found.decode(DrillEvidence.self)
            guard request.policy == nil || drill.policy == request.policy, drill.time.milliseconds <= now.milliseconds + Self.clockSlack
            else {
                continue
            }
            facts.drill = .init(
                age: age(drill.time, now), passed: drill.passed, recoveryTime: drill.recoveryTime.measured, failures: drill.failures)
        }
    }
}
