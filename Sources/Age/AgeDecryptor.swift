/// Decrypts a stream in the age v1 format. Holds the header, then 64 KiB and the part given.
///
/// What `update` returns was authenticated, but only `finish` says that nothing is missing behind it.
public struct AgeDecryptor {
    private let identities: [AgeIdentity]
    private var pending: [UInt8] = []
    private var payload: AgePayload?

    public init(identities: [AgeIdentity]) { self.identities = identities }

    public mutating func update(_ bytes: some Collection<UInt8>) throws(AgeError) -> [UInt8] {
        pending += bytes
        if payload == nil { try readHeader() }
        guard payload != nil else { return [] }
        let whole = AgePayload.chunkBytes + AgePayload.tagBytes
        var (output, start): ([UInt8], Int) = ([], 0)
        // A full chunk waits for a byte after it: it may be the last.
        while pending.count - start > whole {
            output += try payload?.open(pending[start..<start + whole], isLast: false) ?? []
            start += whole
        }
        pending.removeFirst(start)
        return output
    }

    public consuming func finish() throws(AgeError) -> [UInt8] {
        guard var payload else {
            guard !pending.isEmpty else { throw AgeError(.malformed, "it is empty") }
            throw AgeError(.malformed, "it ends within its header")
        }
        return try payload.open(pending, isLast: true)
    }

    private mutating func readHeader() throws(AgeError) {
        guard let end = try AgeHeader.length(in: pending), pending.count >= end + AgePayload.nonceBytes else { return }
        let fileKey = try AgeHeader(parsing: pending[..<end]).fileKey(identities)
        payload = AgePayload(fileKey: fileKey, nonce: Array(pending[end..<end + AgePayload.nonceBytes]))
        pending.removeFirst(end + AgePayload.nonceBytes)
    }

    /// A whole file at once, armored or not.
    public static func open(_ file: [UInt8], with identities: [AgeIdentity]) throws(AgeError) -> [UInt8] {
        var decryptor = AgeDecryptor(identities: identities)
        let first = try decryptor.update(AgeArmor.isArmored(file) ? AgeArmor.decode(file) : file)
        return first + (try decryptor.finish())
    }
}
