import Foundation
import TestSupport
import Testing

@testable import Kubernetes

/// Kubeconfigs of other people's making.
@Suite struct KubeconfigTests {
    private static let config = """
        apiVersion: v1
        kind: Config
        preferences: {colors: true}
        x-somebody: {else: 1}
        current-context: prod
        clusters:
        - name: a
          cluster: {server: "https://a.example:6443/", certificate-authority: pki/ca.crt, extensions: [{name: x, extension: {}}]}
        - name: b
          cluster: {server: "https://b.example", insecure-skip-tls-verify: true, tls-server-name: inner.example, proxy-url: "socks5://p:1"}
        users:
        - name: cert
          user: {client-certificate: pki/me.crt, client-key-data: a2V5}
        - name: token
          user: {token: abc}
        - name: file
          user: {tokenFile: token, token: ignored}
        - name: basic
          user: {username: u, password: "p:q"}
        - name: old
          user: {auth-provider: {name: gcp}}
        contexts:
        - name: prod
          context: {cluster: a, user: cert, namespace: photon}
        - name: other
          context: {cluster: b, user: token}
        - name: file
          context: {cluster: a, user: file}
        - name: basic
          context: {cluster: a, user: basic}
        - name: old
          context: {cluster: a, user: old}
        - name: lost
          context: {cluster: c, user: token}
        - name: nobody
          context: {cluster: a}
        """

    private func scratch(_ config: String = config) throws -> Scratch {
        try Scratch(["config": config, "pki/ca.crt": "CA", "pki/me.crt": "ME", "token": " secret \n"])
    }

    private func find(_ scratch: Scratch, _ context: String? = nil) throws -> ClusterAccess {
        try ClusterAccess.find(kubeconfig: "\(scratch.path)/config", context: context, environment: [:])
    }

    @Test func theCurrentContextIsTakenWithPathsRelativeToTheFile() throws {
        let scratch = try scratch()
        let access = try find(scratch)
        #expect(access.server == "https://a.example:6443")
        #expect(access.namespace == "photon")
        #expect(access.warnings.isEmpty)
        #expect(access.tls == ClusterAccess.TLS(authorities: Array("CA".utf8)))
        guard case .certificate(let identity) = access.credential else { throw POSIXError(.EINVAL) }
        #expect(identity.certificate == Array("ME".utf8))
        #expect(identity.key == Array("key".utf8))
        #expect(identity.origin == "\(scratch.path)/pki/me.crt")
    }

    @Test func skippingTheVerificationIsWarnedOf() throws {
        let access = try find(try scratch(), "other")
        #expect(access.warnings.count == 1 && access.warnings[0].contains("skips the verification"))
        #expect(access.tls == ClusterAccess.TLS(serverName: "inner.example", isVerified: false))
        #expect(access.proxy == "socks5://p:1")
        guard case .token("abc") = access.credential else { throw POSIXError(.EINVAL) }
    }

    @Test func eachKindOfCredentialGivesItsHeader() async throws {
        let scratch = try scratch()
        let headers = ["file": "Bearer secret", "basic": "Basic dTpwOnE=", "other": "Bearer abc", "nobody": nil]
        for (context, header) in headers {
            #expect(try await CredentialSource(find(scratch, context).credential).proof().authorization == header)
        }
    }

    @Test func whatIsMissingIsNamed() throws {
        let scratch = try scratch()
        func message(_ context: String?) -> String {
            #expect(throws: ClusterError.self) { try find(scratch, context) }.map { "\($0)" } ?? ""
        }
        #expect(message("prd").contains("has no context \"prd\". It has: basic, file, lost, nobody, old, other, prod"))
        #expect(message("lost").contains("has no cluster \"c\". It has: a, b"))
        #expect(message("old").contains("auth-provider"))
        try scratch.write(Data(), to: "pki/ca.crt")
        #expect(try find(scratch).tls.authorities == [])
        try FileManager.default.removeItem(atPath: scratch.path + "/pki/me.crt")
        #expect(message(nil).contains("cannot read the client certificate \(scratch.path)/pki/me.crt: No such file or directory"))
    }

    @Test(arguments: ["", "[]", "a: b: c", "text", "{contexts: [{context: {}}]}"]) func aFileThatIsNoneIsNamed(text: String) throws {
        let scratch = try scratch(text)
        #expect { try find(scratch) } throws: { "\($0)".contains("\(scratch.path)/config") }
    }

