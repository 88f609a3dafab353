import ArgumentParser
import Core
import Glibc
import Operations
import Policy
import Vault

/// How every verb says what it has to say.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print one JSON document instead of text.")
    var json = false

    @Flag(help: "Print nothing when all is well: no progress, no report, no notes.")
    var quiet = false

    @Option(help: ArgumentHelp("Messages on standard error as lines of text or of JSON.", valueName: "text|json"))
    var logFormat = LogFormat.text

    /// Sets the format of messages.
    func begin() {
        Log.format = logFormat
        Log.isQuiet = quiet
    }
}

/// What every verb understands that looks into a vault.
struct CommonOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The vault's directory; else the policy names it, else REKINDLE_VAULT.", valueName: "dir"),
        completion: .directory)
    var vault: String?

    @Option(
        help: ArgumentHelp("The policy: what to protect, where to, what proves it.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var policy: String?

    @Option(
        help: ArgumentHelp(
            "Snapshots of this host, or of `any`; else this host's, if there are any. For backup: the name to save under.",
            valueName: "name"), completion: .host)
    var host: String?

    @OptionGroup var output: OutputOptions

    @Flag(help: "Keep nothing in ~/.cache/rekindle; takes longer.")
    var noCache = false

    var json: Bool { output.json }
    var quiet: Bool { output.quiet }

    /// Whether a report is left out: all is well, and nobody wants to read that.
    func isQuiet(_ outcome: Outcome) -> Bool { quiet && outcome == .success }

    /// Sets the format of messages, reads the policy and begins to listen for signals.
    ///
    /// - Parameter change: is told of each path that changes, on any thread; nil where nobody wants to know.
    func begin(change: (@Sendable (ChangeKind, String) -> Void)? = nil) throws -> Session {
        if let host, host.isEmpty || host.utf8.count > 253 || host.contains(where: { $0.isWhitespace || $0 == "/" }) {
            throw Failure(.usage, "\"\(host)\" is no name of a host", hint: "Give a name as `rekindle snapshots` shows it, or any.")
        }
        output.begin()
        Interruption.watch()
        let policy = try policy.map { try Policy.read($0) }
        let path = vault ?? policy?.vault ?? getenv("REKINDLE_VAULT").map { String(cString: $0) }
        return Session(options: self, policy: policy, vaultPath: path, change: change)
    }
}

/// A run of the program: its options, its policy, its progress.
struct Session {
    let options: CommonOptions
    let policy: Policy?
    /// Of the vault that is meant; nil where none is named.
    let vaultPath: String?
    /// Opened when it is first asked for.
    private let opened = Monitor<Repository?>(nil)
    let progress: Progress

    fileprivate init(
        options: CommonOptions, policy: Policy?, vaultPath: String?, change: (@Sendable (ChangeKind, String) -> Void)?
    ) {
        self.options = options
        let isSeen = Output.isTerminal(STDERR_FILENO) && !options.quiet && !options.json
        progress = Progress(tellsChanges: change != nil, showsCurrent: isSeen) { event in
            switch event {
            case .notice(let sentence): Log.warning(sentence)
            case .output(let line, let subject): Log.output(line, of: subject)
            case .change(let kind, let path): change?(kind, path)
            }
        }
        self.policy = policy
        self.vaultPath = vaultPath
    }

    var cancellation: Cancellation { Interruption.cancellation }

    /// The vault that is meant, opened.
    func repository() throws -> Repository {
        guard let vaultPath, !vaultPath.isEmpty else {
            throw Failure(.usage, "no vault is named", hint: "Give --vault DIR, a policy that names one, or set REKINDLE_VAULT.")
        }
        return try opened.withLock { opened in
            let repository = try opened ?? Repository.open(at: vaultPath, cachePath: cachePath)
            opened = repository
            return repository
        }
    }

    private var cachePath: String? {
        if options.noCache { return nil }
        var environment: [String: String] = [:]
        for name in ["XDG_CACHE_HOME", "HOME"] { environment[name] = getenv(name).map { String(cString: $0) } }
        return CacheFolder.standardPath(environment: environment)
    }

    /// Runs an operation with its progress shown.
    func show<Result>(_ operation: () throws -> Result) throws -> Result {
        try ProgressDisplay(progress, isQuiet: options.quiet || options.json).during(operation)
    }

    /// The name of this host, as the command line, the policy or the system gives it.
    private var ownHost: String { policy?.host ?? Host.name }

    /// Whose snapshots are meant.
    var host: HostChoice {
        switch options.host {
        case "any": .any
        case let name?: .only(name)
        case nil: .preferring(ownHost)
        }
    }

    /// The host name a new snapshot is saved under.
    func backupHost() throws -> String {
        if options.host == "any" {
            throw Failure(.usage, "a snapshot is of one host, not of any", hint: "Leave --host out, or name one.")
        }
        return options.host ?? ownHost
    }

    func choice(_ text: String) -> SnapshotChoice { SnapshotChoice(text, policy: policy?.name, host: host) }

    func view(_ snapshot: String) throws -> SnapshotView {
        let view = try repository().view(choice(snapshot), cancellation: cancellation)
        for damaged in view.passedOver { Log.warning(damaged.asPassedOver) }
        return view
    }
}

extension SnapshotList.Damage {
    /// For who asked for the latest.
    var asPassedOver: String { "the record \(name) is newer and damaged: this is an older snapshot. Run `rekindle verify`." }
}

extension LogFormat: ExpressibleByArgument {}
