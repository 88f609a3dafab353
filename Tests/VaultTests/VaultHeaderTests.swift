import Core
import Tarball
import Testing

@testable import Vault

@Suite struct VaultHeaderTests {
    private let header = VaultHeader(
        id: "0123456789abcdef", created: "2026-02-03T04:05:06.789Z", chunking: .standard, documents: ["A.md": SHA256Digest(of: []).hex])

    private func decode(_ bytes: [UInt8]) throws -> VaultHeader { try VaultHeader(encoded: bytes, location: "/vault") }

    /// The text of a header with one thing replaced and the checksum made right again.
    private func forged(_ old: String, _ new: String) throws -> [UInt8] {
        var text = String(decoding: try header.encoded(), as: UTF8.self)
        let checksum = try #require(text.firstMatch(of: /"checksum" : "([0-9a-f]{64})"/)?.output.1)
        text = text.replacing(checksum, with: "").replacing(old, with: new)
        let digest = SHA256Digest(of: Array(text.utf8)).hex
        return Array(text.replacing("\"checksum\" : \"\"", with: "\"checksum\" : \"\(digest)\"").utf8)
    }

    @Test("A header is read back, and is the same bytes each time")
    func roundTrip() throws {
        let bytes = try header.encoded()
        #expect(try decode(bytes) == header && header.encoded() == bytes)
    }

    @Test("A header with any one bit flipped is refused")
    func flipped() throws {
        var bytes = try header.encoded()
        for index in bytes.indices {
            for bit in 0..<8 {
                bytes[index] ^= 1 << bit
                let code = errorCode { _ = try decode(bytes) }
                // A flipped version looks like a vault of another format.
                #expect(code == .damaged || code == .usage, "bit \(bit) of byte \(index)")
                bytes[index] ^= 1 << bit
            }
        }
    }

    @Test("A header that is cut short, or followed by anything, is damaged")
    func wrongLength() throws {
        let bytes = try header.encoded()
        for count in stride(from: 0, to: bytes.count, by: 7) {
            #expect(errorCode { _ = try decode(Array(bytes.prefix(count))) } == .damaged)
        }
        #expect(errorCode { _ = try decode(Array(bytes.dropLast())) } == .damaged)
        for tail in ["\n", " ", "{}"] { #expect(errorCode { _ = try decode(bytes + Array(tail.utf8)) } == .damaged) }
    }

    @Test("A newer version is no damage: it asks for a newer program", arguments: ["2", "99", "0"])
    func versions(version: String) throws {
        let bytes = try forged("\"version\" : 1", "\"version\" : \(version)")
        let error = #expect(throws: Failure.self) { try decode(bytes) }
        #expect(error?.code == .usage && error?.message.contains("has format \(version)") == true)
    }

    @Test("A header of a newer version is known by its version even when all else is new")
    func unknownShape() {
        let bytes = Array(#"{"format":"rekindle-vault","version":7,"something":[1,2]}"#.utf8)
        #expect(errorCode { _ = try decode(bytes) } == .usage)
        #expect(errorCode { _ = try decode(Array(#"{"format":"other","version":7}"#.utf8)) } == .damaged)
    }

    @Test(
        "Bounds of chunks that no chunker can keep are refused, however right the checksum",
        arguments: [
            ("\"minimum\" : 131072", "\"minimum\" : 63"), ("\"minimum\" : 131072", "\"minimum\" : 1048576"),
            ("\"average\" : 65536", "\"average\" : 65537"),
            ("\"average\" : 65536", "\"average\" : 0"), ("\"maximum\" : 8388608", "\"maximum\" : 134217728"),
            ("\"maximum\" : 262144", "\"maximum\" : 1"),
            ("\"minimum\" : 16384", "\"minimum\" : -1"),
        ])
    func hostileChunking(old: String, new: String) throws {
        #expect(errorCode { _ = try decode(try forged(old, new)) } == .damaged)
    }

    @Test("The forgery of these tests is itself accepted where it changes nothing of the kind")
    func forgery() throws {
        #expect(try decode(try forged("0123456789abcdef", "fedcba9876543210")).id == "fedcba9876543210")
    }
}
