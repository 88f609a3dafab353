public import Core
import FoundationEssentials
public import Tarball

/// What a snapshot says of itself: the object `snapshots/<UTC>-<id>.json`. Every number in it was counted.
public struct SnapshotRecord: Sendable, Codable, Equatable {
    /// The one that this program writes, and the newest that it reads.
    public static let version = 1
    static let bytesMax = 16 << 20
    /// Problems beyond are counted, not listed.
    public static let problemsMax = 1000
    /// Longer paths of problems are named by their beginning.
    public static let problemCharactersMax = 1000
    /// No snapshot has more.
    public static let datasetsMax = 4096

    /// The tree that lists all paths: its digest, where its text is, and how much it is.
    public struct Tree: Sendable, Codable, Equatable {
        /// The SHA-256 of the whole text.
        public let digest: String
        /// `files/<id of the recipe>`.
        public let contents: String
        /// Of its text.
        public let bytes: Int64
        /// Paths in it.
        public let entries: Int64

        /// See the properties.
        public init(digest: String, contents: String, bytes: Int64, entries: Int64) {
            self.digest = digest
            self.contents = contents
            self.bytes = bytes
            self.entries = entries
        }
    }

    /// One source: a top-level folder of the tree.
    public struct Dataset: Sendable, Codable, Equatable {
        /// How much of a dataset is in the snapshot.
        public enum Outcome: String, Sendable, Codable {
            case complete
            /// Stored, but something in it could not be read.
            case partial
            /// Not in the tree at all.
            case failed
        }

        /// By which its paths begin.
        public let name: String
        /// Where it was read from: a path, or a command in backquotes.
        public let source: String
        /// The directory that its paths lie in, where only some of what is in it was chosen: nothing else of it is the dataset's.
        public var root: String?
        /// How much of it is there.
        public var outcome = Outcome.complete
        /// Files, further names of one included.
        public var files: Int64 = 0
        /// Directories, its own included.
        public var directories: Int64 = 0
        /// Symbolic links, FIFOs and device nodes.
        public var others: Int64 = 0
        /// Bytes of all files, each name counted once, hard links not again.
        public var bytes: Int64 = 0
        /// Bytes of blobs that the vault did not have, before compression.
        public var newBytes: Int64 = 0
        /// Files carried over from the parent without reading them.
        public var unchanged: Int64 = 0
        /// Paths that could not be read, each a problem of the record.
        public var unreadable: Int64 = 0
        /// Left out as they cannot be backed up: sockets.
        public var skipped: Int64 = 0
        /// Files that are larger than the policy takes, and directories with a mark that leaves them out.
        public var leftOut: Int64?
        /// Files that were being appended to, of which this has what was there when they were opened.
        public var grew: Int64?
        /// The mount points that the source lies on and holds: the whole paths.
        public var mounts: [String]?
        /// Whether every file was read, and none believed by its times.
        public var readsAll: Bool?
        /// Why it may not be what it should, in sentences: it lost most of what it had, or its disk was not mounted.
        public var doubts: [String]?

        /// With nothing in it.
        public init(name: String, source: String) {
            self.name = name
            self.source = source
        }
    }

    /// What the self-tests found in a dataset while it was backed up, and how it responded.
    public struct Witness: Sendable, Codable, Equatable {
        /// Whose data was tested.
        public let dataset: String
        /// The blob that holds the responses, and its length; nil where there are none, or too many.
        public let blob: String?
        /// Of its text.
        public let bytes: Int64
        /// 0 where the self-tests could not run.
        public let checks: Int64
        /// Checks that failed when it was backed up, and responses that changed as they must not.
        public let failed: Int64
        /// What has changed in the responses since they were last sound: first what must not, and no more than a hundred. nil where nothing has.
        public private(set) var changes: [Change]?
        /// All of them, where not each is listed.
        public private(set) var changeCount: Int?

