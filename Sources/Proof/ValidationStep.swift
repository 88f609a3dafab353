public import Commands
public import PhotonicCore

extension Validation {
    /// One thing to prove, and how.
    public struct Step: Sendable {
        public enum Check: Sendable {
            /// The self-tests: the device physics, then a suite over the data of a dataset, then its responses against the recorded ones.
            case photonicCore(dataset: String, suite: Suite)
            /// A program whose output is recorded with each backup, and compared after a restore.
            case respond(RespondCheck)
            /// The files of a dataset: how many, how large, how new, and which must be there.
            case files(FilesCheck)
            /// A program that must end with 0.
            case command(Command, looksAt: Object = .files)
            /// An address that must answer as it should.
            case http(HealthCheck)
            /// A program that is started in the restored tree, for the steps after it.
            case service(ServiceCheck)
            /// What runs in the cluster that was restored into.
            case kubernetes(ClusterCheck)
            /// A step whose suite or manifest cannot be read; with a dataset, its self-tests.
            case unusable(name: String, dataset: String?, reason: String)
        }

        public let check: Check
        /// nil: as long as it takes. An address is asked until then.
        public let timeout: Duration?
        /// How often it is tried again when it fails.
        public let retries: Int
        /// Whether nothing is proven where it could not verify.
        public var isRequired = true
        /// As whom its program runs; nil: as this one.
        public var user: String?
        /// Whether its program changes what it looks at: then it gets a copy of its own.
        public var writes = false

        public init(_ check: Check, timeout: Duration? = nil, retries: Int = 0) {
            self.check = check
            self.timeout = timeout
            self.retries = retries
        }
    }

    /// What a step looks at.
    public enum Object: String, Sendable, Codable, CaseIterable {
        /// The application that is running: after a restore over it that is what came back, in a drill it is not.
        case live
        /// What came back as files.
        case files = "restored files"
        /// What came back as objects of a cluster.
        case cluster = "restored cluster"
        /// A program that was started in the restored files.
        case service
    }
}

extension Validation.Step {
    package var name: String {
        switch check {
        case .photonicCore(let dataset, _): Self.selfTests(dataset)
        case .unusable(let name, _, _): name
        case .kubernetes(let check): Self.cluster(check.namespaces)
        case .respond(let check): check.responses.title
        case .files(let check): "files (\(check.dataset))"
        case .http(let check): check.name
        case .service(let check): "service `\(check.command.text)`"
        case .command(let command, _): "`\(command.text)`"
        }
    }

    /// What it looks at; nil where nobody knows.
    package var object: Validation.Object? {
        switch check {
        case .photonicCore, .service, .respond, .files: .files
        case .command(_, let object): object
        case .http(let check): check.isOfService ? .service : .live
        case .kubernetes: .cluster
        case .unusable(_, let dataset, _): dataset == nil ? .cluster : .files
        }
    }

    /// The dataset that it looks at, where it is one.
    package var dataset: String? {
        switch check {
        case .photonicCore(let dataset, _): dataset
        case .unusable(_, let dataset, _): dataset
        case .respond(let check): check.dataset
        case .files(let check): check.dataset
        case .command, .http, .kubernetes, .service: nil
        }
    }

    /// Name and fingerprint of the suite of self-tests; nil for other steps.
    package var suite: String? {
        if case .photonicCore(_, let suite) = check { "\(suite.name) \(suite.fingerprint)" } else { nil }
    }

    /// The names of steps, for people.
    public static func selfTests(_ dataset: String) -> String { "photonic-core (\(dataset))" }
    public static func cluster(_ namespaces: [String]) -> String { "kubernetes (\(namespaces.joined(separator: ", ")))" }
}

extension Sequence<Validation.Step> {
    /// Whether a program runs as another user, who must get to what was restored.
    package var haveOtherUsers: Bool { contains { $0.user != nil } }
}
