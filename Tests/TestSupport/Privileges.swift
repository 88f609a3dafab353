import Glibc
import Testing

/// Runs `body` as a user whom permissions bind: on Linux each thread has a user of its own for file access, and root's
/// privileges over files go with it. Source: setfsuid(2).
public func withoutPrivileges<Result>(_ body: () throws -> Result) throws -> Result {
    typealias Call = @convention(c) (UInt32) -> Int32
    let symbol = try #require(dlsym(nil, "setfsuid"))
    let setUser = unsafeBitCast(symbol, to: Call.self)
    guard geteuid() == 0 else { return try body() }
    _ = setUser(65_534)
    defer { _ = setUser(0) }
    return try body()
}

/// A small file system of its own at a path, as long as the value lives.
public final class Mount {
    private let path: String

    /// Nil where this process may not mount.
    public init?(at path: String, options: String = "size=1m") throws {
        self.path = path
        guard try run("mount", "-t", "tmpfs", "-o", options, "tmpfs", path).status == 0 else { return nil }
    }

    public func makeReadOnly() throws { #expect(try run("mount", "-o", "remount,ro", path).status == 0) }

    deinit { _ = try? run("umount", "-l", path) }
}