    @Test func ofSeveralFilesTheFirstCounts() throws {
        let (first, second) = (try scratch("current-context: c2\nusers: [{name: token, user: {token: first}}]"), try scratch())
        try second.write(Data("contexts: [{name: c2, context: {cluster: b, user: token}}]".utf8), to: "more")
        let list = "/no/such/file:\(first.path)/config:\(second.path)/config:\(second.path)/more"
        let access = try ClusterAccess.find(environment: ["KUBECONFIG": list])
        #expect(access.server == "https://b.example")
        guard case .token("first") = access.credential else { throw POSIXError(.EINVAL) }
        #expect(throws: ClusterError.self) { try ClusterAccess.find(environment: ["KUBECONFIG": "/no/such/file"]) }
        #expect(throws: ClusterError.self) { try ClusterAccess.find(kubeconfig: "/no/such/file", environment: [:]) }
    }

    @Test func aPodUsesItsServiceAccount() throws {
        let scratch = try Scratch(["token": "t", "ca.crt": "CA", "namespace": "photon\n"])
        let environment = ["KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"]
        let access = try #require(try ServiceAccount.access(environment, folder: scratch.path))
        #expect(access.server == "https://[fd00::1]:443")
        #expect(access.namespace == "photon")
        #expect(try ServiceAccount.access([:], folder: scratch.path) == nil)
    }
}

/// `exec` credential plug-ins, run for real.
@Suite struct CredentialPluginTests {
    private func plugin(_ script: String, more: String = "") throws -> (CredentialPlugin, Scratch) {
        let scratch = try Scratch()
        try scratch.program("bin/plugin", script)
        let exec = try #require(
            try parse(
                "{apiVersion: client.authentication.k8s.io/v1, command: bin/plugin, args: [get, '1'], installHint: Install it, \(more)}"
            ).first)
        let cluster = try #require(try parse("{server: 'https://a'}").first)
        return (try CredentialPlugin(exec, directory: scratch.path + "/", cluster: cluster, authorities: Array("CA".utf8)), scratch)
    }

    @Test func itsAnswerIsUsedUntilItExpires() async throws {
        let answer =
            #"{"kind":"ExecCredential","apiVersion":"v1","status":{"token":"'"$1$EXTRA"'","expirationTimestamp":"2030-01-02T03:04:05Z"}}"#
        let (plugin, scratch) = try plugin(
            "echo \"$KUBERNETES_EXEC_INFO\" > \"$0.info\"; echo '\(answer)'",
            more: "env: [{name: EXTRA, value: x}], provideClusterInfo: true")
        let given = try await plugin.run()
        #expect(given.token == "getx")
        #expect(given.expires == Date(timeIntervalSince1970: 1_893_553_445))
        let info = try String(contentsOfFile: scratch.path + "/bin/plugin.info", encoding: .utf8)
        #expect(info.contains(#""server":"https:\/\/a""#) && info.contains(#""certificate-authority-data":"Q0E=""#))
    }

    @Test(arguments: [
        ("echo no >&2; exit 3", "ended with exited(3): no"), ("echo hello", "answered nonsense"), ("echo '{}'", "without credentials"),
        (#"echo '{"kind":"ExecCredential","status":{}}'"#, "without a token"), ("kill -9 $$", "ended with signaled(9)"),
        (#"echo '{"kind":"ExecCredential","status":{"token":"a","expirationTimestamp":"soon"}}'"#, "the time \"soon\""),
    ]) func whatGoesWrongIsSaidWithTheHint(script: String, message: String) async throws {
        let (plugin, scratch) = try plugin(script)
        await #expect { try await plugin.run() } throws: {
            "\($0)".contains(message) && "\($0)".contains("Install it") && "\($0)".contains("plugin")
        }
        _ = scratch
    }

    @Test func aProgramThatIsNotThereIsNamed() async throws {
        let (plugin, scratch) = try plugin("true")
        try FileManager.default.removeItem(atPath: scratch.path + "/bin/plugin")
        await #expect { try await plugin.run() } throws: { "\($0)".contains("cannot be run") && "\($0)".contains("Install it") }
    }
}

@Suite struct ServerNameTests {
    /// Where the certificate is another name's, the connection goes to the host under that name.
    @Test(arguments: [
        ("https://s:6443/path", "s", "https://name:6443/path"), ("https://http", "http", "https://name"),
        ("https://[::1]:6443", "::1", "https://name:6443"), ("http://10.0.0.1", "10.0.0.1", "http://name"),
    ]) func onlyTheHostOfAnAddressIsReplaced(server: String, host: String, expected: String) {
        #expect(APIClient.address(server, of: host, as: "name") == expected)
    }
}
