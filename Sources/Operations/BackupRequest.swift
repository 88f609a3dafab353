public import Archiver
public import Commands
public import Core
public import FileTree
public import Manifests
import PhotonicCore
public import Proof
import Tarball
public import Vault

/// What to back up, and where to.
public struct BackupRequest: Sendable {
    public enum Source: Sendable {
        case directory(DirectorySource)
        /// Its standard output becomes the file `file` of the dataset.
        case command(Command, file: String)
        /// What is read from it to its end becomes the file `file` of the dataset.
        case input(OpenFile, file: String)
        /// Kubernetes manifests: become the datasets `manifests` and `manifests.git`.
        case manifests(ManifestsRequest)
    }

    public struct Dataset: Sendable {
        public let name: String
        public let source: Source
        public let preparation: Preparation
        public let expect: Expectation
        /// The persistent volume claims whose data it is: "namespace/name", with `*`.
        public let claims: [String]

        public init(
            name: String, source: Source, preparation: Preparation = Preparation(), expect: Expectation = Expectation(),
            claims: [String] = []
        ) {
            self.name = name
            self.source = source
            self.claims = claims
            self.preparation = preparation
            self.expect = expect
        }

        /// Where it is read from; nil for what is made.
        var directory: String? { if case .directory(let directory) = source { directory.label ?? directory.path } else { nil } }
    }

    /// The name of the policy; nil for paths given on the command line.
    public var policy: String?
    /// Whose snapshot it is to be.
    public var host = Host.name
    public var datasets: [Dataset]
    /// Holds while all of it is read.
    public var preparation = Preparation()
    /// Run when it is over, whatever came of it: see `FinalHook`.
    public var finally: Command?
    /// Claims whose data is not to be in the backup.
    public var unprotected: [String] = []
    /// The validations of the policy: the self-tests among them are run over the live data as well.
    public var selfTests: [Validation.Step] = []
    public var tags: [String] = []
    public var isDryRun = false
    /// For what pushes the history: HOME, REKINDLE_GIT_USERNAME, REKINDLE_GIT_PASSWORD.
    public var environment: [String: String] = [:]
    /// Seconds that a file must not have changed for before its times are believed.
    var settling = TreeEntry.settling

    public init(policy: String?, datasets: [Dataset]) {
        self.policy = policy
        self.datasets = datasets
    }

    var encryptsSecrets: Bool {
        datasets.contains { if case .manifests(let manifests) = $0.source, case .encrypt = manifests.secrets { true } else { false } }
    }

    var hasHooks: Bool { !preparation.isEmpty || datasets.contains { !$0.preparation.isEmpty } }
}

/// What a backup did.
public struct BackupReport: Sendable, Encodable {
    /// Nil after a dry run, and when there was nothing to save.
    public var snapshot: Snapshot?
    /// As the record has them, in the order of their names.
    public var datasets: [SnapshotRecord.Dataset] = []
    /// What the operator should know: problems (P2) make the snapshot incomplete.
    public var findings = Findings()
    /// Bytes that the vault grew by.
    public var storedBytes: Int64 = 0
    /// The whole id of the snapshot that unchanged files were carried over from.
    public var parent: String?
    /// How many manifests were added, changed and removed, in words; nil where there are none.
    public var manifestChanges: String?
    /// Persistent volume claims of the manifests whose data is in no dataset, and that nobody has said to leave out.
    public var unprotectedClaims: [String] = []
    /// Of the live data, a suite each.
    public var selfTests: [LiveSelfTest.Result] = []
    /// From the beginning to the last push.
    public var durationMilliseconds: Int64 = 0

    /// What could not be saved, each by name: the first thousand.
    public var problems: [SnapshotRecord.Problem] {
        findings.problems.map {
            SnapshotRecord.Problem(
                path: String($0.subject.prefix(SnapshotRecord.problemCharactersMax)), reason: $0.text,
                output: $0.output.isEmpty ? nil : $0.output)
        }
    }

    public var problemCount: Int { findings.problemCount }

    /// Worth knowing, and nothing missing that can be saved.
    public var notes: [String] { findings.notes }

    public var noteCount: Int { findings.noteCount }

    public var isComplete: Bool { problemCount == 0 && datasets.allSatisfy { $0.outcome == .complete } }

    /// Datasets that were saved and may not be what they should, each with the reason.
    public var doubts: [(dataset: String, reason: String)] {
        datasets.flatMap { dataset in (dataset.doubts ?? []).map { (dataset.name, $0) } }
    }

    /// Whether the self-tests were content with the live data.
    public var isValid: Bool { selfTests.allSatisfy(\.failed.isEmpty) }

    mutating func problem(_ path: String, _ reason: String) { findings.problem(path, reason) }

    mutating func note(_ text: String) { findings.note(text) }
}
