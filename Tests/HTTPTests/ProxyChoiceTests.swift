import Core
import Foundation
import Testing

@testable import HTTP

@Suite struct ProxyChoiceTests {
    private func proxy(_ server: String, _ environment: [String: String], configured: String? = nil) throws -> ProxyChoice.Proxy? {
        try ProxyChoice.proxy(for: try #require(URL(string: server)), configured: configured, environment: environment)
    }

    @Test func theEnvironmentSaysWhich() throws {
        let environment = ["HTTPS_PROXY": "http://u:p%40x@proxy:3128", "NO_PROXY": "10.0.0.0/8, .inner.example,exact.example:6443"]
        #expect(
            try proxy("https://api.example:6443", environment)
                == ProxyChoice.Proxy(isSOCKS: false, host: "proxy", port: 3128, user: "u", password: "p@x"))
        let exempt = [
            "https://10.1.2.3", "https://a.inner.example", "https://exact.example:6443", "https://127.0.0.1:6443", "https://localhost",
            "https://[::1]:6443",
        ]
        for server in exempt { #expect(try proxy(server, environment) == nil, "\(server)") }
        for server in ["https://11.1.2.3", "https://exact.example:443", "https://notinner.example"] {
            #expect(try proxy(server, environment) != nil, "\(server)")
        }
        #expect(try proxy("https://a", ["https_proxy": "proxy"])?.host == "proxy")
        #expect(try proxy("https://a", ["HTTPS_PROXY": "p", "NO_PROXY": "*"]) == nil)
        #expect(try proxy("https://a", ["HTTP_PROXY": "p"]) == nil)
    }

    @Test func theKubeconfigGoesFirst() throws {
        let chosen = try proxy("https://a", ["HTTPS_PROXY": "p", "NO_PROXY": "*"], configured: "socks5://q")
        #expect(chosen == ProxyChoice.Proxy(isSOCKS: true, host: "q", port: 1080, user: nil, password: nil))
        #expect(throws: Failure.self) { try proxy("https://a", [:], configured: "ftp://q") }
    }
}
