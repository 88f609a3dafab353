public import PhotonicCore
import Tarball
import Vault

/// The self-tests over live data while it is backed up: what they find is told now and not at the restore, and how the data responds is
/// recorded with the snapshot.
struct LiveSelfTest {
    private let dataset: String
    private let directory: String
    private let suite: Suite
    private var found: SuiteReport

    /// Runs the suite; call it before the data is read, and `finish` after.
    init(_ dataset: String, directory: String, suite: Suite) {
        self.dataset = dataset
        self.directory = directory
        self.suite = suite
        found = suite.run(directory: directory)
    }

    /// What is recorded: nothing of files that have changed since the self-tests read them.
    mutating func finish(since earlier: Witness?, _ report: inout BackupReport) -> Witness {
        let changed = found.dropChanged(directory: directory)
        if !changed.isEmpty {
            let names = changed.prefix(5).joined(separator: ", ")
            report.note(
                "\(dataset): \(changed.count) files changed while they were backed up, so their responses are not recorded (\(names)): "
                    + "hooks that pause the application keep it still")
        }
        let witness = Witness(suite: suite, found)
        var failed = found.checks.filter { !$0.passed }
        if let earlier { failed += witness.shrunk(since: earlier) }
        report.selfTests.append(
            BackupReport.SelfTests(dataset: dataset, suite: suite.name, checks: found.checks.count, failed: failed))
        return witness
    }
}

extension BackupReport {
    /// What the self-tests found in a dataset's live data.
    public struct SelfTests: Sendable {
        public let dataset: String
        public let suite: String
        public let checks: Int
        public let failed: [CheckResult]
    }
}

extension SnapshotRecord.Witness {
    init(_ witness: Witness, dataset: String, blob: String, bytes: Int) {
        self.init(dataset: dataset, blob: blob, bytes: Int64(bytes), checks: Int64(witness.checks), failed: Int64(witness.failed))
    }
}

extension SnapshotView {
    /// How a dataset responded when it was backed up; nil where that was not recorded.
    func witness(of dataset: String) throws -> Witness? {
        try Self.witness(of: dataset, in: snapshot.record, reader)
    }

    static func witness(of dataset: String, in record: SnapshotRecord, _ reader: BlobReader) throws -> Witness? {
        guard let recorded = record.witnesses?.first(where: { $0.dataset == dataset }), let contents = recorded.contents else { return nil }
        var bytes: [UInt8] = []
        guard contents.size <= Int64(Witness.bytesMax) else { throw VaultError(.damaged, "the witness of \(dataset) is impossibly large") }
        try reader.read(contents) { span in span.withUnsafeBytes { bytes += $0 } }
        do { return try Witness(encoded: bytes) } catch { throw VaultError(.damaged, "the witness of \(dataset): \(error)") }
    }
}
