public import Core
import Tarball
public import Vault

/// That a person has looked at a snapshot whose backup had its doubts, and says that it is right. Written into the vault beside the snapshots.
public struct Acceptance: Sendable, Codable {
    public private(set) var version = 1
    public let time: Timestamp
    public let host: String
    public let user: String
    /// The whole id.
    public let snapshot: String
    public let why: String
}

/// Settles the doubts of a snapshot: it counts as a good backup from then on, and the next ones are measured by it.
public struct Accept {
    private static let whyBytesMax = 4096

    private let vault: String
    private let choice: SnapshotChoice
    private let why: String

    public init(vault: String, _ choice: SnapshotChoice, why: String) {
        self.vault = vault
        self.choice = choice
        self.why = why
    }

    public func run() throws -> (snapshot: Snapshot, evidence: String) {
        guard !why.isEmpty, why.utf8.count <= Self.whyBytesMax else {
            throw Failure(
                .usage, "the reason is empty, or longer than \(Self.whyBytesMax) bytes", hint: "Say with --why what you found.")
        }
        let vault = try Vault.open(at: vault)
        let snapshot = try vault.snapshots().choose(choice)
        guard !snapshot.record.doubts.isEmpty else {
            throw Failure(
                .usage, "the snapshot \(snapshot.shortID) raised no doubts: there is nothing to accept",
                hint: "What could not be read stays missing: `rekindle show \(snapshot.shortID)` names it.")
        }
        let document = Acceptance(
            time: .now(), host: Host.name, user: Owner.name, snapshot: snapshot.id.hex, why: why)
        return (snapshot, try vault.record(document, kind: .accept, time: document.time))
    }
}

/// A snapshot with what is still in doubt about it.
struct JudgedSnapshot {
    let record: SnapshotRecord
    /// Those that nobody has settled.
    let doubts: [(dataset: String, reason: String)]

    init(_ snapshot: Snapshot, accepted: Set<String>) {
        record = snapshot.record
        doubts = accepted.contains(snapshot.id.hex) ? [] : snapshot.record.doubts
    }
}

extension Vault {
    /// Of these snapshots, those whose doubts were settled, by id, and perhaps others. Where none of them has doubts, no evidence is read.
    public func acceptances(of snapshots: [Snapshot]) throws -> Set<String> {
        guard snapshots.contains(where: { !$0.record.doubts.isEmpty }) else { return [] }
        return Set(try evidence(of: [.accept]).records.compactMap { try $0.decode(Acceptance.self).snapshot })
    }
}
