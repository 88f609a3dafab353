public import Core
import Tarball

/// What a verification read and what it found.
public struct VerifyReport: Sendable, Encodable {
    /// One thing in the vault that is not as it was written.
    public struct Damage: Sendable, Encodable {
        /// The name of the object.
        public let object: String
        /// As a sentence.
        public let reason: String
    }

    /// A snapshot that damage reaches, and the paths in it.
    public struct Affected: Sendable, Encodable {
        /// Its id.
        public let snapshot: SHA256Digest
        /// When it was made.
        public let time: Timestamp
        /// The first of them, in path order.
        public var paths: [String] = []
        /// All of them.
        public var pathCount = 0
        /// Parts of its tree are lost: paths are missing that nobody can name.
        public var treeDamage: [String] = []
    }

    static let pathsMax = 1000

    /// In the vault.
    public var packs = 0
    /// Of these, how many were read.
    public var packsRead = 0
    /// Of packs and indexes.
    public var bytesRead: Int64 = 0
    /// That were read.
    public var indexes = 0
    /// That the indexes name.
    public var blobs = 0
    /// Whose trees were walked.
    public var snapshots = 0
    /// In the trees.
    public var paths: Int64 = 0
    /// Objects that are not what they should be.
    public var damage: [Damage] = []
    /// Snapshots that damage reaches.
    public var affected: [Affected] = []
    /// Worth knowing, and no damage: packs of unfinished runs, files that are not the vault's.
    public var findings = Findings()
    /// From the opening of the vault to the last byte.
    public var durationMilliseconds: Int64 = 0

    /// As lines for people.
    public var notes: [String] { findings.notes }

    /// Whether nothing was found.
    public var isSound: Bool { damage.isEmpty && affected.isEmpty }
}

/// What to verify, and how thoroughly.
public struct VerifyOptions: Sendable {
    /// Part `number` of `count`, from 1: `count` runs, one with each number, read every pack.
    public struct Sample: Sendable, Equatable {
        /// Which part, from 1.
        public let number: Int
        /// How many parts there are.
        public let count: Int

        /// nil unless the number is one of the parts.
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
    /// Only a part of the packs; nil for all.
    public var sample: Sample?
    /// Only this snapshot and what it needs.
    public var snapshot: Snapshot?

    /// Everything, as it is stored.
    public init(isDeep: Bool = false, sample: Sample? = nil, snapshot: Snapshot? = nil) {
        self.isDeep = isDeep
        self.sample = sample
        self.snapshot = snapshot
    }
}
