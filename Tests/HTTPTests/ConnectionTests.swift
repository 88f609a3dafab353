import Foundation
import Synchronization
import TestSupport
import Testing

@testable import HTTP

/// A request that fails as it is told to.
private struct Refusal: Retryable {
    let mayPass: Bool
    var retryAfter: Int?
    var message: String { "refused" }
}

struct ConnectionTests {
    @Test(arguments: [(true, 3), (false, 1)])
    func whatMayPassIsTriedSoManyTimesAndWhatIsFinalOnce(mayPass: Bool, expected: Int) async {
        let tries = Mutex(0)
        let notices = Mutex<[String]>([])
        let attempts = Attempts(count: 3) { message in notices.withLock { $0.append(message) } }
        await #expect(throws: Refusal.self) {
            try await attempts.run { _ in
                tries.withLock { $0 += 1 }
                throw Refusal(mayPass: mayPass)
            }
        }
        #expect(tries.withLock { $0 } == expected && notices.withLock { $0.count } == expected - 1)
    }

    @Test func nobodyAtTheOtherEndIsToldAsTheSystemSaysIt() async throws {
        let error = await #expect(throws: (any Error).self) {
            try await HTTPConnections.with(HTTPSettings()) { try await $0.send(HTTPRequest("http://127.0.0.1:1/")) }
        }
        let problem = TransportProblem(try #require(error))
        #expect(problem.why == "Connection refused" && problem.mayPass && problem.kind == .network)
    }

    @Test func aCertificateThatIsNoneIsSaidBeforeAnythingIsSent() async {
        var settings = HTTPSettings()
        settings.trust = .authorities(Array("nothing".utf8))
        let chosen = settings
        await #expect(throws: HTTPMisconfiguration.self) {
            try await HTTPConnections.with(chosen) { try await $0.send(HTTPRequest("https://127.0.0.1:1/")) }
        }
    }

    /// Redirects are answers, bodies have a bound, and parts come in order.
    @Test func answersAreGivenAsTheyCome() async throws {
        let scratch = try Scratch()
        try scratch.write(
            """
            import http.server
            class Handler(http.server.BaseHTTPRequestHandler):
                def do_PUT(self):
                    body = self.rfile.read(int(self.headers["Content-Length"]))
                    self.send_response(302 if self.path == "/there" else 200)
                    self.send_header("Location", "/elsewhere"); self.send_header("Content-Length", str(len(body))); self.end_headers()
                    self.wfile.write(body)
                def log_message(self, *arguments): pass
            server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
            open("port.new", "w").write(str(server.server_port)); import os; os.rename("port.new", "port")
            server.serve_forever()
            """, to: "server.py")
        let server = try ChildProcess(["python3", "server.py"], in: scratch.path)
        defer {
            server.kill()
            _ = try? server.wait()
        }
        try waitUntil { scratch.exists("port") }
        let port = String(decoding: try scratch.read("port"), as: UTF8.self)
        let body = noise(300_000, seed: 1)
        try await HTTPConnections.with(HTTPSettings()) { http in
            var request = HTTPRequest("http://127.0.0.1:\(port)/there")
            (request.method, request.body) = ("PUT", body)
            let answer = try await http.send(request)
            #expect(answer.status == 302 && answer.header("location") == "/elsewhere")
            var parts: [UInt8] = []
            try await answer.parts { parts += $0 }
            #expect(parts == body)
            let again = try await http.send(request)
            await #expect(throws: HTTPAnswer.TooLarge.self) { try await again.body(upTo: body.count - 1) }
        }
    }
}
