package import Core
public import PhotonicCore
import Tarball
package import Vault

/// The self-tests over live data while it is backed up: findings are reported now and not at the restore, and how the data responds is
/// recorded with the snapshot.
public struct LiveSelfTest {
    private let dataset: String
    private let directory: String
    private let done: (suite: Suite, found: SuiteReport)?
    /// Why they could not run; empty where they did.
    private let reason: String

    /// More is rather a mistake: the responses of hundreds of large networks.
    private static let witnessBytesMax = 8 << 20

    /// Runs the suite; call it before the data is read, and `finish` after.
    package static func run(
        _ dataset: String, directory: String, suite: Suite, timeout: Duration?, _ cancellation: Cancellation
    ) throws -> LiveSelfTest {
        let found = try Bounded.run(within: timeout, cancellation, { suite.run(directory: directory) })
        return LiveSelfTest(
            dataset: dataset, directory: directory, done: found.map { (suite, $0) },
            reason: found == nil ? "the self-tests did not end within \(timeout.map { "\($0)" } ?? "their time")" : "")
    }

    private init(dataset: String, directory: String, done: (suite: Suite, found: SuiteReport)?, reason: String) {
        (self.dataset, self.directory, self.done, self.reason) = (dataset, directory, done, reason)
    }

    /// Of a suite that cannot be read.
    package init(_ dataset: String, unusable reason: String) { self.init(dataset: dataset, directory: "", done: nil, reason: reason) }

    /// The findings, and the witness to record, without files that have changed since the self-tests read them.
    ///
    /// - Parameter store: puts the responses into the vault, and gives the blob's name.
    package func finish(
        since earlier: Witness?, _ findings: inout Findings, store: ([UInt8]) throws -> String
    ) throws -> (result: Result, witness: SnapshotRecord.Witness) {
        guard let (suite, tests) = done else {
            return (
                Result(dataset: dataset, unusable: reason), .init(dataset: dataset, blob: nil, bytes: 0, checks: 0, failed: 0)
            )
        }
        var found = tests
        let changed = found.dropChanged(directory: directory)
        if !changed.isEmpty {
            let names = changed.prefix(5).joined(separator: ", ")
            findings.note(
                "\(dataset): \(changed.count.counted("file")) changed while they were backed up, so their responses are not recorded (\(names)): "
                    + "hooks that pause the application keep it still")
        }
        let witness = Witness(suite: suite, found)
        var failed = found.checks.filter { !$0.passed }
        if let earlier { failed += witness.shrunk(since: earlier) }
        let text = try witness.encoded()
        let isRecorded = text.count <= Self.witnessBytesMax
        if !isRecorded {
            findings.note("\(dataset): its responses are more than \(Self.witnessBytesMax >> 20) MiB, and are not recorded")
        }
        return (
            Result(dataset: dataset, suite: suite.name, checks: found.checks.count, failed: failed),
            .init(
                dataset: dataset, blob: isRecorded ? try store(text) : nil, bytes: isRecorded ? Int64(text.count) : 0,
                checks: Int64(max(1, found.checks.count)), failed: Int64(failed.count))
        )
    }

    /// What the self-tests found in a dataset's live data.
    public struct Result: Sendable, Encodable {
        /// Whose data was tested.
        public let dataset: String
        /// The name of the suite.
        public let suite: String
        /// How many there were; 0 where they could not run.
        public let checks: Int
        /// Those that did not pass.
        public let failed: [CheckResult]

        package init(dataset: String, suite: String, checks: Int, failed: [CheckResult]) {
            self.dataset = dataset
            self.suite = suite
            self.checks = checks
            self.failed = failed
        }

        /// The suite itself is wrong: nothing could be tested.
        package init(dataset: String, unusable reason: String) {
            self.init(
                dataset: dataset, suite: "", checks: 1,
                failed: [
                    CheckResult(name: "the suite can be used", value: 0, expected: 1, unit: "yes = 1", source: "the policy", note: reason)
                ])
        }
    }
}

extension SnapshotView {
    /// How a dataset responded when it was backed up; nil where that was not recorded.
    package func witness(of dataset: String) throws -> Witness? {
        try Self.witness(of: dataset, in: snapshot.record, reader)
    }

    package static func witness(of dataset: String, in record: SnapshotRecord, _ reader: BlobReader) throws -> Witness? {
        guard let recorded = record.witnesses?.first(where: { $0.dataset == dataset }), let contents = recorded.contents else { return nil }
        var bytes: [UInt8] = []
        guard contents.size <= Int64(Witness.bytesMax) else { throw Failure(.damaged, "the witness of \(dataset) is impossibly large") }
        try reader.read(contents) { span in span.withUnsafeBytes { bytes += $0 } }
        do { return try Witness(encoded: bytes) } catch { throw Failure(.damaged, "the witness of \(dataset): \(error)") }
    }
}
