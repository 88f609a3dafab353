import Foundation
import TestSupport
import Testing

/// Keys for secrets, and where the history goes, as an operator meets them.
@Suite struct SecretsTests {
    private let program: Program

    init() throws { program = Program(scratch: try Scratch()) }

    @Test func aKeyOpensWhatIsEncryptedToIt() throws {
        let recipient = try program.run("keygen", "-o", "key").output.trimmingCharacters(in: .whitespacesAndNewlines)
        try program.shell(
            "stat -c %a key | grep -x 600; grep -x '# public key: \(recipient)' key; age-keygen -y key | grep -x '\(recipient)'")
        #expect(try program.run("keygen", "-o", "other", "--json").output.contains("\"recipient\" : \"age1"))
        try program.shell("echo text | age -r \(recipient) | age -d -i key | grep -x text")
        let again = try program.run("keygen", "-o", "key", expecting: 2)
        #expect(again.error.contains("File exists") && again.output.isEmpty)
    }

    @Test func secretsOfADirectoryAreEncryptedWhenThePolicySaysSo() throws {
        try program.shell(
            "mkdir manifests; printf 'apiVersion: v1\\nkind: Secret\\nmetadata: {name: s, namespace: app}\\nstringData: {a: hidden}\\n' > manifests/s.yaml"
        )
        let recipient = try program.run("keygen", "-o", "key").output.trimmingCharacters(in: .whitespacesAndNewlines)
        try program.shell(
            "printf 'version: 1\\nname: n\\nvault: vault\\nmanifests: {directory: manifests, recipients: [\(recipient)]}\\n' > p.yaml")
        try program.run("init", "vault")
        try program.run("backup", "--policy", "p.yaml")
        try program.run("restore", "latest", "--vault", "vault", "--target", "back")
        try program.shell("age -d -i key back/manifests/app/secret/s.yaml.age | grep 'a: hidden'; ! grep -r hidden back")
        try aCacheIsMadeAndItsLackIsTold()
        try program.shell("sed -i 's/recipients: .*/recipients: [age1nonsense]}/' p.yaml")
        #expect(try program.run("backup", "--policy", "p.yaml", expecting: 2).error.contains("\"age1nonsense\" is no age recipient"))
    }

