package import Core
public import Kubernetes
import Vault

/// Looks at what runs in a cluster after a restore: are workloads ready, do services have pods behind them, does a job run to its end?
public struct ClusterCheck: Sendable {
    /// As the policy names them.
    public let namespaces: [String]
    /// Run in the first namespace, unless it names another.
    public let job: ManifestValue?
    public let timeout: Duration

    public init(namespaces: [String], job: ManifestValue? = nil, timeout: Duration) {
        self.namespaces = namespaces
        self.job = job
        self.timeout = timeout
    }

    /// The cluster that a snapshot was restored into.
    public struct Place: Sendable {
        package let source: ClusterSource
        /// Namespaces that have other names there.
        package let renamed: [String: String]
        /// Whether nothing else was restored: what has its own name there is the original.
        package let isExclusive: Bool

        public init(_ source: ClusterSource, renamed: [String: String] = [:], isExclusive: Bool = false) {
            self.source = source
            self.renamed = renamed
            self.isExclusive = isExclusive
        }

        /// "old=new old=new", for programs.
        package var names: String { renamed.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ") }

        /// nil for one that was not restored.
        package func name(of namespace: String) -> String? { renamed[namespace] ?? (isExclusive ? nil : namespace) }
    }

    package struct Outcome: Sendable {
        package var passed: Bool
        /// Whether the cluster answered at all.
        package var couldAsk = true
        package var summary: String
        package var output: [String] = []
    }

    /// The job's own; nil for the first.
    private var ownNamespace: String? { job?["metadata"]?["namespace"]?.string }

    /// Why there is nothing to look at; nil where all of it was restored.
    package func absent(from place: Place) -> String? {
        (namespaces + [ownNamespace].compactMap(\.self)).first { place.name(of: $0) == nil }
            .map { "the namespace \($0) is not part of this drill" }
    }

    package func run(in place: Place, cancellation: Cancellation) throws -> Outcome {
        let names = namespaces.compactMap(place.name)
        let deadline = ContinuousClock.now + timeout
        do {
            return try place.source.ask(cancellation) { client in
                let found = try await NamespaceCheck(client).wait(names, until: deadline)
                let outcome = Self.outcome(of: found)
                // A job that needs what is not there says nothing more.
                guard outcome.passed, let job, let namespace = ownNamespace.flatMap(place.name) ?? names.first else { return outcome }
                let run = try await JobRun(client, job).run(in: namespace, until: .now + timeout)
                return Outcome(passed: run.passed, summary: "\(outcome.summary); \(run.summary)", output: run.output)
            }
        } catch let error as ClusterError {
            return Outcome(passed: false, couldAsk: false, summary: "the cluster could not be asked: \(error.description)")
        }
    }

    private static func outcome(of found: NamespaceCheck.Outcome) -> Outcome {
        let parts = [(found.workloads, "workload"), (found.services, "service"), (found.claims, "claim")]
        let counted = parts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }.joined(separator: ", ")
        let still = found.still > 0 ? "; \(found.still) stand still on purpose" : ""
        guard let first = found.waiting.first else { return Outcome(passed: true, summary: "\(counted) ready\(still)") }
        return Outcome(
            passed: false,
            summary: "\(first.object): \(first.reason)" + (found.waiting.count > 1 ? ", and \(found.waiting.count - 1) more" : ""),
            output: found.waiting.map { "\($0.object): \($0.reason)" })
    }
}
