import Core
import Foundation
import Glibc
import TestSupport
import Testing

@testable import Tarball

@Suite struct PaxWriterTests {
    /// Writes an archive of entries; those that are files have their content beside them.
    private func write(_ entries: [(entry: TreeEntry, content: [UInt8])], in scratch: Scratch) throws -> String {
        let path = "\(scratch.path)/archive.tar.zst"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        #expect(descriptor >= 0)
        defer { close(descriptor) }
        let writer = try PaxWriter(descriptor: descriptor, threads: 2)
        for item in entries { try writer.append(item.entry) { try $0.write(item.content.span.bytes) } }
        try writer.close()
        return path
    }

    /// Extracts with one of the two programs, and gives the folder.
    private func extract(_ archive: String, with tool: String, in scratch: Scratch) throws -> String {
        let out = try scratch.folder("out-\(tool)")
        let output =
            tool == "tar"
            ? try run(
                "tar", "--zstd", "--warning=no-timestamp", "--warning=no-unknown-keyword", "--xattrs", "--xattrs-include=*", "--acls",
                "--numeric-owner", "-xpf", archive,
                "-C", out)
            : try run("bsdtar", "--numeric-owner", "--acls", "--xattrs", "-xpSf", archive, "-C", out)
        #expect(output.status == 0 && output.errors.isEmpty, "\(tool): \(output.errors)")
        return out
    }

    private func content(_ path: String) -> [UInt8]? { FileManager.default.contents(atPath: path).map { Array($0) } }

    @Test(
        "Both programs make the same files, links and nodes", .enabled(if: geteuid() == 0, "only root may make devices"),
        arguments: ["tar", "bsdtar"])
    func kinds(tool: String) throws {
        let scratch = try Scratch()
        let text = Array("some content\n".utf8)
        var owned = try TreeEntry.plainFile("dir/file", text, mode: 0o4751)
        (owned.owner, owned.group) = (1234, 4_000_000_000)
        var old = try TreeEntry.plainFile("dir/old", [], mode: 0o400)
        old.modified = .init(seconds: -5, nanoseconds: 0)
        var further = try TreeEntry.plainFile("dir/second", text, mode: 0o4751)
        further.hardLink = owned.path
        (further.owner, further.group) = (owned.owner, owned.group)
        let archive = try write(
            [
                (try .plain("dir", .directory, mode: 0o1777), []), (owned, text), (old, []), (further, text),
                (try .plain("link", .symbolicLink(target: Array("dir/file".utf8)), mode: 0o777), []),
                (try .plain("pipe", .fifo, mode: 0o640), []),
                (try .plain("null", .characterDevice(major: 1, minor: 3), mode: 0o666), []),
                (try .plain("disk", .blockDevice(major: 259, minor: 300), mode: 0o660), []),
            ], in: scratch)
        let out = try extract(archive, with: tool, in: scratch)
        #expect(content("\(out)/dir/file") == text && content("\(out)/dir/second") == text)
        let format = "%F %a %u %g %h %t,%T %.9Y"
        let names = ["dir", "dir/file", "dir/old", "link", "pipe", "null", "disk"].map { "\(out)/\($0)" }
        let listed = try names.map { try run("stat", "-c", format, $0).lines.first ?? "" }
        let time = "1700000000.123456789"
        #expect(listed[0].hasPrefix("directory 1777 0 0 2 0,0 \(time)"))
        #expect(listed[1] == "regular file 4751 1234 4000000000 2 0,0 \(time)")
        #expect(listed[2] == "regular empty file 400 0 0 1 0,0 -5.000000000")
        #expect(listed[3].hasPrefix("symbolic link 777 0 0 1 0,0"))
        #expect(listed[4] == "fifo 640 0 0 1 0,0 \(time)")
        #expect(listed[5] == "character special file 666 0 0 1 1,3 \(time)")
        #expect(listed[6] == "block special file 660 0 0 1 103,12c \(time)")
        #expect(try run("readlink", "\(out)/link").text == "dir/file\n")
    }

    @Test("Names may have any bytes and any length", arguments: ["tar", "bsdtar"])
    func names(tool: String) throws {
        // As the program does when it starts.
        #expect(setlocale(LC_CTYPE, "C.UTF-8") != nil)
        let scratch = try Scratch()
        let long = [UInt8](repeating: UInt8(ascii: "l"), count: 200)
        var paths: Set<[UInt8]> = [
            long, long + [0xFF], Array("plain".utf8), Array("Ünïcode 日本".utf8), Array("two\nlines".utf8), [0xFF, 0xFE], Array(" ".utf8),
        ]
        for byte in UInt8(1)...UInt8.max where byte != UInt8(ascii: "/") { paths.insert([UInt8(ascii: "n"), byte]) }
        // Beneath a folder: what bsdtar takes for a drive letter it takes away, at the beginning of a path only.
        let top = try #require(TreePath("top"))
        let directories = paths.compactMap { top.appending($0) }.sorted()
        let entries = try directories.flatMap { path in
            let inner = try #require(path.appending(long)?.appending(path.name))
            let middle = try #require(path.appending(long))
            return [(path, TreeEntry.Kind.directory), (middle, .directory), (inner, .symbolicLink(target: path.bytes))].map { path, kind in
                (
                    entry: TreeEntry(path: path, kind: kind, mode: 0o755, owner: 0, group: 0, modified: .init(seconds: 1, nanoseconds: 0)),
                    content: [UInt8]()
                )
            }
        }
        let archive = try write(entries, in: scratch)
        let out = try extract(archive, with: tool, in: scratch)
        let found = try run("find", out, "-mindepth", "1", "-printf", "%P\\0")
        #expect(Set(found.bytes.split(separator: 0).map(Array.init)) == Set(entries.map(\.entry.path.bytes) + [top.bytes]))
        let targets = try run("find", out, "-type", "l", "-printf", "%l\\0")
        #expect(Set(targets.bytes.split(separator: 0).map(Array.init)) == Set(directories.map(\.bytes)))
    }