    /// Which secrets have changed is known from the cache: a directory that is not there yet is made, one that cannot be is told.
    private func aCacheIsMadeAndItsLackIsTold() throws {
        func backup(_ cache: String) throws -> Program.Outcome {
            try program.shell("XDG_CACHE_HOME=\(cache) \(Program.path) backup --policy p.yaml")
        }
        let fresh = try backup("$PWD/not/there/yet")
        #expect(fresh.output.contains("manifests: 0 added, 1 changed, 0 removed") && !fresh.error.contains("without a cache"), "\(fresh)")
        let again = try backup("$PWD/not/there/yet")
        #expect(again.output.contains("manifests: no change") && !again.error.contains("without a cache"), "\(again)")
        let none = try backup("/dev/null/none")
        #expect(
            none.output.contains("1 changed") && none.error.contains("warning: without a cache nobody knows which secrets have changed"),
            "\(none)")
    }

    @Test func aRemoteThatWouldCloneEmptyIsTold() throws {
        try program.shell(
            """
            mkdir manifests; echo '{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: b}}' > manifests/a.yaml
            git init -q --bare -b elsewhere remote.git
            printf 'version: 1\nname: n\nvault: vault\nmanifests: {directory: manifests, remotes: [remote.git]}\n' > p.yaml
            """)
        try program.run("init", "vault")
        let told = try program.run("backup", "--policy", "p.yaml").error
        let command = try #require(told.firstRange(of: "`git --git-dir ").map { told[$0.upperBound...].prefix { $0 != "`" } })
        try program.shell("git --git-dir \(command) && git clone -q remote.git clone && test -f clone/b/configmap/a.yaml")
        #expect(!(try program.run("backup", "--policy", "p.yaml").error.contains("clone of")))
    }

    /// A real sshd on loopback, with keys that are made for the test.
    @Test func theHistoryIsPushedOverSSHToAHostThatIsKnown() throws {
        let port = Int.random(in: 20000..<30000)
        try program.shell(
            """
            set -e
            mkdir -p home/.ssh manifests /run/sshd; chmod 700 home/.ssh; chmod 755 .
            echo '{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: b}}' > manifests/a.yaml
            git init -q --bare -b main remote.git
            ssh-keygen -q -t ed25519 -N '' -f host; ssh-keygen -q -t ed25519 -N '' -f home/.ssh/id_ed25519
            cp home/.ssh/id_ed25519.pub authorized; chmod 600 authorized
            printf '%s\\n' 'Port \(port)' 'ListenAddress 127.0.0.1' "HostKey $PWD/host" "AuthorizedKeysFile $PWD/authorized" \
                'StrictModes no' 'UsePAM no' "PidFile $PWD/sshd.pid" > sshd.conf
            /usr/sbin/sshd -f sshd.conf -E sshd.log
            printf '%s\\n' 'version: 1' 'name: n' 'vault: vault' 'manifests:' '  directory: manifests' \
                "  remotes: ['ssh://$(id -un)@127.0.0.1:\(port)$PWD/remote.git']" > p.yaml
            """)
        defer { _ = try? program.shell("kill $(cat sshd.pid)") }
        try program.run("init", "vault")
        let unknown = try program.shell("HOME=$PWD/home \(Program.path) backup --policy p.yaml", expecting: 3)
        #expect(unknown.error.contains("hostkey"), "a host that nobody has confirmed is not trusted: \(unknown.error)")
        try program.shell("echo \"[127.0.0.1]:\(port) $(cut -d' ' -f1,2 host.pub)\" > home/.ssh/known_hosts")
        try program.shell("HOME=$PWD/home \(Program.path) backup --policy p.yaml")
        try program.shell("git --git-dir remote.git log --format=%s main | grep 'Manifests: 1 added'")
    }

    /// git's own http-backend behind TLS, with an authority of its own and a password.
    @Test func theHistoryIsPushedOverHTTPSToAServerThatIsTrusted() throws {
        let support = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../Support").path
        try program.shell(
            """
            set -e
            mkdir manifests repositories
            echo '{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: b}}' > manifests/a.yaml
            git init -q --bare -b main repositories/remote.git
            git --git-dir repositories/remote.git config http.receivepack true
            openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out ca.pem -days 1 -subj /CN=localhost \
                -addext subjectAltName=DNS:localhost 2>openssl.log
            bash \(support)/detached.sh python3 \(support)/git-https.py $PWD/repositories ca.pem key.pem me 'pass word' > port 2> server.log & echo $! > server.pid
            for i in $(seq 100); do [ -s port ] && break; sleep 0.05; done
            printf '%s\\n' 'version: 1' 'name: n' 'vault: vault' 'manifests:' '  directory: manifests' \
                "  remotes: ['https://me@localhost:$(cat port)/remote.git']" > p.yaml
            """)
        defer { _ = try? program.shell("kill $(cat server.pid)") }
        try program.run("init", "vault")
        let backup = "\(Program.path) backup --policy p.yaml"
        let trusting = "GIT_SSL_CAINFO=$PWD/ca.pem REKINDLE_GIT_USERNAME=me"
        let unknown = try program.shell("env -u GIT_SSL_CAINFO -u SSL_CERT_FILE REKINDLE_GIT_PASSWORD='pass word' \(backup)", expecting: 3)
            .error
        #expect(unknown.contains("certificate"), "a server that nobody vouches for is not trusted: \(unknown)")
        let refused = try program.shell("\(trusting) REKINDLE_GIT_PASSWORD=wrong \(backup)", expecting: 3).error
        #expect(refused.contains("the server refused the user name and password") && !refused.contains("wrong"), "\(refused)")
        try program.shell("\(trusting) REKINDLE_GIT_PASSWORD='pass word' \(backup)")
        try program.shell("git --git-dir repositories/remote.git log --format=%s main | grep 'Manifests: 1 added'")
    }
}
