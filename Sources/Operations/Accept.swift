import Core
public import Vault

/// Settles the doubts of a snapshot: it counts as a good backup from then on, and the next ones are measured by it.
public struct Accept {
    private static let whyBytesMax = 4096

    private let repository: Repository
    private let choice: SnapshotChoice
    private let why: String

    public init(_ choice: SnapshotChoice, why: String, in repository: Repository) {
        self.repository = repository
        self.choice = choice
        self.why = why
    }

    public func run() throws -> (snapshot: Snapshot, evidence: String) {
        guard !why.isEmpty, why.utf8.count <= Self.whyBytesMax else {
            throw Failure(
                .usage, "the reason is empty, or longer than \(Self.whyBytesMax) bytes", hint: "Say with --why what you found.")
        }
        let snapshot = try repository.choose(choice)
        guard !snapshot.record.doubts.isEmpty else {
            throw Failure(
                .usage, "the snapshot \(snapshot.shortID) raised no doubts: there is nothing to accept",
                hint: "What could not be read stays missing: `rekindle show \(snapshot.shortID)` names it.")
        }
        let document = Acceptance(of: snapshot, user: Owner.name, why: why)
        return (snapshot, try repository.vault.record(document, kind: .accept, time: document.time))
    }
}
