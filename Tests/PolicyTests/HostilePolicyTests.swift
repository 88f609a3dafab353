import Foundation
import TestSupport
import Testing

@testable import Policy
@testable import StrictYAML

@Suite struct HostilePolicyTests {
    private static func bomb(levels: Int, width: Int) -> String {
        let lines = (1..<levels).map { "a\($0): &a\($0) [" + Array(repeating: "*a\($0 - 1)", count: width).joined(separator: ", ") + "]" }
        return (["a0: &a0 lol"] + lines).joined(separator: "\n")
    }

    private static let small = bomb(levels: 15, width: 3)

    private static let bombs: [(String, String)] = [
        (bomb(levels: 9, width: 10), "the policy is too large"), (bomb(levels: 60, width: 3), "there are too many anchors and aliases"),
        (small + "\n? [*a14]\n: x", "a key may hold an alias"), (small + "\n*a14 : x", "a key may hold an alias"),
        (small + "\n[*a14]: x", "a key may hold an alias"),
        ("a: [" + String(repeating: "a, ", count: 60_000) + "]", "the policy is too large"),
    ]

    @Test(arguments: bombs)
    func `A policy that expands without end is refused at once`(_ text: String, _ message: String) throws {
        let found = try problems(text)
        #expect(found.count == 1 && found[0].contains(message), "\(found)")
    }

    @Test(arguments: ["[", "{a: ", "- ", "? ", "a:\n "])
    func `Nesting without end is an error`(_ opener: String) throws {
        #expect(try !problems(String(repeating: opener, count: 50_000)).isEmpty)
    }

    @Test func `The example cut anywhere is read or refused, never more`() throws {
        let bytes = Array(try exampleText().utf8)
        for count in 0..<bytes.count {
            let found = try problems(String(decoding: bytes[..<count], as: UTF8.self))
            #expect(found.allSatisfy { $0.hasPrefix("p.yaml:") }, "cut at \(count)")
        }
    }

    @Test(arguments: [UInt64](1...10).map { $0 &* 15_485_863 })
    func `The example with any bytes changed is read or refused, never more`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let source = Array(try exampleText().utf8)
        for _ in 0..<100 {
            var bytes = source
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            let found = try problems(String(decoding: bytes, as: UTF8.self))
            #expect(found.allSatisfy { $0.hasPrefix("p.yaml:") }, "seed \(seed)")
        }
    }
}
