import Core
public import Vault

/// Settles the doubts of a snapshot: it counts as a good backup from then on, and the next ones are measured by it.
public struct Accept {
    private static let whyBytesMax = 4096

    private let repository: Repository
    private let choice: SnapshotChoice
    private let response: String?
    private let why: String

    /// - Parameter response: of which to say that it is right; nil settles the doubts about the snapshot.
    public init(_ choice: SnapshotChoice, response: String? = nil, why: String, in repository: Repository) {
        self.response = response
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
        if let response { return try accept(response, of: snapshot) }
        guard !snapshot.record.doubts.isEmpty else {
            throw Failure(
                .usage, "the snapshot \(snapshot.shortID) raised no doubts: there is nothing to accept",
                hint: "What could not be read stays missing: `rekindle show \(snapshot.shortID)` names it.")
        }
        let document = Acceptance(of: snapshot, user: Owner.name, why: why)
        return (snapshot, try repository.vault.record(document, kind: .accept, time: document.time))
    }

    private func accept(_ name: String, of snapshot: Snapshot) throws -> (snapshot: Snapshot, evidence: String) {
        let against = (snapshot.record.witnesses ?? []).flatMap { witness in
            (witness.changes ?? []).filter(\.isAgainst).map { (witness.dataset, $0.response) }
        }
        guard let found = against.first(where: { $0.1 == name }) else {
            let names = against.map(\.1)
            throw Failure(
                .usage, "in the snapshot \(snapshot.shortID) no response \(name.debugDescription) is out of what the suite lets it be",
                hint: names.isEmpty
                    ? "None is: what changed as it may needs no word." : "There are: \(names.prefix(10).joined(separator: "; ")).")
        }
        let document = Acceptance(of: snapshot, response: found, user: Owner.name, why: why)
        return (snapshot, try repository.vault.record(document, kind: .accept, time: document.time))
    }
}
