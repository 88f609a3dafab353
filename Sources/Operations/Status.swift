public import Core
import Manifests
public import Proof
public import Storage
import Tarball
public import Vault

/// How well a system is protected: what the vault says of its snapshots, of what was read and of what was proven.
public struct Status {
    public struct Request: Sendable {
        public var policy: String?
        /// And of this host.
        public var host = HostChoice.any
        public var recoveryPoint: Duration?
        public var recoveryTime: Duration?
        /// nil where no policy was given.
        public var validations: Int?
        /// Within so many days everything should have been read.
        public var windowDays = 28

        public init() {}
    }

    public struct Report: Sendable, Encodable {
        private enum CodingKeys: CodingKey {
            case time, vault, location, policy, host, facts, findings, newest, lastGood, damagedEvidence
        }

        /// When it was looked at.
        public let time: Timestamp
        /// The vault's id.
        public let vault: String
        /// Where the vault is.
        public let location: String
        /// nil where none was named: all of them together.
        public let policy: String?
        /// nil where the snapshots are of several.
        public let host: String?
        /// What is known.
        public let facts: StatusFacts
        /// What is wrong with it, the gravest first.
        public let findings: [StatusFinding]
        /// Those of the policy, oldest first, as all that follows.
        public let snapshots: [Snapshot]
        /// Of the policy and host; nil where there is none.
        public let newest: Snapshot?
        /// The newest that is complete, beyond doubt, and not found damaged.
        public let lastGood: Snapshot?
        /// Those whose doubts a person has settled, by id.
        public let accepted: Set<String>
        public let verifications: [VerifyEvidence]
        public let drills: [DrillEvidence]
        public let packs: [Pack]
        /// Of the file system that the vault is on.
        public let space: StoreSpace?
        /// Evidence that is not what it was when it was written.
        public let damagedEvidence: [SnapshotList.Damage]
    }

    /// A pack, and when it was written, in milliseconds since 1970.
    public struct Pack: Sendable {
        let digest: SHA256Digest
        let written: Int64
        let bytes: Int64
    }

    /// Packs written since then need not have been read yet: a part each night reads all in a week.
    private static let grace = 8 * Timestamp.day

    private let request: Request
    private let repository: Repository

    public init(_ request: Request, in repository: Repository) {
        self.request = request
        self.repository = repository
    }

    public func run(now: Timestamp = .now()) throws -> Report {
        let vault = repository.vault
        let list = try repository.snapshots()
        let own = request.host.filter(list.snapshots.filter { request.policy == nil || $0.record.policy == request.policy })
        // A snapshot that is dated in the future would be the newest until then.
        let isPast = { (time: Timestamp) in time.milliseconds <= now.milliseconds + Timestamp.slack }
        let evidence = try evidence(vault, isPast)
        let doubted = { (snapshot: Snapshot) in JudgedSnapshot(snapshot, accepted: evidence.accepted).doubts }
        let open = Self.open(evidence.verifications)
        let damaged = Set(open.flatMap { $0.affected ?? [] })
        let lastGood = own.last {
            $0.record.isComplete && doubted($0).isEmpty && isPast($0.record.time) && !damaged.contains($0.id.hex)
        }
        // What has no time, or one to come, counts as written now: no verification has read it.
        let packs = try vault.packs().packs.map { pack in
            Pack(digest: pack.digest, written: min(pack.written ?? now.milliseconds, now.milliseconds), bytes: Int64(pack.bytes))
        }
        var facts = StatusFacts()
        facts.snapshots = own.count
        facts.damagedSnapshots = own.count { damaged.contains($0.id.hex) }
        facts.completeSnapshots = own.count { $0.record.isComplete }
        facts.policies = Set(own.map(\.record.policy)).count
        facts.damagedRecords = list.damage.count
        facts.futureSnapshots = own.count { !isPast($0.record.time) }
        facts.clockProblem = own.last.flatMap { snapshot in isPast(snapshot.record.time) ? list.clockProblem(of: snapshot, now: now) : nil }
        facts.doubts = own.last.map { doubted($0).map { "\($0.dataset): \($0.reason)" } } ?? []
        facts.unpushed = evidence.unpushed
        facts.missingPacks = try vault.missingPacks(cache: repository.cache)
        facts.damagedEvidence = evidence.damaged.count
        facts.lastGoodAgeMilliseconds = lastGood.map { age($0.record.time, now) }
        facts.isNewestComplete = own.last?.record.isComplete
        facts.newestProblems = own.last.map { Self.lines($0.record.problems) } ?? []
        facts.failedSelfTests = own.last.flatMap { $0.record.witnesses == nil ? nil : evidence.settled.failed(in: $0) }
        facts.windowDays = request.windowDays
        facts.untestedDatasets = own.last?.record.untested ?? []
        facts.unprotectedClaims = own.last?.record.unprotectedClaims ?? []
        facts.recoveryPointLimitMilliseconds = request.recoveryPoint?.milliseconds
        facts.recoveryTimeLimitMilliseconds = request.recoveryTime?.milliseconds
        facts.validations = request.validations
        add(evidence.verifications, packs, to: &facts, now)
        facts.verification?.damage = open.map(\.damage).max() ?? 0
        facts.verification?.affectedSnapshots = open.map(\.affectedSnapshots).max() ?? 0
        facts.drill = evidence.drills.last.map { fact(of: $0, now) }
        return Report(
            time: now, vault: vault.header.id, location: repository.location, policy: request.policy,
            host: Set(own.map(\.record.host)).count == 1 ? own[0].record.host : nil, facts: facts, findings: StatusRules.findings(facts),
            snapshots: own, newest: own.last, lastGood: lastGood, accepted: evidence.accepted, verifications: evidence.verifications,
            drills: evidence.drills,
            packs: packs,
            space: try vault.space(), damagedEvidence: evidence.damaged)
    }

