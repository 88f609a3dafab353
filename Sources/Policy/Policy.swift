public import Core

/// What to protect, where to, how often, how long, and what proves it: one YAML file per system.
public struct Policy: Sendable, Equatable {
    public let name: String
    /// Under which name of a host snapshots are saved; nil for the machine's own.
    public let host: String?
    /// A directory; nil when the policy leaves it to the command line.
    public let vault: String?
    public let manifests: Manifests?
    public let data: [Dataset]
    /// Persistent volume claims whose data is not to be in the backup: "namespace/name", with `*`.
    public let unprotected: [String]
    /// Around the whole backup.
    public let before: Hook?
    public let after: Hook?
    /// Run when the backup is over, whatever came of it.
    public let finally: Hook?
    public let validate: [Validation]
    public let objectives: Objectives
    public let schedule: Schedule
    /// nil when nothing is said about how long to keep snapshots.
    public let keep: Keep?
    /// What drills are evidence for: "ISO 27001 A.8.13".
    public var controls: [String] = []

    public init(
        name: String, host: String? = nil, vault: String? = nil, manifests: Manifests? = nil, data: [Dataset] = [],
        unprotected: [String] = [], before: Hook? = nil, after: Hook? = nil, finally: Hook? = nil,
        validate: [Validation] = [], objectives: Objectives = Objectives(), schedule: Schedule = Schedule(), keep: Keep? = nil
    ) {
        self.name = name
        self.host = host
        self.vault = vault
        self.manifests = manifests
        self.data = data
        self.unprotected = unprotected
        self.before = before
        self.after = after
        self.finally = finally
        self.validate = validate
        self.objectives = objectives
        self.schedule = schedule
        self.keep = keep
    }

    /// Where the Kubernetes objects come from, and what becomes of them.
    public struct Manifests: Sendable, Equatable {
        public enum Source: Sendable, Equatable {
            /// Files beneath a directory.
            case directory(String, exclude: [String] = [])
            case cluster(Cluster)
        }

        /// What becomes of objects of kind Secret.
        public enum Secrets: Sendable, Equatable {
            /// Encrypted to these age recipients.
            case encrypt(recipients: [String])
            case omit
            case plain
        }

        public let source: Source
        public let secrets: Secrets
        /// Git repositories that the history is pushed to.
        public let remotes: [String]
        /// What becomes of a remote whose branch has gone another way.
        public let diverged: Diverged

        public enum Diverged: String, Sendable, CaseIterable {
            case refuse, branch, merge
        }

        public init(source: Source, secrets: Secrets = .plain, remotes: [String] = [], diverged: Diverged = .refuse) {
            self.source = source
            self.secrets = secrets
            self.remotes = remotes
            self.diverged = diverged
        }
    }

    /// A running cluster, or a part of it. Kinds are words as kubectl takes them: "deployments", "deployment.apps".
    public struct Cluster: Sendable, Equatable {
        /// A file; nil for the one that kubectl would use.
        public var kubeconfig: String?
        /// nil for the current one.
        public var context: String?
        /// Empty: all.
        public var namespaces: [String] = []
        /// Empty: all but what is left out by default.
        public var kinds: [String] = []
        /// Kinds that are left out by default.
        public var include: [String] = []
        public var exclude: [String] = []
        /// Single objects: "kind/name" or "kind/namespace/name", with `*`.
        public var excludeObjects: [String] = []
        /// What carries one of these: "key" or "key=value".
        public var excludeLabels: [String] = []
        public var excludeAnnotations: [String] = []
        /// A label selector for namespaced objects.
        public var selector: String?
        /// Whether cluster-scoped objects that the namespaces use come along.
        public var related = true

        public init() {}
    }

    /// One source of data; a top-level folder of the snapshot.
    public struct Dataset: Sendable, Equatable {
        public let name: String
        public let source: Source
        public let before: Hook?
        public let after: Hook?
        public let expect: Expectation
        /// The persistent volume claims whose data it is: "namespace/name", with `*`.
        public let claims: [String]

