import Foundation
import Glibc
import TestSupport
import Testing

@testable import FileTree

/// A directory that lives as long as the value does.
final class Scratch {
    let path: String

    init() throws {
        var template = Array("/tmp/filetree-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw POSIXError(.EIO) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// By a program: it can remove a tree of any depth.
    deinit { _ = try? run("rm", "-rf", path) }

    func directory() throws -> Directory { try Directory.open(path) }

    @discardableResult
    func write(_ name: String, _ text: String = "text") throws -> String {
        let url = URL(fileURLWithPath: "\(path)/\(name)")
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
        return url.path
    }

    @discardableResult
    func folder(_ name: String) throws -> String {
        try FileManager.default.createDirectory(atPath: "\(path)/\(name)", withIntermediateDirectories: true)
        return "\(path)/\(name)"
    }

    func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: "\(path)/\(name)", withDestinationPath: target)
    }
}

/// Runs a program to its end; what it printed, and its exit status.
@discardableResult
func run(_ tool: String, _ arguments: String...) throws -> (status: Int32, text: String) {
    let outcome = try ChildProcess.run(["env", "LC_ALL=C.UTF-8", tool] + arguments)
    return (outcome.status, outcome.text + outcome.errors)
}

/// A small file system of its own at a path, as long as the value lives.
final class Mount {
    private let path: String

    /// Nil where this process may not mount.
    init?(at path: String, options: String = "size=1m") throws {
        self.path = path
        guard try run("mount", "-t", "tmpfs", "-o", options, "tmpfs", path).status == 0 else { return nil }
    }

    static let isPermitted: Bool = {
        guard let scratch = try? Scratch(), let mount = try? Mount(at: scratch.path) else { return false }
        withExtendedLifetime(mount) {}
        return true
    }()

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

/// The code of the error that `body` must end with.
func errorCode(_ body: () throws -> Void) -> Int32? {
    do { try body() } catch let error as SystemError { return error.code } catch {}
    return nil
}

extension [UInt8] {
    init(_ text: String) { self = Array(text.utf8) }
}

/// All events of a walk in order: paths, and failures with their code.
func walk(
    _ root: Directory, oneFileSystem: Bool = false, descend: (WalkedFile) -> Bool = { _ in true }
) throws -> (paths: [[UInt8]], failures: [(path: [UInt8], code: Int32)]) {
    var walker = try Walker(root: root, oneFileSystem: oneFileSystem)
    var paths: [[UInt8]] = []
    var failures: [(path: [UInt8], code: Int32)] = []
    while let event = walker.next(descend: descend) {
        switch event {
        case .file(let file): paths.append(file.path)
        case .failed(let path, let error): failures.append((path, error.code))
        case .removed(let path): failures.append((path, ENOENT))
        }
    }
    return (paths, failures)
}
