import Crypto
import Testing

@testable import Age

/// The failures that the specification asks for: nothing changed, cut off or extended is ever taken for the text.
@Suite struct AgeRefusalTests {
    private let identity = AgeIdentity.generate()

    private func file(_ size: Int) throws -> [UInt8] {
        var encryptor = try AgeEncryptor(recipients: [identity.recipient])
        return try encryptor.update(bytes(size)) + encryptor.finish()
    }

    private func code(_ file: [UInt8]) -> AgeError.Code? {
        do {
            _ = try AgeDecryptor.open(file, with: [identity])
            return nil
        } catch { return error.code }
    }

    /// The text of the header with its parts exchanged; the payload stays.
    private func edited(_ file: [UInt8], _ edit: (String) -> String) throws -> [UInt8] {
        let end = try #require(try AgeHeader.length(in: file))
        return Array(edit(String(decoding: file[..<end], as: UTF8.self)).utf8) + file[end...]
    }

    @Test func everyFlippedBitIsFound() throws {
        let file = try file(1000)
        for position in file.indices {
            for bit in 0..<8 {
                var changed = file
                changed[position] ^= 1 << bit
                #expect(code(changed) != nil, "bit \(bit) of byte \(position)")
            }
        }
    }

    @Test(arguments: [0, 1, 65535, 65536, 65537, 131_072]) func everyCutIsFound(size: Int) throws {
        let file = try file(size)
        let cuts = [0, 1, 21, 22, 100, file.count - 1, file.count - 16, file.count - 17, file.count - 65552, file.count - 65553]
        for cut in cuts where cut >= 0 && cut < file.count { #expect(code(Array(file[..<cut])) != nil, "cut at \(cut)") }
    }

    @Test func nothingMayFollowTheLastChunk() throws {
        for size in [0, 10, 65536] {
            let file = try file(size)
            #expect(code(file + [0]) == .tampered)
            #expect(code(file + file) == .tampered)
        }
    }

    @Test func chunksCannotBeExchangedOrLeftOut() throws {
        let file = try file(3 * 65536)
        let start = try #require(try AgeHeader.length(in: file)) + 16
        let chunk = 65536 + 16
        let head = Array(file[..<start])
        let parts = [file[start..<start + chunk], file[start + chunk..<start + 2 * chunk], file[(start + 2 * chunk)...]].map { Array($0) }
        #expect(code(head + parts[1] + parts[0] + parts[2]) == .tampered)
        #expect(code(head + parts[0] + parts[2]) == .tampered)
        #expect(code(head + parts[0] + parts[1]) == .tampered)
        #expect(code(head + parts[0] + parts[1] + parts[2]) == nil)
    }

    /// An empty last chunk is allowed for an empty text only.
    @Test func anEmptyChunkAtTheEndIsRefused() throws {
        var payload = AgePayload(fileKey: SymmetricKey(size: .bits128), nonce: bytes(16))
        var reader = payload
        let first = try payload.seal(bytes(65536), isLast: false)
        let empty = try payload.seal([], isLast: true)
        #expect(try reader.open(first, isLast: false) == bytes(65536))
        #expect { try reader.open(empty, isLast: true) } throws: { ($0 as? AgeError)?.code == .tampered }
    }

    @Test func theHeaderHasOneSpelling() throws {
        let file = try file(10)
        #expect(code(try edited(file) { $0.replacing("v1\n", with: "v2\n") }) == .malformed)
        #expect(code(try edited(file) { $0.replacing("\n", with: "\r\n") }) == .malformed)
        #expect(code(try edited(file) { $0.replacing("-> X25519 ", with: "-> X25519  ") }) == .malformed)
        #expect(code(try edited(file) { $0.replacing("-> X25519", with: "->X25519") }) == .malformed)
        #expect(code(try edited(file) { $0.replacing("-> X25519 ", with: "-> X25519 more ") }) == .malformed)
        #expect(code(try edited(file) { $0.replacing("\n---", with: "=\n---") }) == .malformed)
        #expect(code(try edited(file) { $0.replacing("\n---", with: "\n\n---") }) == .malformed)
        #expect(code(try edited(file) { $0.replacing("--- ", with: "---") }) == .malformed)
        #expect(code(try edited(file) { "age-encryption.org/v1\n" + $0.suffix(48) }) == .malformed)
        #expect(code([]) == .malformed)
        #expect(code(Array("age-encryption.org/v1\n".utf8)) == .malformed)
        #expect(code(Array(repeating: 65, count: 3 << 20)) == .malformed)
        let endless = Array("age-encryption.org/v1\n".utf8) + Array(repeating: 65, count: 3 << 20)
        #expect(code(endless) == .malformed)
    }

    /// A recipient of a kind we do not know is passed over, its bytes still under the MAC.
    @Test func aForeignRecipientChangesTheMAC() throws {
        let file = try file(10)
        #expect(code(try edited(file) { $0.replacing("v1\n", with: "v1\n-> grease a b\nYWJj\n") }) == .tampered)
        #expect(code(try edited(file) { $0.replacing("v1\n", with: "v1\n-> scrypt AAAA 18\nYWJj\n") }) == .malformed)
    }

    /// With such a share everybody would know the key that wraps the file key.
    @Test func aShareOfLowOrderIsRefused() throws {
        let shares = [[UInt8](repeating: 0, count: 32), [1] + [UInt8](repeating: 0, count: 31)]
        for share in shares {
            let low = AgeBase64.unpadded(share)
            let file = try edited(try file(10)) { header in
                let words = header.split(separator: "\n")[1].split(separator: " ")
                return header.replacing(words[2], with: low)
            }
            #expect(code(file) == .malformed)
            #expect(throws: AgeError.self) { try AgeEncryptor(recipients: [AgeRecipient(publicKey: share)]) }
        }
    }

    @Test func armorIsStrict() throws {
        let armored = String(decoding: try AgeEncryptor.armored(bytes(100), to: [identity.recipient]), as: UTF8.self)
        func armorCode(_ text: String) -> AgeError.Code? { code(Array(text.utf8)) }
        #expect(armorCode(armored) == nil)
        #expect(armorCode(" \n\n" + armored + "\n \n") == nil)
        #expect(armorCode(armored.replacing("\n", with: "\r\n")) == nil)
        #expect(armorCode(armored.replacing("BEGIN AGE", with: "BEGIN  AGE")) == .malformed)
        #expect(armorCode(armored + "more\n") == .malformed)
        #expect(armorCode("more\n" + armored) == .malformed)
        #expect(armorCode(armored.replacing("-----END AGE ENCRYPTED FILE-----\n", with: "")) == .malformed)
        let lines = armored.split(separator: "\n")
        #expect(armorCode(([lines[0]] + [lines[1] + lines[2]] + lines[3...]).joined(separator: "\n") + "\n") == .malformed)
        #expect(armorCode(([lines[0], ""] + lines[1...]).joined(separator: "\n") + "\n") == .malformed)
        #expect(armorCode(([lines[0], " " + lines[1]] + lines[2...]).joined(separator: "\n") + "\n") == .malformed)
    }

    @Test func keysThatAreNoneAreNamedWithoutTheirText() throws {
        let secret = identity.secretText
        #expect { try AgeRecipient(secret) } throws: { "\($0)".contains("secret key") && !"\($0)".contains(secret) }
        for text in [
            "", "age1", "age1qqqq", "ssh-ed25519 AAAA", try identity.recipient.description.uppercased(),
            "age1" + String(repeating: "q", count: 58),
        ] {
            #expect(throws: AgeError.self) { try AgeRecipient(text) }
        }
        for text in [secret.lowercased(), String(secret.dropLast()), try identity.recipient.description] {
            #expect { try AgeIdentity(text) } throws: { !"\($0)".contains(text) }
        }
        #expect { try AgeIdentity.read(file: "# nothing\n\n") } throws: { "\($0)".contains("no age identity") }
        #expect { try AgeIdentity.read(file: "\(secret)\nAGE-SECRET-KEY-1X\n") } throws: { "\($0)".contains("line 2") }
        #expect(throws: AgeError.self) { try AgeEncryptor(recipients: []) }
    }
}
