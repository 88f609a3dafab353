import TestSupport
import Testing

@testable import Core

@Suite struct TreePathTests {
    @Test(
        "Paths of components are paths",
        arguments: ["a", "a/b", "...", "..a", "a..", ".a", "a/...", "a/.b", "-", " ", "a b/\n", "\u{FEFF}", "ä/日本", "~", "a:b", "\\"])
    func valid(text: String) throws {
        let path = try #require(TreePath(text))
        #expect(path.bytes == Array(text.utf8))
        #expect(path.components.joined(separator: [UInt8(ascii: "/")]).elementsEqual(path.bytes))
    }

    @Test(
        "Nothing absolute, empty, `.` or `..` is a path",
        arguments: [
            "", "/", "/a", "a/", "a//b", "//", ".", "..", "./a", "../a", "a/.", "a/..", "a/./b", "a/../b", "a\0", "\0", "a/\0", "../..",
            "a/b/..",
        ])
    func invalid(text: String) {
        #expect(TreePath(text) == nil)
    }

    @Test("Bytes that are no text are names too")
    func anyBytes() {
        for byte in UInt8(1)...UInt8.max where byte != UInt8(ascii: "/") && byte != UInt8(ascii: ".") {
            #expect(TreePath([byte]) != nil, "byte \(byte)")
        }
    }

    @Test("A path may be as long as the limit and no longer")
    func longest() {
        #expect(TreePath([UInt8](repeating: 97, count: TreePath.bytesMax)) != nil)
        #expect(TreePath([UInt8](repeating: 97, count: TreePath.bytesMax + 1)) == nil)
    }

    @Test("A child is one component more, and never two")
    func appending() throws {
        let path = try #require(TreePath("a"))
        #expect(path.appending(Array("b".utf8)) == TreePath("a/b"))
        for name in ["", ".", "..", "b/c", "/", "b\0"] { #expect(path.appending(Array(name.utf8)) == nil, "\(name)") }
    }

    @Test("Name, parent and being within follow the components")
    func relations() throws {
        let path = try #require(TreePath("a/bc/d"))
        #expect(path.name == Array("d".utf8) && path.parent == TreePath("a/bc"))
        let top = try #require(TreePath("a"))
        #expect(top.name == Array("a".utf8) && top.parent == nil)
        #expect(path.isWithin(path) && path.isWithin(top))
        let neighbour = try #require(TreePath("a/b"))
        #expect(!path.isWithin(neighbour) && !top.isWithin(path))
    }

    @Test("Paths sort component by component, as a walk meets them", arguments: seeds)
    func order(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let letters: [UInt8] = [1, 0x20, 0x2D, 0x2E, 0x30, 0x61, 0x62, 0xC3, 0xFF]
        var paths: Set<TreePath> = []
        for _ in 0..<300 {
            let components = (0...random.below(4)).map { _ in (0...random.below(3)).map { _ in letters[random.below(letters.count)] } }
            if let path = TreePath(Array(components.joined(separator: [UInt8(ascii: "/")]))) { paths.insert(path) }
        }
        let walked = paths.sorted { left, right in
            left.components.lexicographicallyPrecedes(right.components) { $0.lexicographicallyPrecedes($1) }
        }
        #expect(paths.sorted() == walked)
        for (left, right) in zip(walked, walked.dropFirst()) { #expect(left < right && !(right < left)) }
    }

    @Test("All that is in a directory comes before the directory's next neighbour")
    func neighbours() throws {
        let sorted = ["a", "a/b", "a/b/c", "a/z", "a b", "a-", "a.b", "a0", "b"]
        let paths = try sorted.map { try #require(TreePath($0)) }
        #expect(paths.shuffled().sorted() == paths)
    }
}
