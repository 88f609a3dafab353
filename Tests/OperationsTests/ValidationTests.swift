import Commands
import Core
import Foundation
import Glibc
import Operations
import PhotonicCore
import Proof
import TestSupport
import Testing
import Vault

/// The steps of `validate:`, on their bad days.
@Suite struct ValidationTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func run(_ check: Validation.Step.Check, timeout: Duration? = .seconds(60), retries: Int = 0) async throws -> Validation.Result
    {
        let target = scratch.path
        return try await offPool {
            let step = Validation.Step(check, timeout: timeout, retries: retries)
            let results = try Validation([step], cancellation: Cancellation()).run(
                .init(target: target, snapshot: nil) { "\(target)/\($0)" })
            return try #require(results.first)
        }
    }

    private func shell(_ text: String, timeout: Duration = .seconds(60), retries: Int = 0) async throws -> Validation.Result {
        try await run(.command(Command(["bash", "-c", text])), timeout: timeout, retries: retries)
    }

    @Test func aCommandRunsInTheRestoredTreeAndItsLastLinesAreKept() async throws {
        try "x".write(toFile: scratch("file"), atomically: true, encoding: .utf8)
        let result = try await shell("test -f file && test $PWD = $REKINDLE_TARGET && seq 1 100 && echo problem >&2; exit 3")
        #expect(result.failed && result.summary.contains("ended with status 3"))
        #expect(result.output.count == 20 && result.output.suffix(2) == ["100", "problem"])
        #expect(try await shell("true").verdict == .passed)
    }

    @Test func oneThatPrintsWithoutEndIsStoppedInTime() async throws {
        let result = try await shell("yes 'a line that comes again and again'", timeout: .seconds(1))
        #expect(result.failed && result.summary.contains("did not end within 1.0 seconds and was stopped"))
        #expect(result.output.count == 20)
    }

    @Test func oneThatHangsAndIgnoresSignalsIsKilledWithItsChildren() async throws {
        let mark = "2\(UInt32.random(in: 100_000...999_999))"
        let result = try await shell("trap '' TERM; sleep \(mark) & sleep \(mark)", timeout: .seconds(1))
        #expect(result.failed && result.summary.contains("was stopped"))
        try await eventually { try await bashText("pgrep -fc '[s]leep \(mark)' || true", in: "/") == "0\n" }
    }

    @Test func whatAValidatorLeavesRunningHoldsNobodyUp() async throws {
        let mark = "3\(UInt32.random(in: 100_000...999_999))"
        let result = try await shell("sleep \(mark) & echo started")
        #expect(result.verdict == .passed && result.output == ["started"])
        try await eventually { try await bashText("pgrep -fc '[s]leep \(mark)' || true", in: "/") == "0\n" }
    }

    @Test func oneThatKillsItselfHasFailedAndOneThatIsNotThereHasVerifiedNothing() async throws {
        #expect(try await shell("kill -9 $$").summary.contains("was ended by signal 9"))
        // It and all of its children, and nobody else.
        #expect(try await shell("sleep 1000 & kill -9 0").summary.contains("was ended by signal 9"))
        let missing = try await run(.command(Command(["photonic-core-that-is-not-there", "selftest"])))
        #expect(missing.verdict == .notVerified && missing.summary.contains("cannot run"))
    }

    @Test func selfTestsThatTakeTooLongAreNotWaitedFor() async throws {
        let suite = try PhotonicCore.Suite.parse("version: 1\nname: n\nchecks: [{array: {file: big.npy}}]\n", file: "s.yaml")
        let count = 1 << 36
        let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (\(count),), }"
        let padded = header + String(repeating: " ", count: 117 - header.utf8.count) + "\n"
        // Half a terabyte of nothing.
        let folder = scratch("data")
        mkdir(folder, 0o755)
        try (Data([0x93]) + Data("NUMPY".utf8) + Data([1, 0, 118, 0]) + Data(padded.utf8)).write(
            to: URL(fileURLWithPath: folder + "/big.npy"))
        try #require(truncate(folder + "/big.npy", 128 + 8 * count) == 0)
        // Whoever still reads it then finds its end.
        defer { truncate(folder + "/big.npy", 0) }
        let result = try await run(.photonicCore(dataset: "data", suite: suite), timeout: .seconds(1), retries: 5)
        #expect(result.verdict == .notVerified && result.summary.contains("did not end within 1.0 seconds") && result.attempts == 1)
    }

    @Test func whatCannotBeRunHasVerifiedNothingAndWhatHasNothingToLookAtIsNotRun() async throws {
        let broken = try await run(.unusable(name: "photonic-core (data)", dataset: "data", reason: "s.yaml:3: unknown key"))
        #expect(broken.verdict == .notVerified && broken.name == "photonic-core (data)" && broken.summary.contains("s.yaml:3: unknown key"))
        let cluster = try await run(.kubernetes(ClusterCheck(namespaces: ["a", "b"], timeout: .seconds(1))))
        #expect(
            cluster.verdict == .notRun && cluster.name == "kubernetes (a, b)" && cluster.summary == "nothing was restored into a cluster")
        let steps = [
            Validation.Step(.photonicCore(dataset: "data", suite: .dataSet)),
            Validation.Step(.command(Command(["touch", scratch("ran")]))),
        ]
        let results = try Validation(steps, cancellation: Cancellation()).run(.init(directory: nil))
        #expect(results.map(\.verdict) == [.notRun, .notRun] && !FileManager.default.fileExists(atPath: scratch("ran")))
    }

    /// Each dataset is where it came from: there is no one directory, and / is none either.
    @Test func aCommandAfterARestoreInPlaceHasNoTarget() async throws {
        let step = Validation.Step(.command(Command(["sh", "-c", "echo ${REKINDLE_TARGET-none}"], workingDirectory: scratch.path)))
        let results = try Validation([step], cancellation: Cancellation()).run(.init { "/srv/\($0)" })
        #expect(results.map(\.output) == [["none"]])
    }

    @Test func aStepIsTriedAgainAsOftenAsThePolicySays() async throws {
        let second = "if [ -e \(scratch("mark")) ]; then exit 0; fi; touch \(scratch("mark")); exit 1"
        let result = try await shell(second, retries: 3)
        #expect(result.verdict == .passed && result.attempts == 2 && result.summary.hasSuffix("after 2 attempts"))
        let never = try await shell("false", retries: 1)
        #expect(never.failed && never.attempts == 2)
    }

    @Test func aHealthEndpointAnswersWithItsStatusItsFieldsAndInTime() async throws {
        let port = Int.random(in: 30_000..<40_000)
        try """
        import http.server, time
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                if self.path == "/slow": time.sleep(0.4)
                body = b'{"status": "healthy", "checks": {"mesh": true, "rings": 8}}' if self.path != "/text" else b"fine"
                self.send_response(503 if self.path == "/missing" else 200); self.send_header("Content-Length", str(len(body))); self.end_headers(); self.wfile.write(body)
            def log_message(self, *arguments): pass
        http.server.ThreadingHTTPServer(("127.0.0.1", \(port)), Handler).serve_forever()
        """.write(toFile: scratch("server.py"), atomically: true, encoding: .utf8)
        let server = try ChildProcess(["python3", scratch("server.py")])
        defer {
            server.kill()
            _ = try? server.wait()
        }
        func ask(_ path: String, _ json: [String: String] = [:], latency: Duration? = nil, within: Duration = .seconds(3)) async throws
            -> Validation.Result
        {
            try await run(
                .http(HealthCheck(url: "http://127.0.0.1:\(port)/\(path)", status: 200, json: json, latency: latency, timeout: within)))
        }
        #expect(
            try await ask("health", ["status": "healthy", "checks.mesh": "true", "checks.rings": "8"], within: .seconds(30)).verdict
                == .passed)
        #expect(try await ask("health", ["status": "degraded"]).summary.contains("says status is healthy, not degraded"))
        #expect(try await ask("health", ["checks.laser": "true"]).summary.contains("says checks.laser is not there, not true"))
        #expect(try await ask("missing").summary.contains("answered 503, not 200"))
        #expect(try await ask("text", ["status": "healthy"]).summary.contains("something else than JSON"))
        #expect(try await ask("slow", latency: .milliseconds(200)).summary.contains("ms to answer, more than 200 ms"))
        #expect(try await ask("slow", latency: .seconds(20), within: .seconds(30)).verdict == .passed)
    }

    @Test func anAddressThatNobodyAnswersAtIsToldAsThat() async throws {
        func ask(_ url: String) async throws -> String {
            try await run(.http(HealthCheck(url: url, status: 200, timeout: .seconds(1)))).summary
        }
        #expect(try await ask("http://127.0.0.1:1/health") == "did not answer: Connection refused (asked for 1.0 seconds)")
        #expect(
            try await ask("http://no-such-host.invalid/") == "did not answer: there is no host no-such-host.invalid (asked for 1.0 seconds)"
        )
    }
}