    @Test("Extended attributes keep their bytes", arguments: ["tar", "bsdtar"])
    func attributes(tool: String) throws {
        let scratch = try Scratch()
        var file = try TreeEntry.plainFile("file", Array("x".utf8))
        file.attributes = [
            .init(name: Array("user.binary".utf8), value: [0, 1, 10, 255, 61]), .init(name: Array("user.empty".utf8), value: []),
            .init(name: Array("user.text".utf8), value: Array("a=b\n".utf8)),
        ]
        var folder = try TreeEntry.plain("folder", .directory, mode: 0o755)
        folder.attributes = [.init(name: Array("user.on.folder".utf8), value: Array("yes".utf8))]
        let archive = try write([(file, Array("x".utf8)), (folder, [])], in: scratch)
        let out = try extract(archive, with: tool, in: scratch)
        let got = try run("getfattr", "-d", "-e", "hex", "--absolute-names", "\(out)/file", "\(out)/folder")
        let lines = got.lines.filter { !$0.hasPrefix("#") }
        #expect(lines == ["user.binary=0x00010aff3d", "user.empty=0x", "user.text=0x613d620a", "user.on.folder=0x796573"])
    }

    @Test("Access control lists are set again", arguments: ["tar", "bsdtar"])
    func accessControlLists(tool: String) throws {
        let scratch = try Scratch()
        func value(_ rules: [(tag: UInt8, permissions: UInt8, id: [UInt8])]) -> [UInt8] {
            [2, 0, 0, 0] + rules.flatMap { [$0.tag, 0, $0.permissions, 0] + $0.id }
        }
        let none: [UInt8] = [255, 255, 255, 255]
        let user: [UInt8] = [0xD2, 4, 0, 0]
        let list = value([(1, 6, none), (2, 4, user), (4, 4, none), (8, 5, user), (16, 5, none), (32, 0, none)])
        var file = try TreeEntry.plainFile("file", Array("x".utf8), mode: 0o650)
        file.attributes = [.init(name: Array("system.posix_acl_access".utf8), value: list)]
        var folder = try TreeEntry.plain("folder", .directory, mode: 0o755)
        folder.attributes = [.init(name: Array("system.posix_acl_default".utf8), value: list)]
        let archive = try write([(file, Array("x".utf8)), (folder, [])], in: scratch)
        let out = try extract(archive, with: tool, in: scratch)
        let rules = "user::rw- user:1234:r-- group::r-- group:1234:r-x mask::r-x other::---"
        let got = try run("getfacl", "-n", "-c", "-p", "-E", "\(out)/file").lines
        #expect(got == rules.split(separator: " ").map(String.init))
        let defaults = try run("getfacl", "-d", "-n", "-c", "-p", "-E", "\(out)/folder").lines
        #expect(defaults == rules.split(separator: " ").map(String.init))
    }

    @Test("A file with holes has its content and its holes", arguments: ["tar", "bsdtar"])
    func holes(tool: String) throws {
        let scratch = try Scratch()
        var content = [UInt8](repeating: 0, count: 3 << 20)
        content.replaceSubrange((1 << 20)..<(1 << 20) + 65_536, with: repeatElement(7, count: 65_536))
        var entry = try TreeEntry.plainFile("holes", content)
        entry.dataExtents = [.init(offset: 1 << 20, length: 65_536)]
        var hollow = try TreeEntry.plainFile("hollow", [UInt8](repeating: 0, count: 1 << 20))
        hollow.dataExtents = []
        let archive = try write([(entry, content), (hollow, [UInt8](repeating: 0, count: 1 << 20))], in: scratch)
        let out = try extract(archive, with: tool, in: scratch)
        #expect(self.content("\(out)/holes") == content)
        #expect(self.content("\(out)/hollow") == [UInt8](repeating: 0, count: 1 << 20))
        let blocks = try run("stat", "-c", "%b", "\(out)/holes").lines.first.flatMap { Int($0) }
        #expect(try #require(blocks) * 512 < 1 << 20)
    }

    @Test(
        "A file that gives fewer or more bytes than its size is not passed over in silence", arguments: ["shorter", "far too long for it"])
    func wrongSize(content: String) throws {
        let scratch = try Scratch()
        let entry = try TreeEntry.plainFile("file", Array("ten bytes!".utf8))
        #expect(throws: Failure.self) { _ = try write([(entry, Array(content.utf8))], in: scratch) }
    }

    @Test("Names are written the same whatever the locale of the process is")
    func locale() async {
        await #expect(processExitsWith: .success) {
            setlocale(LC_CTYPE, "C")
            let descriptor = open("/dev/null", O_WRONLY)
            let writer = try PaxWriter(descriptor: descriptor, threads: 1)
            try writer.append(try TreeEntry.plain("Ünïcode", .directory)) { _ in }
            try writer.close()
        }
    }

    @Test("A descriptor that cannot be written is an error")
    func fullDisk() throws {
        let descriptor = open("/dev/full", O_WRONLY)
        defer { close(descriptor) }
        var random = SeededGenerator(seed: 4)
        let content = random.bytes(1 << 20)
        #expect(throws: Failure.self) {
            let writer = try PaxWriter(descriptor: descriptor, threads: 1)
            try writer.append(try TreeEntry.plainFile("file", content)) { try $0.write(content.span.bytes) }
            try writer.close()
        }
    }
}
