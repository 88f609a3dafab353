import Commands
public import Core
import Vault

/// What the programs of a policy are told of the backup that runs them.
struct HookEnvironment {
    var policy: String?
    /// Where it is.
    var vault: String
    /// nil for hooks around all of it.
    var dataset: String?
    /// What the exit status is so far; nil before anything was done.
    var status: Int32?
    /// The whole id; nil where there is none.
    var snapshot: String?
    var problems: [Finding] = []

    /// A program is given some 128 KiB a variable, and nobody reads thousands of lines.
    private static let problemsMax = 20
    private static let charactersMax = 500

    init(policy: String?, vault: String) { (self.policy, self.vault) = (policy, vault) }

    var variables: [String: String] {
        let lines = problems.prefix(Self.problemsMax).map { String("\($0.subject): \($0.text)".prefix(Self.charactersMax)) }
        return [
            "REKINDLE_POLICY": policy ?? "", "REKINDLE_VAULT": vault, "REKINDLE_DATASET": dataset ?? "",
            "REKINDLE_STATUS": status.map { "\($0)" } ?? "", "REKINDLE_SNAPSHOT": snapshot ?? "",
            "REKINDLE_PROBLEMS": lines.joined(separator: "\n"),
        ]
    }
}

/// The policy's `finally`: run when a backup is over, whatever came of it.
public struct FinalHook {
    private let command: Command
    private let policy: String?
    private let vault: String

    /// nil where the policy has none, or nothing was to be done.
    public init?(_ request: BackupRequest, vault: String) {
        guard let command = request.finally, !request.isDryRun else { return nil }
        (self.command, policy, self.vault) = (command, request.policy, vault)
    }

    /// - Parameters:
    ///   - status: the exit status.
    ///   - report: nil where the backup came to none.
    ///   - trouble: why, then.
    ///   - line: receives what the program prints.
    /// - Returns: why it failed; nil where it did not.
    public func run(
        status: Int32, report: BackupReport?, trouble: String?, line: @escaping @Sendable (String) -> Void
    ) -> Finding? {
        var about = HookEnvironment(policy: policy, vault: vault)
        (about.status, about.snapshot) = (status, report?.snapshot?.id.hex)
        about.problems = report?.findings.problems ?? []
        about.problems += (report?.doubts ?? []).map { Finding(.p2, $0.dataset, $0.reason) }
        if let trouble { about.problems.insert(Finding(.p1, "backup", trouble), at: 0) }
        do {
            // Nothing is interrupted any more: it is over.
            try command.run(under: .init(environment: about.variables, cancellation: Cancellation(), line: line))
            return nil
        } catch {
            let failure = error as? Failure
            return Finding(.p3, "finally", failure?.message ?? "\(error)", output: failure?.output ?? [])
        }
    }
}
