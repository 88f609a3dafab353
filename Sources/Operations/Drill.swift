import FileTree
import Glibc
import PhotonicCore
import Tarball
public import Vault

/// A restore into a scratch directory, validated, measured and removed: proof that the worst day would end well.
public struct Drill {
    public struct Request: Sendable {
        public var vault: String
        public var snapshot: String
        /// `latest` and `@TIME` mean snapshots of this policy only; nil for all.
        public var policy: String?
        public var steps: [Validation.Step]
        /// How old the newest restorable data may be, and how long a recovery may take.
        public var recoveryPoint: Duration?
        public var recoveryTime: Duration?
        /// Where the scratch directory is made.
        public var scratch: String
        public var cachePath: String?

        public init(vault: String, snapshot: String, steps: [Validation.Step], scratch: String) {
            self.vault = vault
            self.snapshot = snapshot
            self.steps = steps
            self.scratch = scratch
        }
    }

    public struct Report: Sendable {
        public let evidence: DrillEvidence
        /// Where in the vault it was written; empty for a rehearsal.
        public internal(set) var name = ""
        public let restore: RestoreReport
        public let results: [Validation.Result]
        /// What of the scratch directory could not be removed.
        public let leftBehind: String?
    }

    private let request: Request
    private let progress: Progress
    private let cancellation: Cancellation
    private let started = Timestamp.now()
    private let clock = ContinuousClock.now
    private var phases: [DrillEvidence.Phase] = []

    public init(_ request: Request, progress: Progress, cancellation: Cancellation) {
        self.request = request
        self.progress = progress
        self.cancellation = cancellation
    }

    public consuming func run() throws -> Report {
        let request = request
        var report = try rehearse()
        report.name = try Vault.open(at: request.vault).record(report.evidence, kind: .drill, time: report.evidence.time)
        return report
    }

    /// The same without a trace in the vault.
    consuming func rehearse() throws -> Report {
        let vault = try Vault.open(at: request.vault)
        let list = try vault.snapshots()
        // `latest` may be another one at the end.
        let snapshot = try list.choose(request.snapshot, policy: request.policy)
        let isNewest = try list.choose("latest", policy: request.policy).id == snapshot.id
        let scratch = try Scratch(in: request.scratch)
        let restored: RestoreReport
        let results: [Validation.Result]
        do {
            restored = try measure("restore") { try restore(snapshot, to: scratch.path) }
            results = try measure("validate") { try validate(restored, in: scratch.path) }
        } catch {
            // Whatever went wrong, nothing of the application's data is left lying about.
            if let trouble = scratch.remove() { throw Self.adding(trouble, to: error) }
            throw error
        }
        let recovery = clock.duration(to: .now)
        progress.begin("clean up")
        let leftBehind = scratch.remove()
        let evidence = evidence(vault, snapshot, restored, results, recovery, isNewest: isNewest, leftBehind)
        return Report(evidence: evidence, restore: restored, results: results, leftBehind: leftBehind)
    }

    private mutating func measure<Value>(_ name: String, _ body: () throws -> Value) rethrows -> Value {
        let begun = ContinuousClock.now
        defer { phases.append(.init(name: name, milliseconds: begun.duration(to: .now).milliseconds)) }
        return try body()
    }

    private func restore(_ snapshot: Snapshot, to target: String) throws -> RestoreReport {
        var request = RestoreRequest(vault: self.request.vault, snapshot: snapshot.id.hex, target: .directory(target))
        request.cachePath = self.request.cachePath
        return try Restore(request, progress: progress, cancellation: cancellation).run()
    }

    private func validate(_ restored: RestoreReport, in target: String) throws -> [Validation.Result] {
        progress.begin("validate")
        let view = try SnapshotView(
            vault: request.vault, snapshot: restored.snapshot.id.hex, cachePath: request.cachePath, cancellation: cancellation)
        let there = Set(restored.snapshot.record.datasets.filter { $0.outcome != .failed }.map(\.name))
        return try Validation(request.steps, cancellation: cancellation).run(
            .init(target: target, snapshot: view) { there.contains($0) ? "\(target)/\($0)" : nil })
    }

    // MARK: Evidence

    private func evidence(
        _ vault: Vault, _ snapshot: Snapshot, _ restored: RestoreReport, _ results: [Validation.Result], _ recovery: Duration,
        isNewest: Bool, _ leftBehind: String?
    ) -> DrillEvidence {
        let time = DrillEvidence.Objective(measured: recovery.milliseconds, limit: request.recoveryTime?.milliseconds)
        let age = max(0, started.milliseconds - snapshot.record.time.milliseconds)
        let point = isNewest ? DrillEvidence.Objective(measured: age, limit: request.recoveryPoint?.milliseconds) : nil
        var failures: [String] = []
        if restored.damagedCount > 0 { failures.append("\(restored.damagedCount) paths could not be restored: the vault is damaged there") }
        if restored.problemCount > 0 { failures.append("\(restored.problemCount) paths could not be written to \(request.scratch)") }
        let incomplete = restored.incomplete.map(\.name)
        if !incomplete.isEmpty { failures.append("the snapshot has \(incomplete.joined(separator: ", ")) only in part, or not at all") }
        failures += results.filter { !$0.passed }.map { "\($0.name): \($0.summary)" }
        if !time.isMet { failures.append("the recovery took longer than the objective allows") }
        if let point, !point.isMet { failures.append("the newest restorable data is older than the objective allows") }
        if let leftBehind { failures.append(leftBehind) }
        return DrillEvidence(
            version: 1, time: started, host: Host.name, user: Self.user, program: Backup.program, vault: vault.header.id,
            policy: request.policy, snapshot: snapshot.id.hex, snapshotTime: snapshot.record.time, tree: snapshot.record.tree.digest,
            gitCommit: snapshot.record.gitCommit, phases: phases, recoveryTime: time, recoveryPoint: point,
            restored: .init(
                files: restored.files, bytes: restored.bytes, directories: restored.directories, damaged: restored.damagedCount,
                problems: restored.problemCount, incomplete: incomplete),
            steps: results.map { result in
                DrillEvidence.Step(
                    name: result.name, passed: result.passed, summary: result.summary, checks: result.checks.count,
                    failed: result.checks.filter { !$0.passed }, output: result.output, milliseconds: result.durationMilliseconds)
            },
            failures: failures)
    }

    private static var user: String {
        for variable in ["USER", "LOGNAME"] {
            if let value = getenv(variable), value.pointee != 0 { return String(cString: value) }
        }
        return "uid \(Owner.user)"
    }

    private static func adding(_ trouble: String, to error: any Error) -> any Error {
        let failure = error as? VaultError ?? VaultError(.failed, "\(error)")
        return VaultError(failure.code, failure.message, hint: [failure.hint, trouble].compactMap(\.self).joined(separator: " "))
    }
}

/// A directory of its own that nobody else may look into.
private struct Scratch {
    let path: String
    private let parent: String
    private let name: String

    init(in parent: String) throws {
        var template = Array("\(parent)/rekindle-drill-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw SystemError("make a scratch directory in", path: parent, code: errno) }
        path = String(cString: made)
        self.parent = parent
        name = path.split(separator: "/").last.map(String.init) ?? ""
    }

    /// Removes it with all that is in it; returns what was not possible.
    func remove() -> String? {
        do {
            let removal = try TargetSweep.remove(Array(name.utf8), in: Directory.open(parent))
            return removal.isPartial ? "The scratch directory \(path) could not be removed whole: something is mounted in it." : nil
        } catch { return "The scratch directory \(path) could not be removed: \(error)." }
    }
}
