import Core
import Tarball
import TestSupport
import Testing

@testable import Vault

@Suite struct RecipeTests {
    private static let hex = String(repeating: "a", count: 64)

    @Test("A recipe is read back, with the size of the whole", arguments: seeds)
    func roundTrip(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let parts = (0...random.below(50)).map { _ in
            Recipe.Part(id: SHA256Digest(of: random.bytes(8)), size: random.below(BlobMember.contentBytesMax + 1))
        }
        let recipe = Recipe(parts: parts)
        #expect(Recipe(text: recipe.text) == recipe)
        #expect(recipe.size == parts.reduce(0) { $0 + Int64($1.size) })
    }

    @Test(
        "Anything but lines of a blob and a size is refused",
        arguments: [
            "", "\n", hex, "\(hex)\n", "\(hex) \n", "\(hex) 5", "\(hex)  5\n", "\(hex)\t5\n", "\(hex) 5 \n", "\(hex) 5\n\n", "\n\(hex) 5\n",
            "\(hex) -1\n", "\(hex) 5\r\n", "\(hex) 0x5\n", "\(hex) 67108865\n", "\(hex) 9999999999\n", "\(hex) 99999999999999999999\n",
            "\(hex.uppercased()) 5\n", "\(hex.dropLast()) 5\n", "\(hex)a 5\n", "\(hex) 5\n\(hex) x\n", "\(hex) ٣\n",
        ])
    func refusals(text: String) {
        #expect(Recipe(text: Array(text.utf8)) == nil)
    }

    @Test("One recipe has one spelling", arguments: ["\(hex) +5\n", "\(hex) 05\n", "\(hex) -0\n", "\(hex) 000000005\n"])
    func secondSpellings(text: String) {
        #expect(Recipe(text: Array(text.utf8)) == nil)
    }

    @Test("A recipe with any one bit flipped is refused, or says something else")
    func flipped() {
        let recipe = Recipe(parts: [.init(id: SHA256Digest(of: [1]), size: 1234), .init(id: SHA256Digest(of: [2]), size: 56)])
        var text = recipe.text
        for index in text.indices {
            for bit in 0..<8 {
                text[index] ^= 1 << bit
                #expect(Recipe(text: text) != recipe)
                text[index] ^= 1 << bit
            }
        }
    }
}
