import Core
import Foundation
import TestSupport
import Testing

@testable import Tarball

/// The tree as bsdtar understands it: what a restore without this program rests on.
@Suite struct MtreeToolTests {
    private func write(_ entries: [TreeEntry], in scratch: Scratch) throws -> String {
        try scratch.write(treeText(entries), to: "tree.mtree")
    }

    @Test("bsdtar lists kind, mode and size of every entry")
    func listing() throws {
        let scratch = try Scratch()
        let file = try write(
            [
                try .plain("a", .directory, mode: 0o755), try .plainFile("a/b c", Array("hello".utf8), mode: 0o4751),
                try .plain("d", .symbolicLink(target: Array("a/b c".utf8)), mode: 0o777), try .plain("e", .fifo, mode: 0o600),
                try .plain("f", .characterDevice(major: 1, minor: 3)), try .plain("g", .blockDevice(major: 8, minor: 17)),
            ], in: scratch)
        let list = try run("bsdtar", "-tvf", file)
        #expect(list.status == 0 && list.errors.isEmpty)
        let fields = list.lines.map { $0.split(separator: " ", omittingEmptySubsequences: true).map(String.init) }
        #expect(fields.map { $0[0] } == ["drwxr-xr-x", "-rwsr-x--x", "lrwxrwxrwx", "prw-------", "crw-r--r--", "brw-r--r--"])
        #expect(fields[1][4] == "5" && fields[4][4] == "1,3" && fields[5][4] == "8,17")
        #expect(list.lines[1].hasSuffix("./a/b c") && list.lines[2].hasSuffix("./d -> a/b c"))
    }

    @Test("bsdtar makes files from a tree and its blobs, to the nanosecond")
    func extraction() throws {
        let scratch = try Scratch()
        let content = Array("some content\n".utf8)
        var entry = try TreeEntry.plainFile("dir/file", content, mode: 0o640)
        entry.modified = .init(seconds: 1_600_000_000, nanoseconds: 5)
        _ = try scratch.folder("blobs")
        _ = try scratch.write(content, to: "blobs/\(SHA256Digest(of: content).hex)")
        _ = try write([try .plain("dir", .directory, mode: 0o711), entry], in: scratch)
        let out = try scratch.folder("out")
        let output = try run(
            "sh", "-c",
            "cd '\(scratch.path)' && bsdtar -cf - --format pax --options hdrcharset=BINARY @tree.mtree | bsdtar -xpSf - -C '\(out)'")
        #expect(output.status == 0 && output.errors.isEmpty)
        #expect(FileManager.default.contents(atPath: "\(out)/dir/file").map { Array($0) } == content)
        let status = try run("stat", "-c", "%a %.9Y", "\(out)/dir/file", "\(out)/dir")
        #expect(status.lines == ["640 1600000000.000000005", "711 1700000000.123456789"])
    }

    @Test("bsdtar makes names of any bytes", arguments: seeds)
    func anyNames(seed: UInt64) throws {
        let scratch = try Scratch()
        var random = SeededGenerator(seed: seed)
        var paths: Set<TreePath> = []
        for byte in UInt8(1)...UInt8.max {
            if let path = TreePath([UInt8(ascii: "n"), byte]), path.components.count == 1 { paths.insert(path) }
        }
        for _ in 0..<50 {
            let name = random.bytes(1 + random.below(200)).map { $0 == 0 || $0 == UInt8(ascii: "/") ? UInt8(ascii: "x") : $0 }
            if let path = TreePath(name) { paths.insert(path) }
        }
        let entries = paths.sorted().map {
            TreeEntry(path: $0, kind: .directory, mode: 0o755, owner: 0, group: 0, modified: .init(seconds: 1, nanoseconds: 0))
        }
        _ = try write(entries, in: scratch)
        let out = try scratch.folder("out")
        let output = try run(
            "sh", "-c",
            "cd '\(scratch.path)' && bsdtar -cf - --format pax --options hdrcharset=BINARY @tree.mtree | bsdtar -xpf - -C '\(out)' && ls -U --zero '\(out)'"
        )
        #expect(output.status == 0 && output.errors.isEmpty)
        let names = Set(output.bytes.split(separator: 0).map(Array.init))
        #expect(names == Set(paths.map(\.bytes)))
    }
}
