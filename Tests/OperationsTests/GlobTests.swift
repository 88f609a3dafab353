import Core
import Operations
import TestSupport
import Testing

/// Patterns for paths.
struct GlobTests {
    @Test(arguments: [
        ("*.tmp", "a.tmp", true), ("*.tmp", "d/e/a.tmp", true), ("*.tmp", "a.tmp.x", false), ("*.tmp", ".tmp", true),
        ("/a", "a", true), ("/a", "d/a", false), ("a", "d/a", true), ("a", "ab", false),
        ("a/b", "a/b", true), ("a/b", "x/a/b", true), ("/a/b", "x/a/b", false), ("a/b", "a/c/b", false),
        ("a/**/b", "a/b", true), ("a/**/b", "a/x/y/b", true), ("/a/**/b", "x/a/b", false), ("**/b", "b", true), ("**", "a/b/c", true),
        ("a/*", "a/b", true), ("a/*", "a/b/c", false), ("a/**", "a/b/c", true), ("/*/c", "b/c", true), ("/*/c", "a/b/c", false),
        ("?", "a", true), ("?", "ab", false), ("??", "ä", true), ("a?c", "abc", true), ("a?c", "a/c", false),
        ("[a-c]x", "bx", true), ("[a-c]x", "dx", false), ("[!a-c]x", "dx", true), ("[!a-c]x", "ax", false), ("[^a]", "b", true),
        ("[]]", "]", true), ("[a", "[a", true), ("[a-]", "-", true), ("[-a]", "-", true), ("[*]", "*", true), ("[*]", "x", false),
        ("\\*", "*", true), ("\\*", "x", false), ("a\\", "a\\", true), ("\\[a]", "[a]", true),
        ("*a*b*c*", "xxaxxbxxcxx", true), ("*a*b*c*", "xxaxxcxxbxx", false), ("*", "", false), ("a//b/", "a/b", true),
        ("A", "a", false), (" ", " ", true),
    ])
    func matchesAsTheTableSays(pattern: String, path: String, expected: Bool) throws {
        #expect(try #require(Glob(pattern)).matches(Array(path.utf8)) == expected)
    }

    @Test(arguments: ["", "/", "//", ".", "..", "a/../b", "./a", "a/.", String(repeating: "x", count: 4097)])
    func whatCanMatchNothingIsNoPattern(text: String) { #expect(Glob(text) == nil) }

    @Test(arguments: [
        ("cache", "cache", true), ("cache", "a/cache/b/c", true), ("cache", "a/cached", false), ("/a/b", "a/b/c", true),
        ("/a/b", "a", false), ("*.d", "x.d/file", true), ("a/**", "a", true),
    ])
    func coversADirectoryWithAllInIt(pattern: String, path: String, expected: Bool) throws {
        #expect(try #require(Glob(pattern)).covers(Array(path.utf8)) == expected)
    }

    @Test func everyByteCanBeMatched() throws {
        for byte in UInt8(1)...255 where byte != UInt8(ascii: "/") {
            #expect(try #require(Glob("/?")).matches([byte]))
            #expect(try #require(Glob("/*")).matches([byte, byte]))
        }
    }

    /// Exponential in a backtracking matcher that is not careful.
    @Test func aHostilePatternTakesNoLongerThanAnyOther() throws {
        let pattern = String(repeating: "*a", count: 500) + "b"
        #expect(try !#require(Glob(pattern)).matches([UInt8](repeating: UInt8(ascii: "a"), count: 2000)))
        let deep = Array(repeating: "**/a", count: 100).joined(separator: "/") + "/b"
        #expect(try !#require(Glob(deep)).matches(Array(Array(repeating: "a", count: 300).joined(separator: "/").utf8)))
    }

    @Test(arguments: UInt64(0)..<20) func aPatternMadeFromAPathMatchesIt(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let letters = Array("ab.-[]*?\\!x".utf8)
            let parts = (0...random.below(4)).map { _ in
                "n" + String(decoding: (0..<random.below(6)).map { _ in letters[random.below(letters.count)] }, as: UTF8.self)
            }
            var pattern = ""
            for part in parts {
                pattern += "/"
                if random.below(5) == 0 { pattern += "**/" }
                for byte in part.utf8 {
                    switch random.below(4) {
                    case 0: pattern += "?"
                    case 1: pattern += "*"
                    default: pattern += "\\" + String(decoding: [byte], as: UTF8.self)
                    }
                }
            }
            let path = parts.joined(separator: "/")
            #expect(try #require(Glob(pattern)).matches(Array(path.utf8)), "seed \(seed): \(pattern) and \(path)")
        }
    }
}
