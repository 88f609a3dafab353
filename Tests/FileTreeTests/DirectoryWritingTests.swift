import Core
import Foundation
import Glibc
import TestSupport
import Testing

@testable import FileTree

@Suite struct DirectoryWritingTests {
    @Test("Mode, owner and time are set on the file itself", .enabled(if: geteuid() == 0, "only root may give files away"))
    func setters() throws {
        let scratch = try Scratch()
        try scratch.write("text", to: "file")
        let directory = try scratch.directory()
        let time = FileTime(seconds: -3, nanoseconds: 999_999_999)
        try directory.setOwner(of: Array("file"), 12, 34)
        try directory.setMode(of: Array("file"), 0o6751)
        try directory.setModified(of: Array("file"), time)
        let status = try directory.status(of: Array("file"))
        #expect(status.owner == 12 && status.group == 34 && status.mode == 0o6751 && status.modified == time)
    }

    @Test("The setters of an open file do the same", .enabled(if: geteuid() == 0, "only root may give files away"))
    func openFileSetters() throws {
        let scratch = try Scratch()
        try scratch.write("text", to: "file")
        let file = try OpenFile.open("\(scratch.path)/file", O_RDWR)
        let accessed = try run("stat", "-c", "%.9X", "\(scratch.path)/file").text
        let time = FileTime(seconds: 4_000_000_000, nanoseconds: 1)
        try file.setOwner(.max - 1, 7)
        try file.setMode(0o2755)
        try file.setModified(time)
        let status = try file.status()
        #expect(status.owner == .max - 1 && status.group == 7 && status.mode == 0o2755 && status.modified == time)
        #expect(try run("stat", "-c", "%.9X", "\(scratch.path)/file").text == accessed)
    }

    @Test("Owner and time of a link are its own, not its target's", .enabled(if: geteuid() == 0, "only root may give files away"))
    func links() throws {
        let scratch = try Scratch()
        try scratch.write("text", to: "file")
        try scratch.link("link", to: "file")
        let directory = try scratch.directory()
        let before = try directory.status(of: Array("file"))
        try directory.setOwner(of: Array("link"), 5, 6)
        try directory.setModified(of: Array("link"), FileTime(seconds: 77, nanoseconds: 8))
        let link = try directory.status(of: Array("link"))
        #expect(link.owner == 5 && link.group == 6 && link.modified == FileTime(seconds: 77, nanoseconds: 8))
        #expect(try directory.status(of: Array("file")) == before)
    }

    @Test("A hard link is the same file under a second name")
    func hardLinks() throws {
        let scratch = try Scratch()
        try scratch.write("text", to: "file")
        try scratch.folder("folder")
        let directory = try scratch.directory()
        let folder = try directory.openDirectory(Array("folder"))
        try folder.makeHardLink(Array("second"), to: Array("file"), in: directory)
        let (first, second) = (try directory.status(of: Array("file")), try folder.status(of: Array("second")))
        #expect(first.identity == second.identity && second.linkCount == 2)
        #expect(errorCode { try folder.makeHardLink(Array("second"), to: Array("file"), in: directory) } == EEXIST)
    }

    @Test("A hard link to a link is a link")
    func hardLinkToLink() throws {
        let scratch = try Scratch()
        try scratch.write("text", to: "file")
        try scratch.link("link", to: "file")
        let directory = try scratch.directory()
        try directory.makeHardLink(Array("second"), to: Array("link"), in: directory)
        #expect(try directory.status(of: Array("second")).kind == .symbolicLink)
    }

    @Test(
        "Nodes are made of the kind and number that was asked for",
        arguments: [(FileKind.fifo, UInt32(0), UInt32(0)), (.characterDevice, 1, 3), (.blockDevice, 259, 70_000)])
    func nodes(kind: FileKind, major: UInt32, minor: UInt32) throws {
        let scratch = try Scratch()
        let directory = try scratch.directory()
        do { try directory.makeNode(Array("node"), kind: kind, major: major, minor: minor) } catch {
            // Only root may make devices.
            #expect(error.code == EPERM && kind != .fifo && geteuid() != 0)
            return
        }
        let status = try directory.status(of: Array("node"))
        #expect(status.kind == kind && status.deviceMajor == major && status.deviceMinor == minor && status.mode & 0o077 == 0)
    }

    @Test("A rename replaces what is there, and a removal removes only its own kind")
    func renameAndRemove() throws {
        let scratch = try Scratch()
        try scratch.write("new text", to: "old")
        try scratch.write("old text", to: "new")
        try scratch.folder("folder/inner")
        let directory = try scratch.directory()
        try directory.rename(Array("old"), to: Array("new"))
        #expect(try String(contentsOfFile: "\(scratch.path)/new", encoding: .utf8) == "new text")
        #expect(errorCode { try directory.removeFile(Array("folder")) } == EISDIR)
        #expect(errorCode { try directory.removeDirectory(Array("folder")) } == ENOTEMPTY)
        #expect(errorCode { try directory.removeDirectory(Array("new")) } == ENOTDIR)
        try directory.openDirectory(Array("folder")).removeDirectory(Array("inner"))
        try directory.removeDirectory(Array("folder"))
        try directory.removeFile(Array("new"))
        #expect(try directory.names().isEmpty)
    }

    @Test("A new directory is its owner's alone, and is not made twice")
    func makeDirectory() throws {
        let scratch = try Scratch()
        let directory = try scratch.directory()
        try directory.makeDirectory([0xFF])
        #expect(try directory.status(of: [0xFF]).mode == 0o700)
        #expect(errorCode { try directory.makeDirectory([0xFF]) } == EEXIST)
    }

    @Test("A removed link leaves its target")
    func removeLink() throws {
        let scratch = try Scratch()
        try scratch.write("text", to: "file")
        try scratch.link("link", to: "file")
        let directory = try scratch.directory()
        try directory.removeFile(Array("link"))
        #expect(try Array(directory.names()) == [Array("file")])
    }
}
