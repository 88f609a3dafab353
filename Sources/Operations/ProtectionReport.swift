public import Core
public import Proof
import Storage
import Tarball
public import Vault

/// How well a system is protected, and how that came about: every night, every verification, every drill, as they were recorded.
public struct ProtectionReport: Sendable, Codable {
    /// A dataset of the newest snapshot: what is protected.
    public struct Dataset: Sendable, Codable {
        /// By which its paths begin.
        public let name: String
        /// Where it was read from.
        public let source: String
        /// How much of it is in the newest snapshot.
        public let outcome: SnapshotRecord.Dataset.Outcome
        /// In the newest snapshot.
        public let files: Int64
        /// Of those files.
        public let bytes: Int64
        /// Against the same dataset some thirty days before; left out where there is none so old.
        public let growthBytes: Int64?
    }

    /// One snapshot.
    public struct Entry: Sendable, Codable {
        /// When its backup began.
        public let time: Timestamp
        /// The whole id.
        public let snapshot: String
        /// Whether it has all that the policy named.
        public let isComplete: Bool
        /// Datasets that it has only in part, or not at all.
        public let incomplete: [String]
        /// What could not be saved, with the reason: the first of each dataset.
        public let problems: [String]
        /// Why it may not be what it should, unless a person has accepted it.
        public let doubts: [String]
        /// In all datasets.
        public let files: Int64
        /// Of those files.
        public let bytes: Int64
        /// Of blobs that the vault did not have, before compression.
        public let newBytes: Int64
        /// On the live data, while it was backed up.
        public let failedSelfTests: Int64
        /// Datasets whose self-tests could not run.
        public let untested: [String]
        /// Of its backup.
        public let durationMilliseconds: Int64
    }

    /// What lay in packs at the end of a day on which some were written.
    public struct Growth: Sendable, Codable {
        /// The day's beginning, in UTC.
        public let day: Timestamp
        /// In all packs.
        public let storedBytes: Int64
    }

    /// Of the file system that the vault is on.
    public struct Capacity: Sendable, Codable {
        /// What may still be written.
        public let freeBytes: Int64
        /// Of the whole file system.
        public let totalBytes: Int64
        /// The pace of the last three months; nil where a week is not yet over.
        public let bytesPerDay: Double?
        /// Until it is full at that pace; nil where nothing grows.
        public let daysLeft: Int64?
    }

    public struct Verification: Sendable, Codable {
        /// When it began.
        public let time: Timestamp
        /// Whether everything was decoded, too.
        public let isDeep: Bool
        /// "3/7" where a part was read.
        public let sample: String?
        /// Where one snapshot alone was looked at.
        public let snapshot: String?
        /// Of the vault, or of its part.
        public let packsRead: Int
        /// Of packs and indexes.
        public let bytesRead: Int64
        /// Objects that were not what they should be.
        public let damage: Int
        /// Snapshots that damage reached.
        public let affectedSnapshots: Int
        /// Of the run.
        public let durationMilliseconds: Int64
    }

    public struct Drill: Sendable, Codable {
        /// When it began.
        public let time: Timestamp
        /// The whole id of what was restored.
        public let snapshot: String
        /// Whether it failed in nothing.
        public let passed: Bool
        /// From the beginning to the last validation.
        public let recoveryTimeMilliseconds: Int64
        /// How old the newest restorable data was; nil where an older snapshot was asked for.
        public let recoveryPointMilliseconds: Int64?
    }

    /// So many of each kind are listed, the newest.
    private static let entriesMax = 20_000

    /// When it was made.
    public let time: Timestamp
    /// Name and version of what made it.
    public let program: String
    /// The vault's id.
    public let vault: String
    /// Where the vault is.
    public let location: String
    /// nil where none was named: all of them together.
    public let policy: String?
    /// nil where the snapshots are of several.
    public let host: String?
    /// Of the newest snapshot.
    public let datasets: [Dataset]
    /// What is known.
    public let facts: StatusFacts
    /// What is wrong with it, the gravest first.
    public let findings: [StatusFinding]
    /// Oldest first, as all that follows.
    public let snapshots: [Entry]
    /// The last of each day on which something was stored.
    public let growth: [Growth]
    /// nil where nobody can tell.
    public let capacity: Capacity?
    /// Each run of `verify`.
    public let verifications: [Verification]
    /// Each run of `drill`.
    public let drills: [Drill]
    /// The whole evidence of the newest.
    public let lastDrill: DrillEvidence?

    public init(_ status: Status.Report, policy: String?) {
        time = status.time
        program = Program.name
        vault = status.vault
        location = status.location
        self.policy = policy
        host = status.host
        datasets = Self.datasets(status.snapshots)
        facts = status.facts
        findings = status.findings
        snapshots = status.snapshots.suffix(Self.entriesMax).map {
            Entry($0, isAccepted: status.accepted.contains($0.id.hex))
        }
        let growth = Self.growth(of: status.packs)
        self.growth = growth
        capacity = status.space.map { Capacity($0, Self.pace(growth, now: status.time)) }
        verifications = status.verifications.suffix(Self.entriesMax).map(Verification.init)
        drills = status.drills.suffix(Self.entriesMax).map(Drill.init)
        lastDrill = status.drills.last
    }

