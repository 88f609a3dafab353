import TestSupport
import Testing

@testable import Core

/// Paths as text, and back.
@Suite struct PathTextTests {
    @Test(arguments: [
        ("plain", "plain"), ("a b/ünï", "a b/ünï"), ("two\nlines", #"two\012lines"#), ("\u{1B}[31m", #"\033[31m"#),
        ("\u{85}", #"\302\205"#),
        (#"a\b"#, #"a\b"#), (#"a\012"#, #"a\134012"#), (#"\"#, #"\"#), (#"a\01"#, #"a\01"#), (#"a\000"#, #"a\000"#),
    ]) func textIsWhatATerminalMayShow(name: String, text: String) {
        #expect(PathText.text(Array(name.utf8)) == text)
        #expect(PathText.bytes(text) == Array(name.utf8))
    }

    @Test func bytesThatAreNoTextAreEscapedOneByOne() {
        #expect(PathText.text([0x61, 0xFF, 0x62]) == #"a\377b"#)
        #expect(PathText.text([0xC3, 0xA9, 0xC3]) == #"é\303"#)
        // The encoding of a surrogate, and an overlong slash.
        #expect(PathText.text([0xED, 0xA0, 0x80, 0xC0, 0xAF]) == #"\355\240\200\300\257"#)
        #expect(PathText.ifNeeded([0xFF]) == #"\377"# && PathText.ifNeeded(Array(#"two\nlines"#.utf8)) == nil)
    }

    /// No two names have one text, and each comes back from its own.
    @Test(arguments: UInt64(1)...4) func everyNameComesBackFromItsText(seed: UInt64) {
        var state = seed
        func next(_ bound: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % bound
        }
        let likely: [UInt8] = Array(#"\\\01237é"#.utf8) + [0xFF, 0xC3, 0x0A]
        for _ in 0..<20_000 {
            let name = (0..<next(9)).map { _ in next(3) == 0 ? UInt8(1 + next(255)) : likely[Int(next(UInt64(likely.count)))] }
            let text = PathText.text(name)
            #expect(PathText.bytes(text) == name, "seed \(seed): \(name)")
            #expect(!text.unicodeScalars.contains { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) }, "seed \(seed): \(name)")
        }
    }
}
