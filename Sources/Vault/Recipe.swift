public import Core
import Tarball

/// Which blobs, one after the other, make a content that is not one blob: text, `<blob id> <size>` a line.
public struct Recipe: Sendable, Equatable {
    /// One blob of a content.
    public struct Part: Sendable, Equatable {
        /// The digest of its bytes.
        public let id: SHA256Digest
        /// In bytes.
        public let size: Int

        /// See the properties.
        public init(id: SHA256Digest, size: Int) {
            self.id = id
            self.size = size
        }
    }

    /// Some 900 000 parts: a file of 1.7 TiB in chunks of 2 MiB.
    public static let textBytesMax = BlobMember.contentBytesMax

    /// In the order of the content.
    public var parts: [Part]

    /// At least one part.
    public init(parts: [Part]) { self.parts = parts }

    /// Of the whole content, in bytes.
    public var size: Int64 { parts.reduce(0) { $0 + Int64($1.size) } }

    /// As it is stored: a line for each part.
    public var text: [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(parts.count * (SHA256Digest.hexCount + 9))
        for part in parts {
            text.append(contentsOf: part.id.hexBytes)
            text.append(contentsOf: " \(part.size)\n".utf8)
        }
        return text
    }

    /// Nil for anything but what `text` gives.
    public init?(text: [UInt8]) {
        guard text.last == UInt8(ascii: "\n") else { return nil }
        parts = []
        for line in text.dropLast().split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            guard line.count > SHA256Digest.hexCount + 1, line.count < SHA256Digest.hexCount + 11,
                let id = SHA256Digest(hex: line.prefix(SHA256Digest.hexCount)),
                line[line.startIndex + SHA256Digest.hexCount] == UInt8(ascii: " "),
                let size = Int(String(decoding: line.dropFirst(SHA256Digest.hexCount + 1), as: UTF8.self)), size >= 0,
                size <= BlobMember.contentBytesMax, line.dropFirst(SHA256Digest.hexCount + 1).elementsEqual(String(size).utf8)
            else { return nil }
            parts.append(Part(id: id, size: size))
        }
    }
}
