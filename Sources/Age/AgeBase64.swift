import FoundationEssentials

/// Base64 in its one canonical form: what encodes differently than it was written is refused.
enum AgeBase64 {
    static func unpadded(_ bytes: some Sequence<UInt8>) -> String {
        String(padded(bytes).prefix { $0 != "=" })
    }

    static func padded(_ bytes: some Sequence<UInt8>) -> String { Data(bytes).base64EncodedString() }

    /// nil for padding, other characters, white space, and bits beyond the last byte.
    static func decodeUnpadded(_ text: some StringProtocol) -> [UInt8]? {
        guard !text.utf8.contains(UInt8(ascii: "=")) else { return nil }
        return decodePadded(text + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4))
    }

    static func decodePadded(_ text: some StringProtocol) -> [UInt8]? {
        guard let data = Data(base64Encoded: String(text)), data.base64EncodedString() == text else { return nil }
        return Array(data)
    }
}