    private static let growthDays: Int64 = 30

    private static func datasets(_ snapshots: [Snapshot]) -> [Dataset] {
        guard let newest = snapshots.last?.record else { return [] }
        let horizon = newest.time.milliseconds - growthDays * day
        let before = snapshots.last { $0.record.time.milliseconds <= horizon }?.record
        return newest.datasets.map { dataset in
            let then = before?.datasets.first { $0.name == dataset.name && $0.outcome != .failed }
            return Dataset(
                name: dataset.name, source: dataset.source, outcome: dataset.outcome, files: dataset.files, bytes: dataset.bytes,
                growthBytes: dataset.outcome == .failed ? nil : then.map { dataset.bytes - $0.bytes })
        }
    }

    /// By the times of the packs' files.
    private static func growth(of packs: [Status.Pack]) -> [Growth] {
        var byDay: [Int64: Int64] = [:]
        for pack in packs { byDay[pack.written / day] = (byDay[pack.written / day] ?? 0).addingWithLimit(pack.bytes) }
        var sum: Int64 = 0
        return byDay.sorted { $0.key < $1.key }.map { number, bytes in
            sum = sum.addingWithLimit(bytes)
            return Growth(day: Timestamp(milliseconds: number * day), storedBytes: sum)
        }
    }

    private static let day = Timestamp.day
    private static let paceDays: Int64 = 91
    private static let paceDaysMin: Int64 = 7

    /// Bytes a day, by least squares over what lay there at the end of each day.
    private static func pace(_ growth: [Growth], now: Timestamp) -> Double? {
        let today = now.milliseconds / day
        guard let first = growth.first, today - first.day.milliseconds / day >= paceDaysMin else { return nil }
        let begin = max(first.day.milliseconds / day, today - paceDays)
        var points: [Double] = []
        var known = growth[...]
        var stored: Int64 = 0
        for number in begin...today {
            while let next = known.first, next.day.milliseconds / day <= number { stored = known.removeFirst().storedBytes }
            points.append(Double(stored))
        }
        let middle = Double(points.count - 1) / 2
        let mean = points.reduce(0, +) / Double(points.count)
        let squares = points.indices.reduce(0.0) { $0 + (Double($1) - middle) * (Double($1) - middle) }
        return points.indices.reduce(0.0) { $0 + (Double($1) - middle) * (points[$1] - mean) } / squares
    }
}

extension ProtectionReport.Entry {
    init(_ snapshot: Snapshot, isAccepted: Bool) {
        let record = snapshot.record
        doubts = isAccepted ? [] : record.doubts.map { "\($0.dataset): \($0.reason)" }
        time = record.time
        self.snapshot = snapshot.id.hex
        isComplete = record.isComplete
        incomplete = record.datasets.filter { $0.outcome != .complete }.map(\.name)
        problems = record.datasets.filter { $0.outcome != .complete }.compactMap { dataset in
            record.problems.first { $0.path == dataset.name || $0.path.hasPrefix(dataset.name + "/") }.map { "\($0.path): \($0.reason)" }
        }
        files = record.datasets.reduce(0) { $0 + $1.files }
        bytes = record.datasets.reduce(0) { $0 + $1.bytes }
        newBytes = record.datasets.reduce(0) { $0 + $1.newBytes }
        failedSelfTests = record.witnesses?.reduce(0) { $0 + $1.failed } ?? 0
        untested = record.untested
        durationMilliseconds = record.durationMilliseconds
    }
}

extension ProtectionReport.Capacity {
    init(_ space: StoreSpace, _ pace: Double?) {
        freeBytes = space.freeBytes
        totalBytes = space.totalBytes
        bytesPerDay = pace
        daysLeft = pace.flatMap { $0 >= 1 ? Int64(min(Double(space.freeBytes) / $0, 1e9)) : nil }
    }
}

extension ProtectionReport.Verification {
    init(_ run: VerifyEvidence) {
        time = run.time
        isDeep = run.isDeep
        sample = run.sample
        snapshot = run.snapshot
        packsRead = run.packsRead
        bytesRead = run.bytesRead
        damage = run.damage
        affectedSnapshots = run.affectedSnapshots
        durationMilliseconds = run.durationMilliseconds
    }
}

extension ProtectionReport.Drill {
    init(_ drill: DrillEvidence) {
        time = drill.time
        snapshot = drill.snapshot
        passed = drill.passed
        recoveryTimeMilliseconds = drill.recoveryTime.measuredMilliseconds
        recoveryPointMilliseconds = drill.recoveryPoint?.measuredMilliseconds
    }
}
