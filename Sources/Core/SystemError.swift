import Glibc

/// A system call that failed: what was asked, on what, and the kernel's reason.
public struct SystemError: Error, Sendable, Equatable, CustomStringConvertible {
    public let operation: String
    /// The path as the operator knows it, spelt as `PathText` has it.
    public let path: String
    /// The value of `errno`.
    public let code: Int32

    public init(_ operation: String, path: String, code: Int32) {
        self.operation = operation
        self.path = path
        self.code = code
    }

    public init(_ operation: String, path: [UInt8], code: Int32) {
        self.init(operation, path: PathText.text(path), code: code)
    }

    /// The reason alone, as `strerror` words it.
    public var reason: String { String(cString: strerror(code)) }

    public var description: String { "cannot \(operation) \(path): \(reason)" }

    public var isNotFound: Bool { code == ENOENT || code == ENOTDIR }
}
