public import Core
import FoundationEssentials
import Storage
import Tarball

/// Records of verifications, drills and decisions: one JSON document each, written once, beside the snapshots.
public struct Evidence: Sendable {
    /// The kind of operation, as the document's name says.
    public enum Kind: String, Sendable, CaseIterable {
        /// A restore into a scratch place, validated and measured.
        case drill
        /// Stored bytes were read and compared.
        case verify
        /// A person has looked at a snapshot that raised doubts, and says that it is right.
        case accept
        /// Remotes of the manifests' history did not get it, or have it again.
        case push
    }

    /// The kind of operation.
    public let kind: Kind
    /// When it began.
    public let time: Timestamp
    /// `evidence/<UTC>-<kind>-<SHA-256>.json`
    public let name: String
    let bytes: [UInt8]

    static let bytesMax = 16 << 20

    private struct NewKey: CodingKey {
        let stringValue: String
        let intValue: Int? = nil

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// What keys were called in documents of version 1, as the first programs wrote them.
    private static let newNames = [
        "milliseconds": "durationMilliseconds", "measured": "measuredMilliseconds", "limit": "limitMilliseconds",
    ]

    private static func renamed(_ key: any CodingKey) -> any CodingKey {
        newNames[key.stringValue].map(NewKey.init(stringValue:)) ?? key
    }

    /// What an object of this name is evidence of; nil for a name that no evidence of a known kind has.
    static func kind(of name: ObjectName) -> Kind? {
        guard mayBe(name) else { return nil }
        return Kind(rawValue: String(name.base.split(separator: "-")[1]))
    }

    /// Whether a name is that of evidence, be it of a kind that a newer program writes.
    static func mayBe(_ name: ObjectName) -> Bool {
        let parts = name.base.split(separator: "-", omittingEmptySubsequences: false)
        return parts.count == 3 && Timestamp(compact: String(parts[0])) != nil && !parts[1].isEmpty && parts[2].hasSuffix(".json")
            && SHA256Digest(hex: String(parts[2].dropLast(5))) != nil
    }

    /// The document; throws `.damaged` for what is none of its kind.
    public func decode<Document: Decodable>(_ type: Document.Type) throws -> Document {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .custom { path in path.last.map(Self.renamed) ?? NewKey(stringValue: "") }
        do { return try decoder.decode(type, from: Data(bytes)) } catch let error as DecodingError {
            throw Failure(.damaged, "\(name) is malformed: \(error.sentence)")
        } catch {
            throw Failure(.damaged, "\(name) is malformed: \(error)")
        }
    }
}

extension Vault {
    /// Writes a document; when it returns, it is durable. Returns the name that it has.
    public func record(_ document: some Encodable, kind: Evidence.Kind, time: Timestamp) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        let bytes = Array(try encoder.encode(document)) + [UInt8(ascii: "\n")]
        guard bytes.count <= Evidence.bytesMax else {
            throw Failure(.failed, "the evidence of this \(kind.rawValue) is impossibly large")
        }
        let name = "\(Folder.evidence.rawValue)/\(time.compact)-\(kind.rawValue)-\(SHA256Digest(of: bytes).hex).json"
        try store.put(bytes, as: ObjectName(name))
        return name
    }

    /// Evidence, oldest first, and the documents that are damaged. A vault made before there was evidence has none.
    ///
    /// - Parameter kinds: no other is read.
    public func evidence(of kinds: Set<Evidence.Kind> = Set(Evidence.Kind.allCases)) throws -> (
        records: [Evidence], damage: [SnapshotList.Damage]
    ) {
        var records: [Evidence] = []
        let damage = try eachEvidence(of: kinds) { records.append($0) }
        return (records, damage)
    }

    /// Gives each document to `body`, oldest first, and holds one at a time: in years there are many. Returns those that are damaged.
    ///
    /// - Parameter kinds: no other is read.
    public func eachEvidence(
        of kinds: Set<Evidence.Kind> = Set(Evidence.Kind.allCases), _ body: (Evidence) throws -> Void
    ) throws -> [SnapshotList.Damage] {
        let objects: [StoredObject]
        do { objects = try store.own(.evidence).filter { Evidence.kind(of: $0.name).map(kinds.contains) ?? false } } catch {
            if error.kind == .notFound { return [] }
            throw error
        }
        var damage: [SnapshotList.Damage] = []
        // A name begins with its time.
        for object in objects.sorted(by: { $0.name.text < $1.name.text }) {
            let bytes: [UInt8]
            do { bytes = try store.read(object.name, limit: Evidence.bytesMax) } catch {
                guard error.isDamage else { throw error }
                damage.append(.init(name: object.name.text, reason: error.description))
                continue
            }
            if let found = Self.evidence(object.name, bytes) {
                try body(found)
            } else {
                damage.append(.init(name: object.name.text, reason: "it does not hold what its name says"))
            }
        }
        return damage
    }

    /// nil unless the bytes are those of the name.
    private static func evidence(_ name: ObjectName, _ bytes: [UInt8]) -> Evidence? {
        let parts = name.base.split(separator: "-", omittingEmptySubsequences: false)
        guard let kind = Evidence.kind(of: name), let time = Timestamp(compact: String(parts[0])),
            parts[2] == SHA256Digest(of: bytes).hex + ".json"
        else { return nil }
        return Evidence(kind: kind, time: time, name: name.text, bytes: bytes)
    }
}
