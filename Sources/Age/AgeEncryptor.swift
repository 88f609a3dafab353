internal import Crypto

/// Encrypts a stream to one or more recipients, in the age v1 format. Holds 64 KiB at most.
public struct AgeEncryptor {
    private var payload: AgePayload
    private var output: [UInt8]
    private var pending: [UInt8] = []

    public init(recipients: [AgeRecipient]) throws(AgeError) {
        guard !recipients.isEmpty else { throw AgeError(.key, "there is no recipient to encrypt to") }
        let fileKey = SymmetricKey(size: SymmetricKeySize(bitCount: 8 * AgeHeader.fileKeyBytes))
        var random = SystemRandomNumberGenerator()
        let nonce = (0..<AgePayload.nonceBytes).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        output = try AgeHeader.encode(fileKey: fileKey, recipients: recipients) + nonce
        payload = AgePayload(fileKey: fileKey, nonce: nonce)
    }

    /// Takes a further part of the plain text; returns what of the file is finished.
    public mutating func update(_ bytes: some Collection<UInt8>) throws(AgeError) -> [UInt8] {
        pending += bytes
        var start = 0
        // A full chunk waits for a byte after it: it may be the last.
        while pending.count - start > AgePayload.chunkBytes {
            output += try payload.seal(pending[start..<start + AgePayload.chunkBytes], isLast: false)
            start += AgePayload.chunkBytes
        }
        pending.removeFirst(start)
        defer { output = [] }
        return output
    }

    /// The rest of the file.
    public consuming func finish() throws(AgeError) -> [UInt8] {
        try output + payload.seal(pending, isLast: true)
    }

    /// A whole text at once, as an armored file that is text itself.
    public static func armored(_ bytes: [UInt8], to recipients: [AgeRecipient]) throws(AgeError) -> [UInt8] {
        var encryptor = try AgeEncryptor(recipients: recipients)
        let first = try encryptor.update(bytes)
        return AgeArmor.encode(first + (try encryptor.finish()))
    }
}
