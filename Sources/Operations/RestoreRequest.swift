public import Vault

/// What to bring back, and where to.
public struct RestoreRequest: Sendable {
    /// What happens to files that are there already.
    public enum Overwrite: String, Sendable, CaseIterable {
        /// Every file is written again.
        case always
        /// Files that are identical are left alone.
        case changed
        /// Whatever is there stays; only what is missing is written.
        case never
    }

    public enum Target: Sendable, Equatable {
        /// Datasets become folders of this directory.
        case directory(String)
        /// Each dataset goes back to the directory that it came from.
        case origin
    }

    public var vault: String
    public var snapshot: String
    /// `latest` and `@TIME` mean snapshots of this policy only; nil for all.
    public var policy: String?
    /// And of this host.
    public var host = HostChoice.any
    public var target: Target
    public var filter = PathFilter()
    public var overwrite = Overwrite.changed
    /// Removes what the snapshot does not have from the directories that it restores.
    public var deletes = false
    public var isDryRun = false
    public var cachePath: String?

    public init(vault: String, snapshot: String, target: Target) {
        self.vault = vault
        self.snapshot = snapshot
        self.target = target
    }
}

/// What a restore did. Every number was counted.
public struct RestoreReport: Sendable {
    public struct Problem: Sendable {
        public let path: String
        public let reason: String
    }

    public var snapshot: Snapshot
    public var target: String
    public var isDryRun: Bool
    /// Datasets that the snapshot itself has only in part, or not at all.
    public var incomplete: [SnapshotRecord.Dataset] { snapshot.record.datasets.filter { $0.outcome != .complete } }
    /// Damaged records that are newer than the snapshot, where that was asked for as `latest` or `@TIME`.
    public var passedOver: [SnapshotList.Damage]
    public var files = 0
    public var bytes: Int64 = 0
    /// Files that were there already and identical.
    public var identical = 0
    /// Files that were there and stay, because nothing is to be overwritten.
    public var kept = 0
    public var directories = 0
    public var others = 0
    public var deleted = 0
    /// What could not be restored because the vault is damaged.
    public var damaged: [Problem] = []
    public var damagedCount = 0
    /// What could not be restored for reasons of the target.
    public var problems: [Problem] = []
    public var problemCount = 0
    /// Paths whose names are those of others on the target's file system, which has those. Each is a problem too.
    public var collisions: [Problem] = []
    /// Temporary files that a restore that was killed had left, and that are gone now.
    public var leftovers = 0
    public var notes: [String] = []
    public var durationMilliseconds: Int64 = 0

    static let listedMax = 1000

    public var isComplete: Bool { damagedCount == 0 && problemCount == 0 }

    /// Whether nothing at all could be restored of what was to be.
    public var hasFailed: Bool { problemCount > 0 && files + identical + kept + others == 0 }

    /// Whether nothing at all was met that was to be restored.
    var isNothing: Bool { files + identical + kept + directories + others + deleted + damagedCount + problemCount == 0 }

    init(snapshot: Snapshot, target: String, isDryRun: Bool, passedOver: [SnapshotList.Damage]) {
        self.passedOver = passedOver
        self.snapshot = snapshot
        self.target = target
        self.isDryRun = isDryRun
    }

    mutating func damage(_ path: String, _ reason: String) {
        damagedCount += 1
        if damaged.count < Self.listedMax { damaged.append(Problem(path: path, reason: reason)) }
    }

    mutating func problem(_ path: String, _ reason: String) {
        problemCount += 1
        if problems.count < Self.listedMax { problems.append(Problem(path: path, reason: reason)) }
    }

    mutating func collision(_ path: String, _ reason: String) {
        problem(path, reason)
        if collisions.count < Self.listedMax { collisions.append(Problem(path: path, reason: reason)) }
    }

    mutating func note(_ text: String) {
        if notes.count < Self.listedMax, !notes.contains(text) { notes.append(text) }
    }
}
