import Core
import Foundation
import Glibc
import TestSupport
import Testing

@testable import FileTree

/// Walks in which something cannot be read, or moves meanwhile.
@Suite struct WalkerFailureTests {
    @Test("A directory that may not be read is reported, and the walk goes on")
    func unreadable() throws {
        let scratch = try Scratch()
        for name in ["a/x", "b/x", "c/x", "d"] { try scratch.write("text", to: name) }
        try run("chmod", "000", "\(scratch.path)/b")
        try run("chmod", "755", scratch.path)
        let (paths, failures) = try withoutPrivileges { try walk(try scratch.directory()) }
        #expect(failures.map(\.path) == [Array("b")] && failures.map(\.code) == [EACCES])
        #expect(paths == ["", "a", "a/x", "c", "c/x", "d"].map { Array($0) })
    }

    @Test("What is in a directory that may be listed but not searched is reported one by one")
    func unsearchable() throws {
        let scratch = try Scratch()
        for name in ["a/x", "a/y", "b"] { try scratch.write("text", to: name) }
        try run("chmod", "644", "\(scratch.path)/a")
        try run("chmod", "755", scratch.path)
        let (paths, failures) = try withoutPrivileges { try walk(try scratch.directory()) }
        #expect(failures.map(\.path) == [Array("a/x"), Array("a/y")] && failures.allSatisfy { $0.code == EACCES })
        #expect(paths == ["", "a", "b"].map { Array($0) })
    }

    @Test("What vanishes before its turn is reported, and the walk goes on")
    func vanished() throws {
        let scratch = try Scratch()
        for name in ["a", "b/x", "c"] { try scratch.write("text", to: name) }
        var walker = try Walker(root: scratch.directory(), oneFileSystem: false)
        _ = walker.next { _ in true }
        try run("rm", "-r", "\(scratch.path)/b")
        var (paths, removed) = ([[UInt8]](), [[UInt8]]())
        while let event = walker.next(descend: { _ in true }) {
            switch event {
            case .file(let file): paths.append(file.path)
            case .removed(let path): removed.append(path)
            case .failed(let path, let error): Issue.record("\(path): \(error)")
            }
        }
        #expect(paths == [Array("a"), Array("c")] && removed == [Array("b")])
    }

    @Test("What is in a directory that is removed is removed with it")
    func vanishedWhole() throws {
        let scratch = try Scratch()
        for name in ["tree/a", "tree/b", "z"] { try scratch.write("text", to: name) }
        var walker = try Walker(root: scratch.directory(), oneFileSystem: false)
        var (paths, removed) = ([[UInt8]](), [[UInt8]]())
        while let event = walker.next(descend: { _ in true }) {
            switch event {
            case .file(let file):
                paths.append(file.path)
                if file.name == Array("tree") { try run("rm", "-r", "\(scratch.path)/tree") }
            case .removed(let path): removed.append(path)
            case .failed(let path, let error): Issue.record("\(path): \(error)")
            }
        }
        #expect(paths == ["", "tree", "z"].map { Array($0) } && removed == ["tree/a", "tree/b"].map { Array($0) })
    }

