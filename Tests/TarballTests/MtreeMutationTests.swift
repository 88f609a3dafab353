import Core
import TestSupport
import Testing

@testable import Tarball

/// Small trees with one thing wrong, all of them.
@Suite struct MtreeMutationTests {
    private func smallTree() throws -> [UInt8] {
        let content = Array("hello".utf8)
        var file = try TreeEntry.plainFile("a/b", content)
        file.attributes = [.init(name: Array("user.k".utf8), value: [0, 1])]
        file.dataExtents = [.init(offset: 1, length: 3)]
        file.changeMark = .init(changed: .init(seconds: 12, nanoseconds: 34), inode: 567)
        var link = try TreeEntry.plainFile("a/c", content)
        link.hardLink = TreePath("a/b")
        link.isUnstable = true
        return treeText([
            try .plain("a", .directory, mode: 0o755), file, link, try .plain("d", .symbolicLink(target: Array("a/b".utf8))),
            try .plain("e", .blockDevice(major: 8, minor: 17)),
        ])
    }

    /// What a byte is replaced by: each of its bits flipped, and the bytes that mean something in a tree.
    private func replacements(_ byte: UInt8) -> Set<UInt8> {
        Set((0..<8).map { byte ^ 1 << $0 } + Array("\n #:./=\\+-,0".utf8) + [0, 0xFF]).subtracting([byte])
    }

    @Test("A tree with one byte changed is refused, or is a tree in order")
    func mutations() throws {
        var text = try smallTree()
        for index in text.indices {
            let original = text[index]
            for byte in replacements(original) {
                text[index] = byte
                if let entries = try? parseTree(text) {
                    #expect(entries.map(\.path) == entries.map(\.path).sorted(), "byte \(index) is \(byte)")
                }
            }
            text[index] = original
        }
    }

    @Test("What a changed tree is read as, is written as that very tree")
    func oneSpelling() throws {
        var text = try smallTree()
        var second: [String] = []
        for index in text.indices {
            let original = text[index]
            for byte in replacements(original) {
                text[index] = byte
                if let entries = try? parseTree(text), treeText(entries) != text { second.append("byte \(index) is \(byte)") }
            }
            text[index] = original
        }
        #expect(second.isEmpty)
    }

    @Test("A tree with one byte too few or too many is refused, or is a tree in order")
    func insertions() throws {
        let text = try smallTree()
        for index in text.indices {
            var shorter = text
            shorter.remove(at: index)
            _ = try? parseTree(shorter)
            for byte in Array("\n #a0/".utf8) {
                var longer = text
                longer.insert(byte, at: index)
                if let entries = try? parseTree(longer) { #expect(entries.map(\.path) == entries.map(\.path).sorted()) }
            }
        }
    }

    @Test("A tree that ends anywhere but behind an entry is refused")
    func truncations() throws {
        let text = try smallTree()
        let whole = try parseTree(text)
        var ends: Set<Int> = []
        for count in 0...whole.count { ends.insert(treeText(Array(whole.prefix(count))).count) }
        for count in 0...text.count {
            let entries = try? parseTree(Array(text.prefix(count)))
            #expect((entries != nil) == ends.contains(count), "after \(count) bytes")
        }
    }

    @Test("Noise is refused", arguments: seeds)
    func noise(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let bytes = random.bytes(1 + random.below(300))
            #expect(throws: MtreeParser.Failure.self) { try parseTree(MtreeWriter.header + bytes) }
        }
    }
}
