internal import Crypto

/// The text before the payload: the file key, wrapped once for each recipient, and a MAC under that key.
/// Source: the age v1 format, https://c2sp.org/age.
struct AgeHeader {
    /// One recipient's part.
    struct Stanza: Equatable {
        let arguments: [String]
        let body: [UInt8]
    }

    static let version = "age-encryption.org/v1"
    /// Recipients of any kind that this program will read; a file with more is refused.
    static let stanzasMax = 1000
    static let bytesMax = 1 << 20
    static let fileKeyBytes = 16
    private static let columns = 64
    private static let zeroNonce = [UInt8](repeating: 0, count: 12)

    let stanzas: [Stanza]

    // MARK: Writing

    /// The whole header, with its MAC.
    static func encode(fileKey: SymmetricKey, recipients: [AgeRecipient]) throws(AgeError) -> [UInt8] {
        var text = version + "\n"
        for recipient in recipients {
            let stanza = try wrap(fileKey, for: recipient)
            text += "-> " + stanza.arguments.joined(separator: " ") + "\n" + lines(of: stanza.body)
        }
        text += "---"
        return Array("\(text) \(AgeBase64.unpadded(mac(fileKey, Array(text.utf8))))\n".utf8)
    }

    private static func wrap(_ fileKey: SymmetricKey, for recipient: AgeRecipient) throws(AgeError) -> Stanza {
        let ephemeral = PrivateKey()
        let share = ephemeral.publicKey
        guard let key = ephemeral.wrapKey(with: recipient.publicKey, ephemeral: share, recipient: recipient.publicKey),
            let nonce = try? ChaChaPoly.Nonce(data: zeroNonce),
            let box = try? ChaChaPoly.seal(fileKey.withUnsafeBytes { Array($0) }, using: key, nonce: nonce)
        else { throw AgeError(.key, "nothing can be encrypted to \(recipient): it is a key of low order") }
        return Stanza(arguments: ["X25519", AgeBase64.unpadded(share)], body: Array(box.ciphertext + box.tag))
    }

    /// A body ends with a line of fewer than 64 columns, an empty one if need be.
    private static func lines(of body: [UInt8]) -> String {
        let text = Array(AgeBase64.unpadded(body).utf8)
        var result = ""
        for start in stride(from: 0, through: text.count, by: columns) {
            result += String(decoding: text[start..<min(start + columns, text.count)], as: UTF8.self) + "\n"
        }
        return result
    }

    private static func mac(_ fileKey: SymmetricKey, _ text: [UInt8]) -> [UInt8] {
        let key = HKDF<SHA256>.deriveKey(inputKeyMaterial: fileKey, info: Array("header".utf8), outputByteCount: 32)
        return Array(HMAC<SHA256>.authenticationCode(for: text, using: key))
    }

    // MARK: Reading

    private let text: [UInt8]
    private let mac: [UInt8]

    /// Where the header ends, if `bytes` holds all of it.
    static func length(in bytes: [UInt8]) throws(AgeError) -> Int? {
        guard bytes.prefix(version.utf8.count + 1).elementsEqual("\(version)\n".utf8.prefix(bytes.count)) else {
            throw AgeError(.malformed, "it does not begin as an age file does (\(version))")
        }
        var start = 0
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            if bytes[start..<end].starts(with: "---".utf8) { return end + 1 }
            start = end + 1
            guard start <= bytesMax else { break }
        }
        guard bytes.count <= bytesMax else { throw AgeError(.malformed, "its header is larger than \(bytesMax >> 20) MiB") }
        return nil
    }

    /// - Parameter bytes: exactly the header.
    init(parsing bytes: some Collection<UInt8>) throws(AgeError) {
        guard let whole = String(validating: bytes, as: UTF8.self), whole.utf8.allSatisfy({ $0 == 10 || (32...126).contains($0) }) else {
            throw AgeError(.malformed, "its header is not plain text")
        }
        var lines = whole.split(separator: "\n", omittingEmptySubsequences: false).dropLast()[...]
        guard lines.popFirst() == Self.version[...], let last = lines.popLast(), last.hasPrefix("--- "),
            let mac = AgeBase64.decodeUnpadded(last.dropFirst(4)), mac.count == 32
        else { throw AgeError(.malformed, "its header does not end with a MAC") }
        var stanzas: [Stanza] = []
        while let line = lines.popFirst() {
            stanzas.append(try Self.stanza(line, &lines))
            guard stanzas.count <= Self.stanzasMax else { throw AgeError(.malformed, "it has more than \(Self.stanzasMax) recipients") }
        }
        guard !stanzas.isEmpty else { throw AgeError(.malformed, "it has no recipient") }
        self.stanzas = stanzas
        self.mac = mac
        text = Array(bytes.dropLast(last.utf8.count + 1)) + Array("---".utf8)
    }

    private static func stanza(_ line: Substring, _ lines: inout ArraySlice<Substring>) throws(AgeError) -> Stanza {
        let words = line.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count >= 2, words[0] == "->", !words.contains("") else {
            throw AgeError(.malformed, "a line of its header is no recipient")
        }
        var text = ""
        while let line = lines.popFirst() {
            guard line.utf8.count <= columns else { break }
            text += line
            if line.utf8.count == columns { continue }
            guard let body = AgeBase64.decodeUnpadded(text) else { break }
            return Stanza(arguments: words.dropFirst().map(String.init), body: body)
        }
        throw AgeError(.malformed, "the body of a recipient in its header is not valid")
    }

    /// The file key, found with the first identity that fits and checked against the MAC.
    func fileKey(_ identities: [AgeIdentity]) throws(AgeError) -> SymmetricKey {
        if stanzas.contains(where: { $0.arguments[0] == "scrypt" }) {
            throw AgeError(stanzas.count == 1 ? .noMatch : .malformed, "it is encrypted with a passphrase, which only `age` itself opens")
        }
        for stanza in stanzas where stanza.arguments[0] == "X25519" {
            guard stanza.arguments.count == 2, let share = AgeBase64.decodeUnpadded(stanza.arguments[1]), share.count == 32,
                stanza.body.count == Self.fileKeyBytes + 16
            else { throw AgeError(.malformed, "an X25519 recipient in its header is not valid") }
            for identity in identities {
                guard let key = try unwrap(stanza.body, share, identity) else { continue }
                guard constantTimeEqual(Self.mac(key, text), mac) else {
                    throw AgeError(.tampered, "its header was changed: the MAC differs")
                }
                return key
            }
        }
        throw AgeError(.noMatch, "none of the identities opens it")
    }

    private func unwrap(_ body: [UInt8], _ share: [UInt8], _ identity: AgeIdentity) throws(AgeError) -> SymmetricKey? {
        let privateKey = try identity.privateKey()
        guard let key = privateKey.wrapKey(with: share, ephemeral: share, recipient: privateKey.publicKey) else {
            throw AgeError(.malformed, "an X25519 recipient in its header is a point of low order")
        }
        guard let box = try? ChaChaPoly.SealedBox(combined: Self.zeroNonce + body), let fileKey = try? ChaChaPoly.open(box, using: key)
        else {
            return nil
        }
        return SymmetricKey(data: fileKey)
    }

    private func constantTimeEqual(_ first: [UInt8], _ second: [UInt8]) -> Bool {
        first.count == second.count && zip(first, second).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
