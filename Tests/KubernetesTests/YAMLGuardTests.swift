import Foundation
import TestSupport
import Testing

@testable import Kubernetes

@Suite struct YAMLGuardTests {
    private static func bomb(levels: Int, width: Int) -> String {
        let lines = (1..<levels).map { "a\($0): &a\($0) [" + Array(repeating: "*a\($0 - 1)", count: width).joined(separator: ", ") + "]" }
        return (["a0: &a0 lol"] + lines).joined(separator: "\n")
    }

    @Test func `A file that expands without end is refused at once`() throws {
        let scratch = try Scratch(["a.yaml": Self.bomb(levels: 12, width: 10), "b.yaml": configMap("good")])
        let problems = try scratch.problems()
        #expect(problems.count == 1)
        #expect(
            problems[0].hasSuffix(
                "the document holds over 32 times its own length once its aliases are expanded. Write it without anchors."))
    }

    @Test(arguments: ["*k : x", "? *k\n: x", "? [*k]\n: x", "{[*k, 1]: x}", "[*k, 1]: x"])
    func `Aliases that expand inside a key are refused before they are hashed`(_ key: String) throws {
        let text = Self.bomb(levels: 30, width: 3) + "\n" + key.replacingOccurrences(of: "*k", with: "*a29")
        #expect(throws: LineProblem.self) { try parse(text) }
    }

    @Test(arguments: [1, 900])
    func `A long chain of aliases is refused before it is built`(_ nesting: Int) throws {
        let links = 40_000 / (nesting + 1)
        let open = String(repeating: "[", count: nesting)
        let close = String(repeating: "]", count: nesting)
        let text = (["a0: &a0 x"] + (1...links).map { "a\($0): &a\($0) \(open)*a\($0 - 1)\(close)" }).joined(separator: "\n")
        #expect(throws: LineProblem.self) { try parse(text) }
    }

    @Test func `The deepest chain that is let through neither crashes nor is accepted`() async throws {
        let text = (["- &a0 x"] + (1...900).map { "- &a\($0) [*a\($0 - 1)]" }).joined(separator: "\n")
        let thread = ResultThread { () -> String in
            do { return "\(try parse(text).count)" } catch { return "\((error as? LineProblem)?.why ?? "")" }
        }
        #expect(await thread.result() == "the document is nested deeper than 100 levels")
    }

    @Test(arguments: ["[", "{a: ", "- ", "? ", "\n"])
    func `Nesting without end is a problem, not a crash`(_ opener: String) async throws {
        let text =
            opener == "\n"
            ? (0..<4000).map { String(repeating: " ", count: $0 % 1500) + "a:" }.joined(separator: "\n")
            : String(repeating: opener, count: 100_000)
        let thread = ResultThread { () -> String in
            do { return "\(try parse(text).count)" } catch { return "refused" }
        }
        #expect(await thread.result() == "refused")
    }

    @Test func `Scripts full of asterisks and ampersands are no anchors`() throws {
        let script = (0..<4000).map { "    foo &x\($0) && rm *y\($0) & ls [*] {a,b} *.txt # *x" }.joined(separator: "\n")
        let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: s}\ndata:\n  run.sh: |\n\(script)\n"
        #expect(try parse(text).count == 1)
    }

    @Test(arguments: [UInt64](1...10).map { $0 &* 104_729 })
    func `Damaged manifests never crash the reader`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let source = Array(
            (Self.bomb(levels: 5, width: 2) + "\n---\n" + configMap("a", data: "{x: |-\n  }") + "---\nk: |\n  a\n b: 'c'\n").utf8)
        for _ in 0..<200 {
            var bytes = source
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...127, using: &random)
            }
            // Only a crash, or another type of error, would fail here; the seed is in the test's name.
            do { _ = try parse(String(decoding: bytes, as: UTF8.self)) } catch is LineProblem {}
        }
    }
}

/// Runs a closure on a thread with a quarter of the usual stack.
private struct ResultThread {
    let body: @Sendable () -> String

    init(_ body: @escaping @Sendable () -> String) { self.body = body }

    func result() async -> String {
        await withCheckedContinuation { continuation in
            let thread = Thread { continuation.resume(returning: body()) }
            thread.stackSize = 2 << 20
            thread.start()
        }
    }
}
