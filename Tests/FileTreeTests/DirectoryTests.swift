import Core
import Foundation
import Glibc
import TestSupport
import Testing

@testable import FileTree

@Suite struct DirectoryTests {
    @Test("Names come sorted by bytes, without `.` and `..`")
    func names() throws {
        let scratch = try Scratch()
        let directory = try scratch.directory()
        var expected: [[UInt8]] = (UInt8(1)...UInt8.max).filter { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ".") }.map { [$0] }
        expected += [Array("a-"), Array("ab"), Array("a b"), Array("..."), Array(".a"), [UInt8](repeating: 0xFE, count: 255)]
        for name in expected.shuffled() { _ = try directory.open(name, O_WRONLY | O_CREAT) }
        let names = try directory.names()
        #expect(Array(names) == expected.sorted { $0.lexicographicallyPrecedes($1) })
    }

    @Test("A directory can be listed again and again, and an empty one has no names")
    func listAgain() throws {
        let scratch = try Scratch()
        let directory = try scratch.directory()
        #expect(try directory.names().isEmpty)
        try scratch.write("text", to: "a")
        for _ in 0..<2 { #expect(try Array(directory.names()) == [Array("a")]) }
    }

    @Test("No name is opened through a symbolic link")
    func linksAreNotFollowed() throws {
        let scratch = try Scratch()
        try scratch.write("text", to: "file")
        try scratch.folder("folder")
        try scratch.link("to-file", to: "file")
        try scratch.link("to-folder", to: "folder")
        let directory = try scratch.directory()
        #expect(errorCode { _ = try directory.open(Array("to-file"), O_RDONLY) } == ELOOP)
        #expect(errorCode { _ = try directory.open(Array("to-file"), O_WRONLY | O_TRUNC) } == ELOOP)
        #expect(errorCode { _ = try directory.openDirectory(Array("to-folder")) } == ENOTDIR)
        #expect(errorCode { _ = try directory.openDirectory(Array("file")) } == ENOTDIR)
        #expect(try directory.status(of: Array("to-file")).kind == .symbolicLink)
    }

    @Test("The root alone may be named by a link")
    func rootLink() throws {
        let scratch = try Scratch()
        try scratch.write("text", to: "folder/file")
        try scratch.link("root", to: "folder")
        #expect(try Array(Directory.open("\(scratch.path)/root").names()) == [Array("file")])
    }

    @Test("A directory that was renamed is still the one that was opened")
    func renamed() throws {
        let scratch = try Scratch()
        try scratch.write("text", to: "old/file")
        let directory = try Directory.open("\(scratch.path)/old")
        try FileManager.default.moveItem(atPath: "\(scratch.path)/old", toPath: "\(scratch.path)/new")
        try scratch.write("text", to: "old/other")
        #expect(try Array(directory.names()) == [Array("file")])
        #expect(try directory.open(Array("file"), O_RDONLY).status().kind == .regular)
    }

    @Test("What is not there is absent, and every other failure is an error")
    func statusIfPresent() throws {
        let scratch = try Scratch()
        try scratch.write("text", to: "file")
        let directory = try scratch.directory()
        #expect(try directory.statusIfPresent(of: Array("none")) == nil)
        #expect(try directory.statusIfPresent(of: Array("file"))?.size == 4)
        #expect(errorCode { _ = try directory.statusIfPresent(of: [UInt8](repeating: 97, count: 300)) } == ENAMETOOLONG)
        #expect(errorCode { _ = try directory.statusIfPresent(of: Array("file/x")) } == ENOTDIR)
        #expect(errorCode { _ = try Directory.open("\(scratch.path)/none") } == ENOENT)
    }

    @Test("A link's target is read whole, whatever its bytes")
    func readLink() throws {
        let scratch = try Scratch()
        let directory = try scratch.directory()
        let targets: [[UInt8]] = [Array("a"), [0xFF, 0x0A, 0x20], [UInt8](repeating: 97, count: 4095)]
        for (number, target) in targets.enumerated() {
            try directory.makeSymbolicLink(Array("link\(number)"), to: target)
            #expect(try directory.readLink(Array("link\(number)")) == target)
        }
        try scratch.write("text", to: "file")
        #expect(errorCode { _ = try directory.readLink(Array("file")) } == EINVAL)
    }

    @Test("An error names the operation, the path and the reason")
    func errorText() throws {
        let scratch = try Scratch()
        let directory = try scratch.directory()
        let error = #expect(throws: SystemError.self) { _ = try directory.open(Array("none"), O_RDONLY) }
        #expect(error?.description == "cannot open \(scratch.path)/none: No such file or directory")
        #expect(error?.isNotFound == true)
    }

    @Test("A path beneath the root of the file system has one separator")
    func rootPath() throws {
        #expect(try Directory.open("/").path(of: Array("a")) == Array("/a"))
        #expect(try Directory.open("/tmp").path(of: Array("a")) == Array("/tmp/a"))
    }

    @Test("A name that a file system lists twice is there once")
    func namesTwice() {
        var list = NameList()
        for name in ["b", "a", "b", "ab", "a", "..", "b"] {
            Array(name.utf8).withUnsafeBufferPointer { list.append($0) }
        }
        list.sort()
        #expect(list.map { String(decoding: $0, as: UTF8.self) } == ["a", "ab", "b"])
    }

    @Test func filesAreOpenedByTheirText() throws {
        let scratch = try Scratch()
        let directory = try scratch.directory()
        try directory.makeDirectory([0x64, 0xFF])
        _ = try Directory.open(#"\#(scratch.path)/d\377"#)
        #expect(Directory.resolved(#"\#(scratch.path)/d\377/../d\377"#)?.hasSuffix(#"/d\377"#) == true)
        try Directory.make(#"\#(scratch.path)/d\377/e/f"#)
        #expect(Directory.exists(#"\#(scratch.path)/d\377/e/f"#) && !Directory.exists("\(scratch.path)/d"))
        #expect(throws: SystemError("open", path: #"\#(scratch.path)/\376"#, code: 2)) { try Directory.open(#"\#(scratch.path)/\376"#) }
    }
}
