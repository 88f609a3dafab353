import TestSupport
import Testing

@testable import Core

@Suite struct SHA256DigestTests {
    /// Source: NIST, "Descriptions of SHA-256", and FIPS 180-2 appendix B.
    @Test(
        "The digests are those that the standard lists",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ])
    func knownVectors(text: String, hex: String) {
        #expect(SHA256Digest(of: Array(text.utf8)).hex == hex)
    }

    @Test("A million letters have the digest that the standard lists")
    func millionLetters() {
        let digest = SHA256Digest(of: [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000))
        #expect(digest.hex == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test("A digest is the same when the bytes come in pieces", arguments: seeds)
    func pieces(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let bytes = random.bytes(random.below(5000))
        var hasher = SHA256Hasher()
        var position = 0
        while position < bytes.count {
            let end = min(bytes.count, position + random.below(200))
            hasher.update(Array(bytes[position..<end]))
            position = end
        }
        #expect(hasher.finish() == SHA256Digest(of: bytes))
    }

    @Test("Hexadecimal digits are read back to the same digest", arguments: seeds)
    func hexRoundTrip(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<100 {
            let digest = SHA256Digest(of: random.bytes(8))
            let again = try #require(SHA256Digest(hex: digest.hex))
            #expect(again == digest && again.hexBytes == digest.hexBytes)
        }
    }

    @Test("Anything but 64 lower-case hexadecimal digits is no digest")
    func refusals() {
        let good = SHA256Digest(of: []).hex
        let tail = String(good.dropFirst())
        let others: [String] = [
            "", String(good.dropLast()), "\(good)0", good.uppercased(), "g\(tail)", " \(tail)", "-\(tail)", "\(good.dropLast())\n",
            "0x\(good.dropFirst(2))", "ä\(good.dropFirst(2))",
        ]
        for text in others { #expect(SHA256Digest(hex: text) == nil, "\(text)") }
    }

    @Test("Digests and their hexadecimal names sort alike", arguments: seeds)
    func order(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var digests = (0..<200).map { _ in SHA256Digest(words: (random.next(), random.next(), random.next(), random.next())) }
        // Pairs that differ in one word only.
        digests += digests.prefix(50).map { SHA256Digest(words: ($0.words.0, $0.words.1, $0.words.2, $0.words.3 ^ 1)) }
        digests += digests.prefix(50).map { SHA256Digest(words: ($0.words.0, $0.words.1, $0.words.2 ^ 1 << 63, $0.words.3)) }
        #expect(digests.sorted().map(\.hex) == digests.map(\.hex).sorted())
    }

    @Test("sha256sum gives the same name")
    func stockTool() throws {
        let scratch = try Scratch()
        var random = SeededGenerator(seed: 5)
        let bytes = random.bytes(70_000)
        let output = try run("sha256sum", try scratch.write(bytes, to: "file"))
        #expect(output.text.hasPrefix(SHA256Digest(of: bytes).hex))
    }
}
