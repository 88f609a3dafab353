package import Commands
package import Core
public import PhotonicCore
import Tarball
package import Vault

/// The self-tests over live data while it is backed up: findings are reported now and not at the restore, and how the data responds is
/// recorded with the snapshot.
public struct LiveSelfTest {
    private let dataset: String
    private let directory: String
    private let history: WitnessHistory?
    private let done: (suite: Suite, found: SuiteReport)?
    /// Why they could not run; empty where they did.
    private let reason: String

    /// More is rather a mistake: the responses of hundreds of large networks.
    private static let witnessBytesMax = 8 << 20

    /// What is asked of a dataset.
    package struct Question: Sendable {
        package var suite = Suite.none
        /// Of the suite.
        package var timeout: Duration?
        /// Each with the time that it may take, and as whom it runs.
        package var outside: [(check: RespondCheck, timeout: Duration?, user: String?)] = []

        package init() {}
    }

    /// Runs the suite and asks the programs; call it before the data is read, and `finish` after.
    ///
    /// - Parameters:
    ///   - directory: nil for a dataset that is none.
    ///   - history: of the nights before.
    package static func run(
        _ dataset: String, directory: String?, _ question: Question, history: WitnessHistory, _ conditions: Command.Conditions
    ) throws -> LiveSelfTest {
        let (suite, earlier) = (question.suite.with(question.outside.map(\.check.responses)), history.reusable)
        let tests = { @Sendable in directory.map { suite.run(directory: $0, reusing: earlier) } ?? SuiteReport() }
        guard var found = try Bounded.run(within: question.timeout, conditions.cancellation, tests) else {
            let limit = question.timeout.map { "\($0)" } ?? "their time"
            return LiveSelfTest(dataset, directory ?? "", history, done: nil, reason: "the self-tests did not end within \(limit)")
        }
        for (check, timeout, user) in question.outside {
            let given = try ask(check, in: directory, timeout: timeout, as: user, conditions)
            let said = given.lines.last.map { " (\($0))" } ?? ""
            found.add(check.responses, given.responses, failure: given.failure.map { "\($0)\(said)" })
        }
        return LiveSelfTest(dataset, directory ?? "", history, done: (suite, found), reason: "")
    }

    private static func ask(
        _ check: RespondCheck, in directory: String?, timeout: Duration?, as user: String?, _ conditions: Command.Conditions
    ) throws -> RespondCheck.Given {
        var conditions = conditions
        do throws(Failure) { if let user { conditions.account = try UserAccount(named: user) } } catch {
            return RespondCheck.Given(failure: error.message)
        }
        return try check.ask(in: directory, timeout: timeout, conditions)
    }

    private init(
        _ dataset: String, _ directory: String, _ history: WitnessHistory?, done: (suite: Suite, found: SuiteReport)?, reason: String
    ) {
        (self.dataset, self.directory, self.history) = (dataset, directory, history)
        (self.done, self.reason) = (done, reason)
    }

    /// Of a suite that cannot be read.
    package init(_ dataset: String, unusable reason: String) { self.init(dataset, "", nil, done: nil, reason: reason) }

    /// The findings, and the witness to record, without files that have changed since the self-tests read them.
    ///
    /// - Parameter store: puts the responses into the vault, and gives the blob's name.
    package func finish(
        _ findings: inout Findings, store: ([UInt8]) throws -> String
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
        // The first night has nothing to be compared with.
        let changes = history?.newest == nil ? [] : history.map { found.changes(since: $0.baseline, of: suite) } ?? []
        let failed = found.checks.filter { !$0.passed } + changes.compactMap(\.check)
        let witness = Witness(suite: suite, found, unsound: found.unsound(changes))
        let text = try witness.encoded()
        let isRecorded = text.count <= Self.witnessBytesMax
        if !isRecorded {
            findings.note("\(dataset): its responses are more than \(Self.witnessBytesMax >> 20) MiB, and are not recorded")
        }
        let told = found.untold(changes)
        var record = SnapshotRecord.Witness(
            dataset: dataset, blob: isRecorded ? try store(text) : nil, bytes: isRecorded ? Int64(text.count) : 0,
            checks: Int64(max(1, found.checkCount)), failed: Int64(failed.count))
        record.set(told.map { .init(response: $0.name, kind: $0.kind.rawValue, note: $0.note, isAgainst: $0.isAgainst) })
        let result = Result(dataset: dataset, suite: suite.name, checks: found.checkCount, failed: failed, changes: told)
        return (result, record)
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
        /// What has changed in how the data responds since it was last sound.
        public let changes: [WitnessChange]

        package init(dataset: String, suite: String, checks: Int, failed: [CheckResult], changes: [WitnessChange] = []) {
            self.dataset = dataset
            self.suite = suite
            self.checks = checks
            self.failed = failed
            self.changes = changes
        }

        /// The suite itself is wrong: nothing could be tested.
        package init(dataset: String, unusable reason: String) {
            self.init(
                dataset: dataset, suite: "", checks: 1,
                failed: [
                    CheckResult(
                        name: "the suite can be used", value: 0, expected: 1, unit: CheckResult.isSo, source: "the policy", note: reason)
                ])
        }
    }
}
