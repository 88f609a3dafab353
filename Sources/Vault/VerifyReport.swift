public import Core
import Tarball

/// What a verification read and what it found.
public struct VerifyReport: Sendable {
    /// One thing in the vault that is not as it was written.
    public struct Damage: Sendable {
        public let object: String
        public let reason: String
    }

    /// A snapshot that damage reaches, and the paths in it.
    public struct Affected: Sendable {
        public let snapshot: SHA256Digest
        public let time: Timestamp
        /// The first of them, in path order.
        public var paths: [String] = []
        public var pathCount = 0
        /// Parts of its tree are lost: paths are missing that nobody can name.
        public var treeDamage: [String] = []
    }

    static let pathsMax = 1000

    public var packs = 0
    public var packsRead = 0
    public var bytesRead: Int64 = 0
    public var indexes = 0
    public var blobs = 0
    public var snapshots = 0
    public var paths: Int64 = 0
    public var damage: [Damage] = []
    public var affected: [Affected] = []
    /// Worth knowing, and no damage: packs of unfinished runs, files that are not the vault's.
    public var notes: [String] = []

    public var isSound: Bool { damage.isEmpty && affected.isEmpty }
}

/// What to verify, and how thoroughly.
public struct VerifyOptions: Sendable {
    /// Part `number` of `count`, from 1: `count` runs, one with each number, read every pack.
    public struct Sample: Sendable, Equatable {
        public let number: Int
        public let count: Int

        public init?(number: Int, count: Int) {
            guard count >= 1, count <= 10_000, (1...count).contains(number) else { return nil }
            self.number = number
            self.count = count
        }

        /// Whether a pack belongs to this part.
        public func contains(_ pack: SHA256Digest) -> Bool { Int(pack.words.0 % UInt64(count)) == number - 1 }
    }

    /// Decode everything and compare every blob and every whole file, not only the stored bytes.
    public var isDeep: Bool
    public var sample: Sample?
    /// Only this snapshot and what it needs.
    public var snapshot: Snapshot?

    public init(isDeep: Bool = false, sample: Sample? = nil, snapshot: Snapshot? = nil) {
        self.isDeep = isDeep
        self.sample = sample
        self.snapshot = snapshot
    }
}
