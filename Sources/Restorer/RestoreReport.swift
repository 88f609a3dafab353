public import Core
public import Vault

/// What a restore did. Every number was counted.
public struct RestoreReport: Sendable, Encodable {
    public struct Problem: Sendable, Encodable {
        /// In the snapshot, spelt with escapes.
        public let path: String
        /// Why, as a sentence.
        public let reason: String

        package init(path: String, reason: String) {
            self.path = path
            self.reason = reason
        }
    }

    /// What was restored.
    public var snapshot: Snapshot
    /// The directory, or the directories that datasets went back to.
    public var target: String
    /// Whether nothing was written: all numbers are of what would be.
    public var isDryRun: Bool
    /// Datasets that the snapshot itself has only in part, or not at all.
    public var incomplete: [SnapshotRecord.Dataset] { snapshot.record.datasets.filter { $0.outcome != .complete } }
    /// Damaged records that are newer than the snapshot, where that was asked for as `latest` or `@TIME`.
    public var passedOver: [SnapshotList.Damage] = []
    /// Written anew, or in the place of others.
    public var files = 0
    /// Of those files.
    public var bytes: Int64 = 0
    /// Files that were there already and identical.
    public var identical = 0
    /// Files that were there and stay, because nothing is to be overwritten.
    public var kept = 0
    /// Made, or there already.
    public var directories = 0
    /// Links, FIFOs, device nodes.
    public var others = 0
    /// Names that the snapshot does not have.
    public var deleted = 0
    /// What could not be restored because the vault is damaged.
    public var damaged: [Problem] = []
    /// All of those, listed or not.
    public var damagedCount = 0
    /// What could not be restored for reasons of the target.
    public var problems: [Problem] = []
    /// All of those, listed or not.
    public var problemCount = 0
    /// Paths whose names are those of others on the target's file system, which has those. Each is a problem too.
    public var collisions: [Problem] = []
    /// Datasets without a directory to go back to.
    package var unplaced: [String] = []
    /// Temporary files that a restore that was killed had left, and that are gone now.
    public var leftovers = 0
    /// Beside what is damaged and what could not be written.
    public var findings = Findings()
    /// From the choice of the snapshot to the sync.
    public var durationMilliseconds: Int64 = 0

    /// As lines for people.
    public var notes: [String] { findings.notes }

    package static let listedMax = 1000

    public var isComplete: Bool { damagedCount == 0 && problemCount == 0 }

    /// Whether nothing at all could be restored of what was to be.
    public var hasFailed: Bool { problemCount > 0 && files + identical + kept + others == 0 }

    /// Whether nothing at all was met that was to be restored.
    package var isNothing: Bool { files + identical + kept + directories + others + deleted + damagedCount + problemCount == 0 }

    package init(snapshot: Snapshot, target: String, isDryRun: Bool) {
        self.snapshot = snapshot
        self.target = target
        self.isDryRun = isDryRun
    }

    package mutating func damage(_ path: String, _ reason: String) {
        damagedCount += 1
        if damaged.count < Self.listedMax { damaged.append(Problem(path: path, reason: reason)) }
    }

    package mutating func problem(_ path: String, _ reason: String) {
        problemCount += 1
        if problems.count < Self.listedMax { problems.append(Problem(path: path, reason: reason)) }
    }

    package mutating func collision(_ path: String, _ reason: String) {
        problem(path, reason)
        if collisions.count < Self.listedMax { collisions.append(Problem(path: path, reason: reason)) }
    }

    package mutating func note(_ text: String) { findings.add(new: Finding(.p4, "", text)) }
}