    @Test("A name that is listed and answers that it is not there is a failure, time and again")
    func listedAndNotThere() throws {
        let scratch = try Scratch()
        let directory = try Directory.open(scratch.path)
        var relisting = Relisting()
        try scratch.write("text", to: "listed")
        func missing() throws(SystemError) -> Int { throw SystemError("open", path: "listed", code: ENOENT) }
        var attempts = 0
        #expect(throws: SystemError("open", path: "listed", code: ENOENT)) {
            _ = try relisting.attempt(Array("listed"), in: directory) { () throws(SystemError) -> Int in
                attempts += 1
                return try missing()
            }
        }
        #expect(attempts > 1)
        #expect(try relisting.attempt(Array("unlisted"), in: directory, missing) == nil)
        // Whatever else fails is no question of listings.
        attempts = 0
        #expect(throws: SystemError.self) {
            _ = try relisting.attempt(Array("listed"), in: directory) { () throws(SystemError) -> Int in
                attempts += 1
                throw SystemError("open", path: "listed", code: EIO)
            }
        }
        #expect(attempts == 1)
        // It has come back meanwhile.
        attempts = 0
        let found = try relisting.attempt(Array("listed"), in: directory) { () throws(SystemError) -> Int in
            attempts += 1
            return attempts > 1 ? attempts : try missing()
        }
        #expect(found == 2)
    }

    @Test("What is skipped is not even looked at")
    func skipped() throws {
        let scratch = try Scratch()
        for name in ["a/x", "b/x"] { try scratch.write("text", to: name) }
        try run("chmod", "000", "\(scratch.path)/a")
        try run("chmod", "755", scratch.path)
        var events: [WalkEvent] = []
        try withoutPrivileges {
            var walker = try Walker(root: scratch.directory(), oneFileSystem: false)
            while let event = walker.next(skip: { $0 == Array("a") }, descend: { _ in true }) { events.append(event) }
        }
        let paths = events.map { if case .file(let file) = $0 { file.path } else { Array("failed") } }
        #expect(paths == ["", "b", "b/x"].map { Array($0) })
    }

    @Test("A directory that is swapped for a link before its turn is not followed")
    func swapped() throws {
        let scratch = try Scratch()
        for name in ["a", "b/x", "other/secret"] { try scratch.write("text", to: name) }
        var walker = try Walker(root: scratch.directory(), oneFileSystem: false)
        _ = walker.next { _ in true }
        try run("mv", "\(scratch.path)/b", "\(scratch.path)/../\(URL(fileURLWithPath: scratch.path).lastPathComponent)/other/b")
        try scratch.link("b", to: "other")
        var paths: [[UInt8]] = []
        while let event = walker.next(descend: { $0.name != Array("other") }) {
            if case .file(let file) = event { paths.append(file.path) }
        }
        #expect(paths == [Array("a"), Array("b"), Array("other")])
    }

    @Test("A directory near the top that is renamed while it is walked is walked to its end")
    func renamedNearTop() throws {
        let scratch = try Scratch()
        for name in ["a/b/x", "a/y", "z"] { try scratch.write("text", to: name) }
        var paths: [[UInt8]] = []
        var walker = try Walker(root: scratch.directory(), oneFileSystem: false)
        while let event = walker.next(descend: { _ in true }) {
            guard case .file(let file) = event else { continue }
            paths.append(file.path)
            if file.path == Array("a/b") { try run("mv", "\(scratch.path)/a", "\(scratch.path)/moved") }
        }
        #expect(paths == ["", "a", "a/b", "a/b/x", "a/y", "z"].map { Array($0) })
    }

    /// A directory so deep that those above it are closed is moved elsewhere.
    @Test("A walk that cannot find its way back says so, and never goes on in another directory")
    func movedFarDown() throws {
        let scratch = try Scratch()
        let depth = 60
        let deep = (0..<depth).map { _ in "d" }.joined(separator: "/")
        try scratch.write("text", to: "tree/\(deep)/bottom")
        try scratch.write("text", to: "tree/\(deep)/y/x")
        // Everything beside the way down comes behind it.
        try scratch.write("text", to: "tree/d/z")
        try scratch.write("text", to: "tree/z")
        try scratch.write("text", to: "elsewhere/z-foreign")
        var walker = try Walker(root: try Directory.open("\(scratch.path)/tree"), oneFileSystem: false)
        var (paths, failures) = ([String](), [String]())
        while let event = walker.next(descend: { _ in true }) {
            switch event {
            case .file(let file):
                paths.append(String(decoding: file.path, as: UTF8.self))
                if file.name == Array("bottom") {
                    let half = (0..<10).map { _ in "d" }.joined(separator: "/")
                    try run("mv", "\(scratch.path)/tree/\(half)", "\(scratch.path)/elsewhere/d")
                }
            case .failed(let path, _), .removed(let path): failures.append(String(decoding: path, as: UTF8.self))
            }
        }
        #expect(!paths.contains { $0.contains("foreign") })
        #expect(paths.contains("\(deep)/y/x") && paths.last == "z")
        // Either found again or reported: nothing is left out in silence.
        #expect(paths.contains("d/z") || failures.contains("d"))
        #expect(failures.isEmpty || failures.allSatisfy { deep.hasPrefix($0) })
    }
}
