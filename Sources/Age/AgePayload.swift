internal import Crypto

/// The payload's cipher: chunks of 64 KiB, each sealed under a counter and a mark on the last one (STREAM).
struct AgePayload {
    static let chunkBytes = 64 << 10
    static let tagBytes = 16
    static let nonceBytes = 16

    private let key: SymmetricKey
    private var counter: UInt64 = 0

    /// - Parameter nonce: 16 random bytes that stand before the payload.
    init(fileKey: SymmetricKey, nonce: [UInt8]) {
        key = HKDF<SHA256>.deriveKey(inputKeyMaterial: fileKey, salt: nonce, info: Array("payload".utf8), outputByteCount: 32)
    }

    var isAtStart: Bool { counter == 0 }

    mutating func seal(_ chunk: some Collection<UInt8>, isLast: Bool) throws(AgeError) -> [UInt8] {
        guard let nonce = try? ChaChaPoly.Nonce(data: nonce(isLast)), let box = try? ChaChaPoly.seal(Array(chunk), using: key, nonce: nonce)
        else {
            throw AgeError(.tampered, "a chunk could not be encrypted")
        }
        counter += 1
        return Array(box.ciphertext + box.tag)
    }

    mutating func open(_ chunk: some Collection<UInt8>, isLast: Bool) throws(AgeError) -> [UInt8] {
        guard let box = try? ChaChaPoly.SealedBox(combined: nonce(isLast) + chunk), let bytes = try? ChaChaPoly.open(box, using: key) else {
            throw AgeError(.tampered, "its content is damaged or cut off in chunk \(counter)")
        }
        guard !isLast || !bytes.isEmpty || isAtStart else { throw AgeError(.tampered, "it ends with an empty chunk") }
        counter += 1
        return Array(bytes)
    }

    /// Eleven bytes of a counter, big-endian, and 1 for the last chunk.
    private func nonce(_ isLast: Bool) -> [UInt8] {
        [0, 0, 0] + (0..<8).map { UInt8(truncatingIfNeeded: counter >> (8 * (7 - UInt64($0)))) } + [isLast ? 1 : 0]
    }
}
