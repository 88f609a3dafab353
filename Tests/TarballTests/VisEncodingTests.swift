import TestSupport
import Testing

@testable import Tarball

@Suite struct VisEncodingTests {
    private func encode(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        VisEncoding.append(bytes, to: &text)
        return text
    }

    @Test("Every byte value is read back, and is written as printable ASCII without blanks")
    func everyByte() {
        for byte in UInt8.min...UInt8.max {
            let text = encode([byte])
            #expect(text.allSatisfy { (0x21...0x7E).contains($0) }, "byte \(byte)")
            #expect(VisEncoding.decode(text[...]) == [byte], "byte \(byte)")
        }
    }

    @Test("Any bytes are read back, from the middle of a text too", arguments: seeds)
    func anyBytes(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let bytes = random.bytes(random.below(40))
            let text = encode(bytes)
            #expect(VisEncoding.decode(text[...]) == bytes)
            let longer = Array(" ".utf8) + text + Array(" ".utf8)
            #expect(VisEncoding.decode(longer[1..<(longer.count - 1)]) == bytes)
        }
    }

    @Test("What has a meaning in mtree, a shell or an index is escaped")
    func escapes() {
        let special = Array("\\#=*?[]'`$\", \t\n".utf8) + [0, 0x7F, 0x80, 0xFF]
        for byte in special where byte != UInt8(ascii: "\"") { #expect(encode([byte]).count == 4, "byte \(byte)") }
        #expect(encode(Array("a b".utf8)) == Array("a\\040b".utf8))
    }

    @Test("One name has one spelling: any three digits after a backslash are either the escape or refused")
    func oneSpelling() {
        for value in 0..<1000 {
            let digits = String(value)
            let text = Array(("\\" + String(repeating: "0", count: 3 - digits.count) + digits).utf8)
            if let bytes = VisEncoding.decode(text[...]) { #expect(encode(bytes) == text) }
        }
    }

    @Test("A raw byte stands for itself only where it is written so")
    func rawBytes() {
        for byte in UInt8.min...UInt8.max {
            let decoded = VisEncoding.decode([byte][...])
            #expect((decoded != nil) == (encode([byte]) == [byte]), "byte \(byte)")
            // The path with a backslash elsewhere must be as strict.
            #expect((VisEncoding.decode([byte] + Array("\\040".utf8)) != nil) == (decoded != nil), "byte \(byte)")
        }
    }

    @Test(
        "Broken escapes are refused",
        arguments: ["\\", "\\0", "\\04", "a\\04", "\\400", "\\777", "\\08a", "\\s", "\\\\", "\\n", "\\x20", "\\-40", "\\141", "\\040\\04"])
    func refusals(text: String) {
        #expect(VisEncoding.decode(Array(text.utf8)[...]) == nil)
    }

    @Test("Nothing is nothing")
    func empty() {
        #expect(encode([]).isEmpty && VisEncoding.decode([]) == [])
    }
}
