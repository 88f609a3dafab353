import Foundation
import Glibc
import TestSupport
import Testing

@testable import FileTree

@Suite struct WalkerTests {
    @Test("A walk meets a directory before what is in it, and all of that before the next name")
    func order() throws {
        let scratch = try Scratch()
        for name in ["b", "a/z", "a/b/c", "a b", "a-", "a.b/x", "a0", "A", "ä"] { try scratch.write("text", to: name) }
        let paths = try walk(scratch.directory()).paths.map { String(decoding: $0, as: UTF8.self) }
        #expect(paths == ["", "A", "a", "a/b", "a/b/c", "a/z", "a b", "a-", "a.b", "a.b/x", "a0", "b", "ä"])
    }

    @Test("Each thing comes with its kind, its parent, and itself if it is a directory")
    func files() throws {
        let scratch = try Scratch()
        try scratch.write("text", to: "folder/file")
        try scratch.link("link", to: "folder")
        let directory = try scratch.directory()
        try directory.makeNode(Array("pipe"), kind: .fifo, major: 0, minor: 0)
        var walker = try Walker(root: directory, oneFileSystem: false)
        var seen: [String: FileKind] = [:]
        while let event = walker.next(descend: { _ in true }) {
            guard case .file(let file) = event else { continue }
            seen[String(decoding: file.path, as: UTF8.self)] = file.status.kind
            #expect((file.directory != nil) == (file.status.kind == .directory))
            if !file.name.isEmpty { #expect(try file.parent.status(of: file.name).identity == file.status.identity) }
        }
        #expect(seen == ["": .directory, "folder": .directory, "folder/file": .regular, "link": .symbolicLink, "pipe": .fifo])
    }

    @Test("A directory that the caller does not want is not entered")
    func descend() throws {
        let scratch = try Scratch()
        for name in ["a/x", "b/x", "c"] { try scratch.write("text", to: name) }
        var asked: [String] = []
        let paths = try walk(scratch.directory()) { file in
            asked.append(String(decoding: file.path, as: UTF8.self))
            return file.name != Array("a")
        }.paths.map { String(decoding: $0, as: UTF8.self) }
        #expect(paths == ["", "a", "b", "b/x", "c"] && asked == ["a", "b"])
    }

    @Test("Links to directories above do not lead a walk in circles")
    func circles() throws {
        let scratch = try Scratch()
        try scratch.folder("a")
        try scratch.link("a/up", to: "..")
        try scratch.link("a/root", to: "/")
        #expect(try walk(scratch.directory()).paths.count == 4)
    }

    @Test("A tree of 3000 levels is walked to its bottom and back, with few files open")
    func deep() throws {
        let scratch = try Scratch()
        var directory = try scratch.directory()
        let depth = 3000
        for _ in 0..<depth {
            try directory.makeDirectory(Array("d"))
            directory = try directory.openDirectory(Array("d"))
            // What comes behind the way down must be found on the way up.
            _ = try directory.open(Array("e"), O_WRONLY | O_CREAT)
        }
        var walker = try Walker(root: try scratch.directory(), oneFileSystem: false)
        var (folders, files, mostOpen) = (0, 0, 0)
        while let event = walker.next(descend: { _ in true }) {
            guard case .file(let file) = event else {
                Issue.record("failed: \(event)")
                continue
            }
            if file.status.kind == .directory { folders += 1 } else { files += 1 }
            if (folders + files).isMultiple(of: 500) { mostOpen = max(mostOpen, try openBeneath(scratch.path)) }
        }
        #expect(folders == depth + 1 && files == depth && mostOpen > 0 && mostOpen < 64)
    }

    /// How many descriptors of this process lead to something beneath `path`.
    private func openBeneath(_ path: String) throws -> Int {
        var count = 0
        for name in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
            // One that was closed since the listing leads nowhere.
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)")
            if let target, target.hasPrefix(path) { count += 1 }
        }
        return count
    }

    @Test("Another file system is shown but not entered, if so asked", .enabled(if: Rights.mayMount, Rights.needsMounts))
    func oneFileSystem() throws {
        let scratch = try Scratch()
        let point = try scratch.folder("mounted")
        try scratch.write("text", to: "z")
        let mount = try #require(try Mount(at: point))
        try scratch.write("text", to: "mounted/file")
        let directory = try scratch.directory()
        #expect(try walk(directory, oneFileSystem: true).paths == [[], Array("mounted"), Array("z")])
        #expect(try walk(directory).paths == [[], Array("mounted"), Array("mounted/file"), Array("z")])
        withExtendedLifetime(mount) {}
    }
}
