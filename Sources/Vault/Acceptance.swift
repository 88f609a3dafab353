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
    /// The name of the response that is right as it is; nil where the doubts about the whole snapshot are settled.
    public let response: String?
    /// Whose response that is.
    public let dataset: String?

    /// Now, on this host.
    public init(of snapshot: Snapshot, response: (dataset: String, name: String)? = nil, user: String, why: String) {
        (time, host, self.user) = (.now(), Host.name, user)
        (self.snapshot, self.why) = (snapshot.id.hex, why)
        (dataset, self.response) = (response?.dataset, response?.name)
    }
}

/// Responses of which a person has said that they are right, whatever they were before.
public struct AcceptedResponses: Sendable {
    private struct Key: Hashable {
        let snapshot: String
        let dataset: String
    }

    private var names: [Key: Set<String>] = [:]

    /// None.
    public init() {}

    /// Takes in what a document says, if it is about a response.
    public mutating func add(_ acceptance: Acceptance) {
        guard let name = acceptance.response, let dataset = acceptance.dataset else { return }
        names[Key(snapshot: acceptance.snapshot, dataset: dataset), default: []].insert(name)
    }

    /// Those of a dataset in a snapshot.
    public func names(_ dataset: String, of snapshot: Snapshot) -> Set<String> {
        names[Key(snapshot: snapshot.id.hex, dataset: dataset)] ?? []
    }

    /// What the self-tests of a snapshot found that nobody has accepted since.
    public func failed(in snapshot: Snapshot) -> Int64 {
        (snapshot.record.witnesses ?? []).reduce(0) { sum, witness in
            let settled = names(witness.dataset, of: snapshot)
            return sum + max(0, witness.failed - Int64((witness.changes ?? []).count { $0.isAgainst && settled.contains($0.response) }))
        }
    }
}

extension Vault {
    /// Of these snapshots, those whose doubts were settled, by id, and perhaps others. Where none of them has doubts, no evidence is read.
    public func acceptances(of snapshots: [Snapshot]) throws -> Set<String> {
        guard snapshots.contains(where: { !$0.record.doubts.isEmpty }) else { return [] }
        var accepted: Set<String> = []
        _ = try eachEvidence(of: [.accept]) {
            let acceptance = try $0.decode(Acceptance.self)
            if acceptance.response == nil { accepted.insert(acceptance.snapshot) }
        }
        return accepted
    }

    /// Of these snapshots, and perhaps others, the responses that were accepted. Where none has any to accept, no evidence is read.
    public func acceptedResponses(of snapshots: [Snapshot]) throws -> AcceptedResponses {
        var accepted = AcceptedResponses()
        let hasAny = snapshots.contains { $0.record.witnesses?.contains { $0.changes?.contains(where: \.isAgainst) == true } == true }
        if hasAny { _ = try eachEvidence(of: [.accept]) { accepted.add(try $0.decode(Acceptance.self)) } }
        return accepted
    }
}
