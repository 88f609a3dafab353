import Commands
import Core
import Foundation
import TestSupport
import Testing

/// What a program prints, as it comes and as it is kept.
@Suite struct OutputTailTests {
    private func run(_ text: String, _ lines: Monitor<[String]>) async throws {
        try await offPool {
            try Command(["sh", "-c", text], timeout: .seconds(60)).run(
                under: .init(cancellation: Cancellation()) { line in lines.withLock { $0.append(line) } })
        }
    }

    @Test func eachLineIsToldAndTheLastAreKept() async throws {
        let lines = Monitor<[String]>([])
        let failure = try await #require(throws: Failure.self) {
            try await run("seq 1 1000; printf 'no end' >&2; exit 4", lines)
        }
        #expect(lines.withLock { $0.count } == 1001 && failure.output.count == 20)
        #expect(failure.output.suffix(2) == ["1000", "no end"] && failure.message.contains("status 4"))
    }

    /// A line without an end is cut, and nothing grows beyond its bound.
    @Test func whatHasNoEndIsBounded() async throws {
        let lines = Monitor<[String]>([])
        let failure = try await #require(throws: Failure.self) { try await run("head -c 1000000 /dev/zero | tr '\\0' x; exit 1", lines) }
        #expect(failure.output.reduce(0) { $0 + $1.utf8.count } <= 8192)
        #expect(lines.withLock { $0.allSatisfy { $0.utf8.count <= 4096 } && $0.reduce(0) { $0 + $1.utf8.count } == 1_000_000 })
    }

    /// A hook may leave something running on purpose: nobody waits for that, and it may go on writing.
    @Test func whatIsLeftRunningIsNotWaitedForAndNotKilled() async throws {
        let scratch = try Scratch()
        let lines = Monitor<[String]>([])
        try await run(
            "(while [ ! -e \(scratch("go")) ]; do sleep 0.1; done; echo late; echo done > \(scratch("done"))) & echo early", lines)
        // It waits for this, and this comes only now.
        try scratch.write("", to: "go")
        try waitUntil { scratch.exists("done") }
        try waitUntil { lines.withLock { $0 } == ["early", "late"] }
    }
}