        public init(
            name: String, source: Source, before: Hook? = nil, after: Hook? = nil, expect: Expectation = Expectation(),
            claims: [String] = []
        ) {
            self.name = name
            self.source = source
            self.claims = claims
            self.before = before
            self.after = after
            self.expect = expect
        }
    }

    /// What a dataset should hold at each backup.
    public struct Expectation: Sendable, Equatable {
        /// At least so many files, and bytes in them.
        public var files: Int64?
        public var bytes: Int64?
        /// The percentage that may be gone since the last nights; nil for the standard.
        public var shrink: Int?

        public init() {}
    }

    /// How a backup knows what has changed in a directory.
    public enum Change: Sendable, Equatable {
        case times
        /// By reading all of it, every so many nights.
        case content(nights: Int)
    }

    /// A directory, and what of it stays out of the backup.
    public struct Directory: Sendable, Equatable {
        public var path: String
        /// Globs of what is left out.
        public var exclude: [String] = []
        /// What is in directories with a valid CACHEDIR.TAG.
        public var excludeCaches = false
        /// What is in directories that hold something of one of these names.
        public var excludeIfPresent: [String] = []
        /// Files of more bytes.
        public var excludeLargerThan: Int64?
        /// Other file systems that are mounted there.
        public var oneFileSystem = false
        /// How changes are known.
        public var change = Change.times

        public init(path: String) { self.path = path }
    }

    public enum Source: Sendable, Equatable {
        case directory(Directory)
        /// What a command writes to its standard output, kept as `file`; without a timeout it may take as long as it needs.
        case command([String], file: String, timeout: Duration? = nil)
    }

    /// A command to run before or after.
    public struct Hook: Sendable, Equatable {
        public static let defaultTimeout = Duration.seconds(60)

        /// The program and its arguments; no shell is involved.
        public let command: [String]
        public let timeout: Duration

        public init(command: [String], timeout: Duration = Hook.defaultTimeout) {
            self.command = command
            self.timeout = timeout
        }
    }

    /// One step of what proves that a restore has worked.
    public struct Validation: Sendable, Equatable {
        public enum Check: Sendable, Equatable {
            /// The self-tests of the code, and those of a suite over a dataset.
            case photonicCore(dataset: String, suite: String? = nil)
            /// A command that gives responses, to be recorded and compared.
            case respond(Respond)
            /// The files of a dataset.
            case files(Files)
            /// A command that exits with 0.
            case command([String], looksAt: Target = .files)
            /// A program that is started in what was restored, for the steps after it.
            case service(Service)
            /// An address that answers as it should.
            case http(Health)
            /// Namespaces of the cluster that was restored into: workloads ready, services with pods behind them, and a job, the file of
            /// its manifest, that runs to its end.
            case kubernetes(namespaces: [String], job: String? = nil)
        }

        /// What a command looks at.
        public enum Target: String, Sendable, CaseIterable {
            case files, cluster, service, live
        }

        public static let serviceTimeout = Duration.seconds(60)
        public static let httpTimeout = Duration.seconds(30)
        public static let clusterTimeout = Duration.seconds(300)
        /// At a backup the application may stand still meanwhile.
        public static let selfTestTimeout = Duration.seconds(600)
        /// What hangs must not hang for ever.
        public static let commandTimeout = Duration.seconds(3600)

        public let check: Check
        /// Of one attempt.
        public let timeout: Duration
        /// How often a step that failed is tried again.
        public let retries: Int
        /// Whether nothing is proven where it could not verify.
        public var isRequired = true
        /// As whom its program runs.
        public var user: String?
        /// Whether its program changes what it looks at.
        public var writes = false

        public init(_ check: Check, timeout: Duration? = nil, retries: Int = 0) {
            self.check = check
            self.timeout = timeout ?? check.defaultTimeout
            self.retries = retries
        }
    }

