import ArgumentParser
import Core
import Operations
import Policy
import StrictYAML
import Vault

struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Save the policy's data, or some directories, as a new snapshot.",
        usage: "rekindle backup [--policy <file>] [<paths> ...] [<options>]",
        discussion: """
            Unchanged files are carried over from the previous snapshot without reading \
            them. A file that cannot be read is named, the rest is saved, and the exit \
            status is 3. A run that is stopped leaves nothing visible; the next one \
            reuses what it saved.

            A pattern for --exclude: '*.tmp' at every depth, '/cache' at the top of a \
            directory, [a-z], {a,b}, ** across directories; '!keep' takes back what the \
            patterns before it left out. One that matches nothing is named.

              rekindle backup --policy policies/photon-neuro.yaml
              rekindle backup --vault /backup/photon /app/data --tag before-upgrade
              rekindle backup --vault /backup/photon /app --exclude '*.tmp'
              pg_dump app | rekindle backup --vault /backup/photon --stdin app.sql

            Of what a pipe brings, nobody knows here whether its program ended well: in \
            a script set -o pipefail, or let a policy run the command, which does know.
            """)

    @Argument(help: "Directories and files to back up, when there is no policy.", completion: .file()) var paths: [String] = []
    @OptionGroup var common: CommonOptions
    @Option(help: ArgumentHelp("A word for `snapshots --tag` to find it by; may be repeated.", valueName: "tag")) var tag: [String] = []
    @OptionGroup var inputs: BackupInputs
    @OptionGroup var exclusions: BackupExclusions
    @Flag(help: "Only say what would be read, by name.") var dryRun = false
    @Flag(name: .shortAndLong, help: "Name each path that is new or has changed, as it is saved.") var verbose = false
    @Option(
        help: ArgumentHelp(
            "How long to wait for another run of the policy on this host: 10m, 1h30m; without, it is said who runs.", valueName: "time"))
    var wait: String?

    /// Not `validate`: the parser would ask that before it tells of an option that there is not.
    private func checkArguments() throws {
        if common.policy == nil, paths.isEmpty, inputs.isEmpty {
            throw UsageProblem.of("backup", "name a directory or a file, or a policy with --policy")
        }
        if common.policy != nil, !paths.isEmpty || !inputs.isEmpty {
            throw UsageProblem.of("backup", "what to back up comes from the policy or from the command line, not from both")
        }
        if let stray = paths.first(where: { $0.hasPrefix("!") }), !exclusions.exclude.isEmpty {
            throw UsageProblem.of("backup", "each pattern has an --exclude of its own: write --exclude '\(stray)'")
        }
        if let bad = tag.first(where: { $0.isEmpty || $0.utf8.count > 200 }) { throw UsageProblem.of("backup", "\"\(bad)\" is no tag") }
    }

    func run() throws {
        try checkArguments()
        let patience = try patience()
        let names = NameListing(json: common.json)
        let session = try common.begin(change: dryRun ? names.add : verbose ? Log.change : nil)
        let request = try self.request(session)
        let hook = FinalHook(request, vault: session.vaultPath ?? "")
        let report: BackupReport
        var run: PolicyRun?
        // The lock is held until the last hook has ended, whatever came of it.
        defer { withExtendedLifetime(run) {} }
        do {
            let repository = try session.repository()
            run = try beginRun(request, repository, patience: patience, session)
            report = try session.show {
                try Backup(request, in: repository, progress: session.progress, cancellation: session.cancellation).run()
            }
            finish(hook, ExitStatus(report.outcome), report: report)
        } catch {
            names.end(broken: error)
            finish(hook, ExitStatus(error), trouble: "\(error)")
            throw error
        }
        Output.isReport = true
        if common.json {
            try dryRun ? names.end(report, report.outcome) : JSONOutput.print(report, report.outcome)
        }
        BackupRendering(report, isDryRun: dryRun).print(isText: !common.json && !common.isQuiet(report.outcome))
        try ExitStatus.conclude(report.outcome)
    }

    private func request(_ session: Session) throws -> BackupRequest {
        var request =
            try session.policy.map { try PolicyRequest($0, file: common.policy ?? "").backup() } ?? inputs.request(paths)
        request.host = try session.backupHost()
        request.tags = tag
        request.isDryRun = dryRun
        return try exclusions.adding(to: request)
    }

    private func patience() throws -> Duration {
        guard let wait else { return .zero }
        do { return try DurationSyntax.parse(wait) } catch {
            throw UsageProblem.of("backup", "--wait \(wait) is no time: write 10m or 1h30m")
        }
    }

    private func beginRun(
        _ request: BackupRequest, _ repository: Repository, patience: Duration, _ session: Session
    ) throws -> PolicyRun? {
        guard let policy = request.policy, !dryRun else { return nil }
        return try PolicyRun.begin(
            .init(policy: policy, file: common.policy ?? "", host: request.host, patience: patience), in: repository,
            progress: session.progress,
            cancellation: session.cancellation)
    }

    private func finish(_ hook: FinalHook?, _ status: ExitStatus, report: BackupReport? = nil, trouble: String? = nil) {
        let failure = hook?.run(status: status.code, report: report, trouble: trouble) { Log.output($0, of: "finally") }
        if let failure { Log.finding(failure) }
    }
}
