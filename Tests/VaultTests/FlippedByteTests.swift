import Core
import Storage
import TestSupport
import Testing

@testable import Vault

/// A small vault in which one byte is wrong, anywhere.
@Suite struct FlippedByteTests {
    private static let files = ["a/one": noise(300, seed: 1), "b": noise(2500, seed: 2), "empty": []]

    /// All objects of a vault by name.
    private func objects(_ test: TestVault) throws -> [String] {
        try ["VAULT", "RESTORE.md", "restore.sh"] + Folder.allCases.flatMap { try test.vault.store.list($0).map(\.name.text) }
    }

    @Test("A wrong byte anywhere is found, and nothing wrong is ever read", arguments: 0..<4)
    func everywhere(part: Int) throws {
        let test = try TestVault()
        let snapshot = try backup(Self.files, to: test.vault)
        for name in try objects(test) {
            let bytes = try test.scratch.read(name)
            // Every place of small objects would take minutes: the parts take every 41st each, and other bits.
            for index in stride(from: part * 10, to: bytes.count, by: 41) {
                var changed = bytes
                changed[index] ^= 1 << ((index + part) % 8)
                try test.scratch.write(changed, to: name)
                #expect(isFound(test), "byte \(index) of \(name)")
                if let read = try? readBack(test.vault, snapshot) {
                    for (path, content) in read.contents {
                        #expect(content == nil || content == Self.files[path], "byte \(index) of \(name)")
                    }
                }
            }
            try test.scratch.write(bytes, to: name)
        }
        #expect(try verify(test.vault).isSound)
    }

    private func isFound(_ test: TestVault) -> Bool {
        do { return try !verify(Vault.open(at: test.scratch.path)).isSound } catch let error as Failure {
            return error.code == .damaged || error.code == .usage
        } catch {
            return false
        }
    }
}
