public import Core

/// That a person has looked at a snapshot whose backup had its doubts, and says that it is right. Written into the vault beside the snapshots.
public struct Acceptance: Sendable, Codable {
    /// Of this document.
    public private(set) var version = 1
    /// When it was said.
    public let time: Timestamp
    /// Where.
    public let host: String
    /// By whom.
    public let user: String
    /// The whole id.
    public let snapshot: String
    /// In the words of whoever accepted.
    public let why: String

    /// Now, on this host.
    public init(of snapshot: Snapshot, user: String, why: String) {
        (time, host, self.user) = (.now(), Host.name, user)
        (self.snapshot, self.why) = (snapshot.id.hex, why)
    }
}

extension Vault {
    /// Of these snapshots, those whose doubts were settled, by id, and perhaps others. Where none of them has doubts, no evidence is read.
    public func acceptances(of snapshots: [Snapshot]) throws -> Set<String> {
        guard snapshots.contains(where: { !$0.record.doubts.isEmpty }) else { return [] }
        var accepted: Set<String> = []
        _ = try eachEvidence(of: [.accept]) { accepted.insert(try $0.decode(Acceptance.self).snapshot) }
        return accepted
    }
}