        /// A response that is not what it was.
        public struct Change: Sendable, Codable, Equatable {
            /// Its name, or what of the suite.
            public let response: String
            /// new, moved, within drift, out of drift, gone or suite.
            public let kind: String
            /// What it is and was.
            public let note: String
            /// Whether the suite forbids it.
            public let isAgainst: Bool

            /// See the properties.
            public init(response: String, kind: String, note: String, isAgainst: Bool) {
                (self.response, self.kind, self.note, self.isAgainst) = (response, kind, note, isAgainst)
            }
        }

        private static let changesMax = 100
        private static let charactersMax = 500

        /// What has changed; beyond a bound it is counted only.
        public mutating func set(_ found: [Change]) {
            if found.isEmpty { return }
            let listed = found.filter(\.isAgainst) + found.filter { !$0.isAgainst }
            changes = listed.prefix(Self.changesMax).map {
                Change(
                    response: String($0.response.prefix(Self.charactersMax)), kind: $0.kind,
                    note: String($0.note.prefix(Self.charactersMax)),
                    isAgainst: $0.isAgainst)
            }
            changeCount = found.count > Self.changesMax ? found.count : nil
        }

        /// See the properties.
        public init(dataset: String, blob: String?, bytes: Int64, checks: Int64, failed: Int64) {
            self.dataset = dataset
            self.blob = blob
            self.bytes = bytes
            self.checks = checks
            self.failed = failed
        }

        /// As a content of one blob; nil for what names none.
        public var contents: TreeEntry.FileContents? {
            blob.flatMap { SHA256Digest(hex: $0) }.map { TreeEntry.FileContents(size: bytes, digest: $0, location: .blob($0)) }
        }
    }

    /// Something that could not be saved.
    public struct Problem: Sendable, Codable, Equatable {
        /// Spelt as `PathText` has it.
        public let path: String
        /// Why, as a sentence.
        public let reason: String
        /// The last lines that a program of the policy printed, where it was one that failed.
        public let output: [String]?

        /// See the properties.
        public init(path: String, reason: String, output: [String]? = nil) {
            self.path = path
            self.reason = reason
            self.output = output
        }
    }

    /// Of this document.
    public private(set) var version = Self.version
    /// When the backup began: what the snapshot shows is not older.
    public let time: Timestamp
    /// The id of the vault that it was made in.
    public let vault: String
    /// The name of the machine, or what the policy says in its place.
    public let host: String
    /// nil for paths that were given by hand.
    public let policy: String?
    /// Name and version of what wrote it.
    public let program: String
    /// Words to find it by.
    public let tags: [String]
    /// The tree: every path of the snapshot.
    public let tree: Tree
    /// In the order of their names.
    public let datasets: [Dataset]
    /// The first thousand.
    public let problems: [Problem]
    /// All of them.
    public let problemCount: Int
    /// The id of the snapshot that unchanged files were carried over from.
    public let parent: String?
    /// The commit of the manifests' history that belongs to this snapshot.
    public let gitCommit: String?
    /// From the beginning to this record.
    public let durationMilliseconds: Int64
    /// nil in records made before there were witnesses.
    public let witnesses: [Witness]?
    /// The newest snapshot of the vault when the backup began, whoever made it.
    public var after: String?
    /// Persistent volume claims among the manifests whose data is in no dataset, "namespace/name"; nil where there are none. Beyond a bound they
    /// are counted alone.
    public let unprotectedClaims: [String]?
    /// All of them, where not each is named.
    public let unprotectedClaimCount: Int?

    /// See the properties.
    public init(
        time: Timestamp, vault: String, host: String, policy: String?, program: String, tags: [String], tree: Tree, datasets: [Dataset],
        problems: [Problem], problemCount: Int, parent: String?, gitCommit: String?, durationMilliseconds: Int64,
        witnesses: [Witness]? = nil, unprotectedClaims: [String] = []
    ) {
        self.time = time
        self.vault = vault
        self.host = host
        self.policy = policy
        self.program = program
        self.tags = tags
        self.tree = tree
        self.datasets = datasets
        self.problems = problems
        self.problemCount = problemCount
        self.parent = parent
        self.gitCommit = gitCommit
        self.durationMilliseconds = durationMilliseconds
        self.witnesses = witnesses
        self.unprotectedClaims = unprotectedClaims.isEmpty ? nil : Array(unprotectedClaims.prefix(Self.problemsMax))
        unprotectedClaimCount = unprotectedClaims.isEmpty ? nil : unprotectedClaims.count
    }