    /// A program that says how data responds.
    public struct Respond: Sendable, Equatable {
        public let name: String
        public let dataset: String
        public let command: [String]
        /// How far a number may be from the recorded one after a restore: all of them, and single ones.
        public var tolerance = 0.0
        public var tolerances: [String: Double] = [:]
        /// How they may change from one backup to the next: all of them, and single ones.
        public var drift: ResponseDrift?
        public var drifts: [String: ResponseDrift] = [:]

        public init(name: String, dataset: String, command: [String]) {
            (self.name, self.dataset, self.command) = (name, dataset, command)
        }
    }

    /// What the files of a dataset must be.
    public struct Files: Sendable, Equatable {
        public let dataset: String
        /// At least so many files, and bytes in them.
        public var files: Int64?
        public var bytes: Int64?
        /// The newest is at most so much older than the snapshot.
        public var newest: Duration?
        /// Paths that must be there.
        public var exist: [String] = []
        /// Files that say exactly this.
        public var canary: [String: String] = [:]

        public init(dataset: String) { self.dataset = dataset }
    }

    /// A program that listens on a port of this machine.
    public struct Service: Sendable, Equatable {
        public enum Ready: String, Sendable, CaseIterable {
            case tcp, http
        }

        public static let defaultGrace = Duration.seconds(10)

        public let command: [String]
        public var ready = Ready.tcp
        /// The variable that tells it the port.
        public var port = "REKINDLE_PORT"
        /// How long it may take to end.
        public var grace = defaultGrace

        public init(command: [String]) { self.command = command }
    }

    /// What a health endpoint answers when all is well.
    public struct Health: Sendable, Equatable {
        /// A whole address, or, of the service that was started before, a path.
        public let url: String
        public let status: Int
        /// Fields of the JSON that it answers with, by the path of their keys, "checks.mesh", and what they must say.
        public let json: [String: String]
        /// No answer may take longer.
        public let latency: Duration?

        public init(url: String, status: Int = 200, json: [String: String] = [:], latency: Duration? = nil) {
            self.url = url
            self.status = status
            self.json = json
            self.latency = latency
        }
    }

    /// How much may be lost, and how long a restore may take.
    public struct Objectives: Sendable, Equatable {
        public let rpo: Duration?
        public let rto: Duration?

        public init(rpo: Duration? = nil, rto: Duration? = nil) {
            self.rpo = rpo
            self.rto = rto
        }
    }

    /// When to do what, each as five crontab fields.
    public struct Schedule: Sendable, Equatable {
        public let backup: String?
        public let verify: String?
        public let drill: String?

        public init(backup: String? = nil, verify: String? = nil, drill: String? = nil) {
            self.backup = backup
            self.verify = verify
            self.drill = drill
        }
    }

    /// How many snapshots of each kind to keep.
    public struct Keep: Sendable, Equatable {
        public let last: Int
        public let hourly: Int
        public let daily: Int
        public let weekly: Int
        public let monthly: Int
        public let yearly: Int

        public init(last: Int = 0, hourly: Int = 0, daily: Int = 0, weekly: Int = 0, monthly: Int = 0, yearly: Int = 0) {
            self.last = last
            self.hourly = hourly
            self.daily = daily
            self.weekly = weekly
            self.monthly = monthly
            self.yearly = yearly
        }
    }
}

extension Policy.Validation.Check {
    fileprivate var defaultTimeout: Duration {
        switch self {
        case .photonicCore: Policy.Validation.selfTestTimeout
        case .command, .respond: Policy.Validation.commandTimeout
        case .files: Policy.Validation.selfTestTimeout
        case .service: Policy.Validation.serviceTimeout
        case .http: Policy.Validation.httpTimeout
        case .kubernetes: Policy.Validation.clusterTimeout
        }
    }
}

extension Policy.Manifests {
    /// Those that are captured of a cluster; none where all are.
    var namespaces: [String] {
        switch source {
        case .cluster(let cluster): cluster.namespaces
        case .directory: []
        }
    }
}
