import Glibc

/// A system call that failed: what was asked, on what, and the kernel's reason.
public struct SystemError: Error, Sendable, Equatable, CustomStringConvertible {
    /// As a verb: "open".
    public let operation: String
    /// The path as the operator knows it, spelt as `PathText` has it.
    public let path: String
    /// The value of `errno`.
    public let code: Int32

    /// `cannot <operation> <path>: <reason>`.
    public init(_ operation: String, path: String, code: Int32) {
        self.operation = operation
        self.path = path
        self.code = code
    }

    /// The same of a path in bytes.
    public init(_ operation: String, path: [UInt8], code: Int32) {
        self.init(operation, path: PathText.text(path), code: code)
    }

    /// The reason alone, as `strerror` words it.
    public var reason: String { String(cString: strerror(code)) }

    public var description: String { "cannot \(operation) \(path): \(reason)" }

    /// Whether there is no such file, or no directory where one should be.
    public var isNotFound: Bool { code == ENOENT || code == ENOTDIR }
}