    /// What the self-tests found in a dataset; nil where there are none.
    public func witness(of dataset: String) -> Witness? { witnesses?.first { $0.dataset == dataset } }

    /// Datasets whose self-tests could not run while they were backed up.
    public var untested: [String] { (witnesses ?? []).filter { $0.blob == nil && $0.checks == 0 }.map(\.dataset) }

    /// What may not be as it should, by dataset.
    public var doubts: [(dataset: String, reason: String)] {
        datasets.flatMap { dataset in (dataset.doubts ?? []).map { (dataset.name, $0) } }
    }

    /// Whether all that the policy named is in it.
    public var isComplete: Bool { datasets.allSatisfy { $0.outcome == .complete } }

    func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
    }

    init(encoded bytes: [UInt8], name: String) throws {
        struct VersionOnly: Decodable { let version: Int }
        let decoder = JSONDecoder()
        do {
            let version = try decoder.decode(VersionOnly.self, from: Data(bytes)).version
            guard version == Self.version else {
                throw Failure(
                    .usage, "the snapshot \(name) has format \(version), and this program knows format \(Self.version)",
                    hint: "Use a newer rekindle.")
            }
            self = try decoder.decode(Self.self, from: Data(bytes))
        } catch is DecodingError {
            throw Failure(.damaged, "the snapshot record \(name) is malformed")
        }
        // So that sums of them cannot overflow, whoever wrote them.
        let numbers: [Int64] = datasets.flatMap {
            [
                $0.files, $0.directories, $0.others, $0.bytes, $0.newBytes, $0.unchanged, $0.unreadable, $0.skipped, $0.grew ?? 0,
                $0.leftOut ?? 0,
            ]
        }
        let sane: ClosedRange<Int64> = 0...(1 << 50)
        guard datasets.count <= Self.datasetsMax, (numbers + [durationMilliseconds, Int64(problemCount)]).allSatisfy({ sane.contains($0) })
        else {
            throw Failure(.damaged, "the snapshot record \(name) has impossible numbers")
        }
        guard (witnesses ?? []).count <= Self.datasetsMax,
            (witnesses ?? []).allSatisfy({
                ($0.blob == nil || $0.contents != nil) && sane.contains($0.bytes) && sane.contains($0.checks) && sane.contains($0.failed)
            })
        else { throw Failure(.damaged, "the snapshot record \(name) has an impossible witness") }
        guard TreeLocation(tree) != nil else { throw Failure(.damaged, "the snapshot record \(name) names no tree") }
    }
}

/// A record's tree with its digests as digests.
struct TreeLocation: Hashable {
    let digest: SHA256Digest
    let recipe: SHA256Digest
    let bytes: Int64
    let entries: Int64

    init?(_ tree: SnapshotRecord.Tree) {
        guard let digest = SHA256Digest(hex: tree.digest),
            case .recipe(let recipe)? = ContentLocation(text: Array(tree.contents.utf8)[...]),
            tree.bytes >= 0, tree.entries >= 0
        else { return nil }
        self.digest = digest
        self.recipe = recipe
        bytes = tree.bytes
        entries = tree.entries
    }
}

extension SnapshotRecord.Dataset {
    /// The directory that it goes back to; nil for one that came from none.
    public var place: String? { root ?? (source.hasPrefix("/") ? source : nil) }

    /// One that is not in the snapshot at all.
    public static func failed(_ name: String, from source: String) -> SnapshotRecord.Dataset {
        var dataset = SnapshotRecord.Dataset(name: name, source: source)
        dataset.outcome = .failed
        return dataset
    }
}
