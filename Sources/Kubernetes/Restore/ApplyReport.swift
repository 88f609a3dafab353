public import Core

/// How a restore into a cluster went, object by object. Every number was counted.
public struct ApplyReport: Sendable, Encodable {
    public struct Failure: Sendable, Encodable {
        /// Which one.
        public let object: ObjectKey
        /// What the server said.
        public let reason: String
        /// Whether it may succeed when what it waits for is up: a webhook, a server behind the server.
        public let mayPass: Bool
    }

    /// Objects that were not there.
    public internal(set) var created = 0
    /// Objects that were there and differed.
    public internal(set) var updated = 0
    /// Objects that were there as the snapshot has them.
    public internal(set) var unchanged = 0
    /// Objects that were there, differ, and were left alone.
    public internal(set) var skipped = 0
    /// In a dry run: objects whose namespace or definition is not there yet.
    public internal(set) var unchecked = 0
    /// Objects that the server did not take.
    public internal(set) var failures: [Failure] = []
    /// What the operator should know besides.
    public internal(set) var findings = Findings()

    public init() {}

    /// Takes in the second part of what was counted with its first.
    public mutating func add(released other: ApplyReport) {
        failures += other.failures
        findings.add(other.findings)
    }

    /// Takes in what became of objects that were sent again.
    public mutating func add(_ other: ApplyReport, insteadOf keys: Set<ObjectKey>) {
        failures.removeAll { keys.contains($0.object) }
        add(other)
    }

    public mutating func fail(_ object: ObjectKey, _ reason: String) {
        failures.append(Failure(object: object, reason: reason, mayPass: false))
    }

    /// Takes in what a later part of the same restore did.
    public mutating func add(_ other: ApplyReport) {
        created += other.created
        updated += other.updated
        unchanged += other.unchanged
        skipped += other.skipped
        failures += other.failures
        findings.add(other.findings)
    }
}
