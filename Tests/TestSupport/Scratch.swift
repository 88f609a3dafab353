public import Foundation
import Glibc

/// A directory that lives as long as the value does. Paths are given from here.
public final class Scratch: Sendable {
    public let path: String

    /// - Parameter root: `/tmp` for a file system that knows everything; `/dev/shm`, where there is one, for what syncs much.
    public init(in root: String = "/tmp") throws {
        let place = access(root, W_OK) == 0 ? root : "/tmp"
        var template = Array("\(place)/rekindle-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw POSIXError(POSIXError.Code(rawValue: errno) ?? .EIO) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// What a test that failed has left mounted goes first. By programs: names are any bytes, and trees of any depth.
    deinit {
        let mounts = (try? String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)) ?? ""
        let beneath = mounts.split(separator: "\n").compactMap { $0.split(separator: " ").dropFirst().first }.filter {
            $0.hasPrefix(path + "/")
        }
        for mount in beneath.reversed() { _ = try? ChildProcess.run(["umount", "-l", String(mount)]) }
        _ = try? ChildProcess.run(["rm", "-rf", "--one-file-system", path])
    }

    public func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

    /// Puts a file in the place of what is there, with the directories above it; its whole path.
    @discardableResult
    public func write(_ data: Data, to name: String) throws -> String {
        let url = URL(fileURLWithPath: self(name))
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: url)
        return url.path
    }

    @discardableResult
    public func write(_ bytes: [UInt8], to name: String) throws -> String { try write(Data(bytes), to: name) }

    @discardableResult
    public func write(_ text: String, to name: String) throws -> String { try write(Data(text.utf8), to: name) }

    /// Puts a script there that can be run at once. Written by another process: a child that another test is starting would hold the file open
    /// for writing for a moment, and the kernel runs no file that is (`ETXTBSY`).
    public func program(_ name: String, _ script: String) throws {
        let text = try write("#!/bin/sh\n\(script)\n", to: "\(name).text")
        let copied = try ChildProcess.run(["install", "-m", "755", text, self(name)])
        guard copied.status == 0 else { throw POSIXError(.EIO) }
    }

    @discardableResult
    public func folder(_ name: String) throws -> String {
        try FileManager.default.createDirectory(atPath: self(name), withIntermediateDirectories: true)
        return self(name)
    }

    public func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: self(name), withDestinationPath: target)
    }

    public func read(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: self(name)))) }

    public func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: self(name)) }

    public func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: self(name)) }

    public func rename(_ name: String, to other: String) throws {
        let target = URL(fileURLWithPath: self(other))
        try FileManager.default.createDirectory(at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileManager.default.moveItem(atPath: self(name), toPath: target.path)
    }

    /// The names in a directory, sorted.
    public func names(_ folder: String = "") throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: self(folder)).sorted()
    }

    /// All files beneath, as paths from here.
    public func files(_ folder: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: self(folder)).map { "\(folder)/\($0)" }.filter { name in
            var isDirectory: ObjCBool = false
            return FileManager.default.fileExists(atPath: self(name), isDirectory: &isDirectory) && !isDirectory.boolValue
        }.sorted()
    }

    /// Flips the lowest bit of a byte; a negative place counts from the end.
    public func flip(_ name: String, at place: Int) throws {
        var bytes = try read(name)
        bytes[place < 0 ? bytes.count + place : place] ^= 1
        try write(bytes, to: name)
    }
}
