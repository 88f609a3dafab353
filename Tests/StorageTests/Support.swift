import Foundation
import Glibc
import TestSupport
import Testing

@testable import FileTree
@testable import Storage

/// A directory that lives as long as the value does.
final class Scratch {
    let path: String

    init() throws {
        var template = Array("/tmp/storage-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw POSIXError(.EIO) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func names(_ folder: String = "") throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(path)/\(folder)").sorted()
    }
}

/// Runs a program to its end; its exit status.
@discardableResult
func run(_ tool: String, _ arguments: String...) throws -> Int32 { try ChildProcess.run([tool] + arguments).status }

/// A small file system of its own at a path, as long as the value lives.
final class Mount {
    private let path: String

    /// Nil where this process may not mount.
    init?(at path: String, options: String) throws {
        self.path = path
        guard try run("mount", "-t", "tmpfs", "-o", options, "tmpfs", path) == 0 else { return nil }
    }

    static let isPermitted: Bool = {
        guard let scratch = try? Scratch(), let mount = try? Mount(at: scratch.path, options: "size=64k") else { return false }
        withExtendedLifetime(mount) {}
        return true
    }()

    func makeReadOnly() throws { #expect(try run("mount", "-o", "remount,ro", path) == 0) }

    deinit { _ = try? run("umount", "-l", path) }
}

/// Runs `body` as a user whom permissions bind: on Linux each thread has a user of its own for file access, and root's
/// privileges over files go with it. Source: setfsuid(2).
func withoutPrivileges<Result>(_ body: () throws -> Result) throws -> Result {
    typealias Call = @convention(c) (UInt32) -> Int32
    let symbol = try #require(dlsym(nil, "setfsuid"))
    let setUser = unsafeBitCast(symbol, to: Call.self)
    guard geteuid() == 0 else { return try body() }
    _ = setUser(65_534)
    defer { _ = setUser(0) }
    return try body()
}

/// The kind of the error that `body` must end with.
func errorKind(_ body: () throws -> Void) -> StoreError.Kind? {
    do { try body() } catch let error as StoreError { return error.kind } catch {}
    return nil
}

extension [UInt8] {
    init(_ text: String) { self = Array(text.utf8) }
}

/// Runs `body` on so many threads at once, each with its number; returns when all have ended.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    DispatchQueue.concurrentPerform(iterations: count, execute: body)
}
