import Core
import FileTree
import Glibc
import Tarball
import TestSupport
import Testing

@testable import Vault

@Suite struct WalkOrderTests {
    @Test("A walk meets paths in the order that a tree keeps them in", arguments: seeds)
    func order(seed: UInt64) throws {
        let scratch = try Scratch(in: "/dev/shm")
        var random = SeededGenerator(seed: seed)
        let letters: [UInt8] = [1, 0x20, 0x2D, 0x2E, 0x30, 0x61, 0x62, 0xC3, 0xFF]
        var folders = [try Directory.open(scratch.path)]
        for _ in 0..<150 {
            let folder = folders[random.below(folders.count)]
            let name = [UInt8(ascii: "n")] + (0..<random.below(4)).map { _ in letters[random.below(letters.count)] }
            guard try folder.statusIfPresent(of: name) == nil else { continue }
            if random.below(2) == 0 {
                try folder.makeDirectory(name)
                folders.append(try folder.openDirectory(name))
            } else {
                _ = try folder.open(name, O_WRONLY | O_CREAT)
            }
        }
        var walker = try Walker(root: try Directory.open(scratch.path), oneFileSystem: false)
        var paths: [TreePath] = []
        while let event = walker.next(descend: { _ in true }) {
            if case .file(let file) = event, !file.path.isEmpty { paths.append(try #require(TreePath(file.path))) }
        }
        #expect(paths.count > 60 && paths == paths.sorted())
    }
}
