public import Core
public import Proof
import Storage
import Tarball
import Vault

/// How well a system is protected, and how that came about: every night, every verification, every drill, as they were recorded.
public struct ProtectionReport: Sendable, Codable {
    /// One snapshot.
    public struct Entry: Sendable, Codable {
        public let time: Timestamp
        public let snapshot: String
        public let isComplete: Bool
        /// Datasets that it has only in part, or not at all.
        public let incomplete: [String]
        /// Why it may not be what it should, unless a person has accepted it.
        public let doubts: [String]
        public let files: Int64
        public let bytes: Int64
        /// Of blobs that the vault did not have, before compression.
        public let newBytes: Int64
        /// On the live data, while it was backed up.
        public let failedSelfTests: Int64
        /// Datasets whose self-tests could not run.
        public let untested: [String]
        public let milliseconds: Int64
    }

    /// What lay in packs at the end of a day on which some were written.
    public struct Growth: Sendable, Codable {
        /// The day's beginning, in UTC.
        public let day: Timestamp
        public let storedBytes: Int64
    }

    /// Of the file system that the vault is on.
    public struct Capacity: Sendable, Codable {
        public let freeBytes: Int64
        public let totalBytes: Int64
        /// The pace of the last three months; nil where a week is not yet over.
        public let bytesPerDay: Double?
        /// Until it is full at that pace; nil where nothing grows.
        public let daysLeft: Int64?
    }

    public struct Verification: Sendable, Codable {
        public let time: Timestamp
        public let isDeep: Bool
        /// "3/7" where a part was read.
        public let sample: String?
        /// Where one snapshot alone was looked at.
        public let snapshot: String?
        public let packsRead: Int
        public let bytesRead: Int64
        public let damage: Int
        public let affectedSnapshots: Int
        public let milliseconds: Int64
    }

    public struct Drill: Sendable, Codable {
        public let time: Timestamp
        public let snapshot: String
        public let passed: Bool
        public let recoveryTime: Int64
        public let recoveryPoint: Int64?
    }

    /// So many of each kind are listed, the newest.
    private static let entriesMax = 20_000

    public let version: Int
    public let time: Timestamp
    public let program: String
    public let vault: String
    public let location: String
    public let policy: String?
    public let facts: StatusFacts
    public let findings: [StatusFinding]
    /// Oldest first, as all that follows.
    public let snapshots: [Entry]
    public let growth: [Growth]
    /// nil where nobody can tell.
    public let capacity: Capacity?
    public let verifications: [Verification]
    public let drills: [Drill]
    public let lastDrill: DrillEvidence?

    public init(_ status: Status.Report, policy: String?) {
        version = 1
        time = status.time
        program = Program.name
        vault = status.vault
        location = status.location
        self.policy = policy
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
        files = record.datasets.reduce(0) { $0 + $1.files }
        bytes = record.datasets.reduce(0) { $0 + $1.bytes }
        newBytes = record.datasets.reduce(0) { $0 + $1.newBytes }
        failedSelfTests = record.witnesses?.reduce(0) { $0 + $1.failed } ?? 0
        untested = record.untested
        milliseconds = record.durationMilliseconds
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
        milliseconds = run.milliseconds
    }
}

extension ProtectionReport.Drill {
    init(_ drill: DrillEvidence) {
        time = drill.time
        snapshot = drill.snapshot
        passed = drill.passed
        recoveryTime = drill.recoveryTime.measured
        recoveryPoint = drill.recoveryPoint?.measured
    }
}