    private func fact(of drill: DrillEvidence, _ now: Timestamp) -> StatusFacts.Drill {
        var fact = StatusFacts.Drill(
            ageMilliseconds: age(drill.time, now), passed: drill.passed,
            recoveryTimeMilliseconds: drill.recoveryTime.measuredMilliseconds, failures: drill.failures, isDamaged: drill.isDamaged)
        fact.notVerified = drill.notVerified
        fact.regressions = drill.regressions ?? []
        return fact
    }

    private static let problemsMax = 5
    private static let outputMax = 5

    private static func lines(_ problems: [SnapshotRecord.Problem]) -> [String] {
        problems.prefix(problemsMax).flatMap { problem in
            ["\(problem.path): \(problem.reason)"] + (problem.output ?? []).suffix(outputMax).map { "  \($0)" }
        }
    }

    private func age(_ time: Timestamp, _ now: Timestamp) -> Int64 { max(0, now.milliseconds - time.milliseconds) }

    /// Evidence of verifications and of this policy's drills, and documents that this program cannot read: they are damaged, or a newer one
    /// may have written it.
    private func evidence(
        _ vault: Vault, _ isPast: (Timestamp) -> Bool
    ) throws -> (
        verifications: [VerifyEvidence], drills: [DrillEvidence], accepted: Set<String>, settled: AcceptedResponses, unpushed: [String],
        damaged: [SnapshotList.Damage]
    ) {
        var (verifications, drills, damaged): ([VerifyEvidence], [DrillEvidence], [SnapshotList.Damage]) = ([], [], [])
        var accepted: Set<String> = []
        var settled = AcceptedResponses()
        var pushes: [String?: PushEvidence] = [:]
        let isOwn: (String?) -> Bool = { [policy = request.policy] in policy == nil || $0 == policy }
        let unreadable = try vault.eachEvidence { record in
            do {
                switch record.kind {
                case .verify:
                    let run = try record.decode(VerifyEvidence.self)
                    if isPast(run.time) { verifications.append(run) }
                case .drill:
                    let drill = try record.decode(DrillEvidence.self)
                    if isPast(drill.time), isOwn(drill.policy) { drills.append(drill) }
                case .push:
                    let push = try record.decode(PushEvidence.self)
                    pushes[push.policy] = push
                case .accept:
                    let acceptance = try record.decode(Acceptance.self)
                    if acceptance.response == nil { accepted.insert(acceptance.snapshot) }
                    settled.add(acceptance)
                }
            } catch { damaged.append(.init(name: record.name, reason: "\(error)")) }
        }
        let unpushed = pushes.values.filter { isOwn($0.policy) }.flatMap(\.failed).map(\.remote).sorted()
        return (verifications, drills, accepted, settled, unpushed, unreadable + damaged)
    }

    /// A pack counts as read when a verification of all, or of the part that it belongs to, began after it was written.
    private func add(_ verifications: [VerifyEvidence], _ packs: [Pack], to facts: inout StatusFacts, _ now: Timestamp) {
        let begin = now.milliseconds - Int64(request.windowDays) * Timestamp.day
        var runs: [(time: Int64, part: Part)] = []
        for run in verifications {
            facts.verification = .init(
                ageMilliseconds: age(run.time, now), isDeep: run.isDeep, damage: 0, affectedSnapshots: 0)
            guard run.snapshot == nil, run.time.milliseconds >= begin, let part = Part(run.sample) else { continue }
            runs.append((run.time.milliseconds, part))
        }
        for pack in packs {
            facts.storedBytes = facts.storedBytes.addingWithLimit(pack.bytes)
            if runs.contains(where: { $0.time >= pack.written && $0.part.contains(pack.digest) }) {
                facts.verifiedBytes = facts.verifiedBytes.addingWithLimit(pack.bytes)
            } else if pack.written < now.milliseconds - Self.grace {
                facts.overdueBytes = facts.overdueBytes.addingWithLimit(pack.bytes)
            }
        }
    }

    /// Verifications that found damage of which no later one, as thorough, has found that it is gone.
    private static func open(_ verifications: [VerifyEvidence]) -> [VerifyEvidence] {
        var open: [VerifyEvidence] = []
        for run in verifications {
            open = run.damage > 0 || run.affectedSnapshots > 0 ? open + [run] : open.filter { !run.covers($0) }
        }
        return open
    }

    /// The part of the packs that a verification read.
    private enum Part {
        case whole
        case sample(VerifyOptions.Sample)

        /// As evidence has it: nothing for the whole, or "3/7"; nil for what is no part of anything.
        init?(_ text: String?) {
            guard let text else {
                self = .whole
                return
            }
            let parts = text.split(separator: "/").compactMap { Int($0) }
            guard parts.count == 2, let sample = VerifyOptions.Sample(number: parts[0], count: parts[1]) else { return nil }
            self = .sample(sample)
        }

        func contains(_ pack: SHA256Digest) -> Bool {
            switch self {
            case .whole: true
            case .sample(let sample): sample.contains(pack)
            }
        }
    }
}
