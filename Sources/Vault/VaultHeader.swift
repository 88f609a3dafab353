import Core
import FoundationEssentials
import Tarball

/// The object `VAULT`: what this vault is. Written once, when the vault is made.
public struct VaultHeader: Sendable, Equatable {
    /// The one that this program writes, and the newest that it reads.
    public static let version = 1
    static let format = "rekindle-vault"

    /// Random, 32 hexadecimal digits.
    public let id: String
    /// RFC 3339, UTC.
    public let created: String
    /// How contents are cut, for ever.
    public let chunking: Chunking
    /// The SHA-256 of the documents that lie beside it, by name.
    public let documents: [String: String]

    /// Which sizes of chunk the contents are cut into.
    public struct Chunking: Sendable, Codable, Equatable {
        /// `fastcdc`.
        public let algorithm: String
        /// Of the table of the rolling hash.
        public let seed: String
        /// For files.
        public let files: Chunker.Sizes
        /// For files of `largeFrom` bytes and more: larger chunks keep their recipes small.
        public let largeFiles: Chunker.Sizes
        /// From so many bytes on a file is large.
        public let largeFrom: Int64
        /// For trees.
        public let trees: Chunker.Sizes

        /// What new vaults have.
        public static let standard = Chunking(
            algorithm: "fastcdc-gear64-nc2", seed: String(Chunker.seed, radix: 16),
            files: Chunker.Sizes(minimum: 128 << 10, average: 512 << 10, maximum: 2 << 20),
            largeFiles: Chunker.Sizes(minimum: 512 << 10, average: 2 << 20, maximum: 8 << 20), largeFrom: 8 << 30,
            trees: Chunker.Sizes(minimum: 16 << 10, average: 64 << 10, maximum: 256 << 10))
    }

    /// The JSON of the object. `checksum` is the SHA-256 of the same text with an empty checksum.
    private struct Text: Codable {
        var format: String
        var version: Int
        var id: String
        var created: String
        var chunking: Chunking
        var documents: [String: String]
        var checksum: String

        func encoded() throws -> [UInt8] {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
            return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
        }
    }

    private struct VersionOnly: Decodable {
        let format: String
        let version: Int
    }

    init(id: String, created: String, chunking: Chunking, documents: [String: String]) {
        self.id = id
        self.created = created
        self.chunking = chunking
        self.documents = documents
    }

    func encoded() throws -> [UInt8] {
        var text = Text(
            format: Self.format, version: Self.version, id: id, created: created, chunking: chunking, documents: documents, checksum: "")
        text.checksum = SHA256Digest(of: try text.encoded()).hex
        return try text.encoded()
    }

    /// Reads the object; every byte of it counts.
    init(encoded bytes: [UInt8], location: String) throws {
        let decoder = JSONDecoder()
        let damage = Failure(
            .damaged, "\(location)/VAULT is damaged",
            hint: "Restore that one file from a copy of the vault; restore.sh works without it.")
        guard let version = try? decoder.decode(VersionOnly.self, from: Data(bytes)), version.format == Self.format else { throw damage }
        guard version.version == Self.version else {
            throw Failure(
                .usage, "the vault at \(location) has format \(version.version), and this program knows format \(Self.version)",
                hint: "Use a newer rekindle; nothing was changed.")
        }
        guard let text = try? decoder.decode(Text.self, from: Data(bytes)) else { throw damage }
        self.init(id: text.id, created: text.created, chunking: text.chunking, documents: text.documents)
        guard try encoded() == bytes, chunking.isSane else { throw damage }
    }
}

extension VaultHeader.Chunking {
    /// Bounds that the chunker and the readers rely on.
    var isSane: Bool {
        [files, largeFiles, trees].allSatisfy {
            $0.minimum >= 64 && $0.minimum <= $0.average && $0.average <= $0.maximum && $0.average.nonzeroBitCount == 1
                && $0.average >= 16 && $0.maximum <= BlobMember.contentBytesMax
        }
    }

    /// For a file of so many bytes.
    public func sizes(fileBytes: Int64) -> Chunker.Sizes { fileBytes >= largeFrom ? largeFiles : files }
}
