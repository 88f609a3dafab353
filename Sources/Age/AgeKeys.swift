internal import Crypto

/// A public key that files are encrypted to: `age1…`.
public struct AgeRecipient: Sendable, Hashable, CustomStringConvertible {
    static let prefix = "age"

    /// 32 bytes.
    let publicKey: [UInt8]

    init(publicKey: [UInt8]) { self.publicKey = publicKey }

    public init(_ text: String) throws(AgeError) {
        guard let (prefix, data) = Bech32.decode(text), prefix == Self.prefix, data.count == 32, text == text.lowercased() else {
            if text.uppercased().hasPrefix(AgeIdentity.prefix.uppercased()) {
                throw AgeError(.key, "this is a secret key; a recipient is its public half, age1…")
            }
            let why = text.hasPrefix("age1") && text.utf8.count == 62 ? "a letter of it is wrong" : "it is age1… with 58 characters more"
            throw AgeError(.key, "\(text.prefix(100).debugDescription) is no age recipient: \(why)")
        }
        publicKey = data
    }

    public var description: String { Bech32.encode(prefix: Self.prefix, publicKey) }
}

/// A secret key that opens what was encrypted to its recipient: `AGE-SECRET-KEY-1…`.
public struct AgeIdentity: Sendable {
    static let prefix = "age-secret-key-"

    private let secretKey: [UInt8]

    /// A new one, from the system's random source.
    public static func generate() -> AgeIdentity {
        AgeIdentity(secretKey: Array(Curve25519.KeyAgreement.PrivateKey().rawRepresentation))
    }

    private init(secretKey: [UInt8]) { self.secretKey = secretKey }

    /// The text never appears in an error.
    public init(_ text: String) throws(AgeError) {
        guard let (prefix, data) = Bech32.decode(text), prefix == Self.prefix, data.count == 32, text == text.uppercased() else {
            throw AgeError(.key, "this is no age identity: it is AGE-SECRET-KEY-1… with 58 characters more")
        }
        secretKey = data
    }

    /// The identities of a key file, as `age-keygen` writes it: one a line, comments begin with "#".
    public static func read(file text: String) throws(AgeError) -> [AgeIdentity] {
        var identities: [AgeIdentity] = []
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = line.last == "\r" ? line.dropLast() : line
            if line.isEmpty || line.hasPrefix("#") { continue }
            do { identities.append(try AgeIdentity(String(line))) } catch { throw AgeError(.key, "line \(number + 1): \(error)") }
        }
        guard !identities.isEmpty else { throw AgeError(.key, "it holds no age identity (AGE-SECRET-KEY-1…)") }
        return identities
    }

    /// The text of a key file, which must stay secret.
    public var secretText: String { Bech32.encode(prefix: Self.prefix, secretKey).uppercased() }

    public var recipient: AgeRecipient {
        get throws(AgeError) { AgeRecipient(publicKey: try privateKey().publicKey) }
    }

    func privateKey() throws(AgeError) -> PrivateKey {
        do { return PrivateKey(key: try Curve25519.KeyAgreement.PrivateKey(rawRepresentation: secretKey)) } catch {
            throw AgeError(.key, "the identity is no X25519 key")
        }
    }
}

/// A key of Curve25519, and the one thing done with it.
struct PrivateKey {
    private let key: Curve25519.KeyAgreement.PrivateKey

    fileprivate init(key: Curve25519.KeyAgreement.PrivateKey) { self.key = key }

    /// An ephemeral one.
    init() { key = Curve25519.KeyAgreement.PrivateKey() }

    var publicKey: [UInt8] { Array(key.publicKey.rawRepresentation) }

    /// The key that wraps a file key between these two; both sides find the same. nil for a share of low order, which would make it no secret.
    func wrapKey(with share: [UInt8], ephemeral: [UInt8], recipient: [UInt8]) -> SymmetricKey? {
        guard let other = try? Curve25519.KeyAgreement.PublicKey(rawRepresentation: share),
            let secret = try? key.sharedSecretFromKeyAgreement(with: other),
            secret.withUnsafeBytes({ $0.contains { $0 != 0 } })
        else { return nil }
        return secret.hkdfDerivedSymmetricKey(
            using: SHA256.self, salt: ephemeral + recipient, sharedInfo: Array("age-encryption.org/v1/X25519".utf8), outputByteCount: 32)
    }
}
