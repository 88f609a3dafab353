/// Why something is no age file, no key, or cannot be decrypted. Messages are sentences without the final stop.
public struct AgeError: Error, Equatable, CustomStringConvertible {
    public enum Code: Sendable {
        /// The text is no key.
        case key
        /// The bytes are not what the format says.
        case malformed
        /// None of the identities opens the file.
        case noMatch
        /// The text was cut off, changed or extended after it was encrypted.
        case tampered
    }

    public let code: Code
    public let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
