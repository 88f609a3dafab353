import Age
import Foundation
import GitHistory
import Kubernetes
import Manifests
import Operations
import TestSupport
import Testing
import Vault

/// Secrets in the history, and the history in other repositories.
@Suite struct ClusterSecretTests {
    private let bench: ClusterBench
    private let namespace: String
    private var cluster: TestCluster { bench.cluster }

    init() async throws {
        bench = try await ClusterBench()
        namespace = try await bench.cluster.namespace("secrets")
        for name in ["first", "second"] {
            try await cluster.kubectl("-n \(namespace) create secret generic \(name) --from-literal=password=very-secret-\(name)")
        }
    }

    private func ciphertext(_ name: String) throws -> String { try bench.text("\(namespace)/secret/\(name).yaml.age") }

    @Test func theyAreEncryptedAndKeepTheirCiphertext() async throws {
        let scope = bench.scope(namespace)
        try await bench.backup(scope)
        let (first, second) = (try ciphertext("first"), try ciphertext("second"))
        #expect(try AgeDecryptor.open(Array(first.utf8), with: [bench.identity]).contains(Array("dmVyeS1zZWNyZXQtZmlyc3Q=".utf8)))
        #expect(try await bench.backup(scope).manifestChanges == "no change")
        try await cluster.kubectl("-n \(namespace) patch secret second -p '{\"stringData\":{\"password\":\"another\"}}'")
        #expect(try await bench.backup(scope).manifestChanges == "0 added, 1 changed, 0 removed")
        #expect(try ciphertext("first") == first)
        #expect(try ciphertext("second") != second)
        // Neither the text nor its base64 is anywhere: not in the history, not in the vault, not in the cache.
        try await bash("rm -rf back", in: bench.bench.scratch.path)
        try await bench.bench.restore()
        let words = "-e very-secret -e dmVyeS1zZWNyZXQ -e another -e YW5vdGhlcg"
        let found = try await bashText(
            """
            git -c safe.directory='*' --git-dir back/manifests.git log -p --all | grep -c \(words) || true
            for pack in vault/packs/*/*; do zstd -dc $pack; done | grep -ac \(words) || true
            grep -rac \(words) cache | grep -v ':0$' || true
            """, in: bench.bench.scratch.path)
        #expect(found == "0\n0\n")
        // The fingerprints are nobody else's business.
        #expect(try await bashText("find cache -name secrets -perm 600 | wc -l", in: bench.bench.scratch.path) == "1\n")
    }

    @Test func aNewRecipientMeansNewCiphertext() async throws {
        let source = cluster.source(bench.scope(namespace))
        try await bench.bench.backup(try bench.request(source))
        let other = AgeIdentity.generate()
        let both = try [bench.identity.recipient, other.recipient]
        let report = try await bench.bench.backup(try bench.request(source, secrets: .encrypt(both)))
        #expect(report.manifestChanges == "0 added, 2 changed, 0 removed")
        _ = try AgeDecryptor.open(Array(try ciphertext("first").utf8), with: [other])
    }

    @Test func aLostCacheCostsANewCiphertextAndNothingElse() async throws {
        try await bench.backup(bench.scope(namespace))
        try await bash("rm -r cache; mkdir cache", in: bench.bench.scratch.path)
        #expect(try await bench.backup(bench.scope(namespace)).manifestChanges == "0 added, 2 changed, 0 removed")
        #expect(try await bench.backup(bench.scope(namespace)).manifestChanges == "no change")
    }

    @Test func theyMayBeLeftOutOrStoredPlainWithAWarning() async throws {
        let omitted = try await bench.backup(bench.scope(namespace), secrets: .omit)
        #expect(omitted.isComplete && omitted.notes.contains { $0.contains("2 secrets were left out") })
        #expect(try !bench.files().contains { $0.contains("/secret/") })
        for _ in 0..<2 {
            let plain = try await bench.backup(bench.scope(namespace), secrets: .plain)
            #expect(plain.isComplete && plain.notes.contains { $0.contains("warning: 2 secrets were stored in plain text") })
        }
        #expect(try bench.text("\(namespace)/secret/first.yaml").contains("password: dmVyeS1zZWNyZXQtZmlyc3Q="))
    }
}

/// The history in other repositories. The manifests come from a directory: a cluster would make no difference.
@Suite struct HistoryPushTests {
    private let bench: Bench
    private var remote: String { bench.scratch("remote.git") }

    init() async throws {
        bench = try Bench()
        try await bash("git init -q --bare -b main remote.git", in: bench.scratch.path)
    }

    private func backup(_ replicas: Int, remotes: [String]) async throws -> BackupReport {
        let text = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: demo}, spec: {replicas: \(replicas)}}"
        try text.write(toFile: bench.source + "/web.yaml", atomically: true, encoding: .utf8)
        return try await bench.backup(
            bench.request([.init(name: "manifests", source: .manifests(ManifestsRequest(.directory(bench.source), remotes: remotes)))]))
    }

    private func head(_ repository: String) async throws -> String {
        try await bashText("git -c safe.directory='*' --git-dir \(repository) rev-parse main | tr -d '\\n'", in: bench.scratch.path)
    }

    @Test func everyCommitReachesTheRemotes() async throws {
        try await bash("git init -q --bare -b main other.git", in: bench.scratch.path)
        for replicas in 1...3 {
            let report = try await backup(replicas, remotes: ["file://\(remote)", bench.scratch("other.git")])
            #expect(report.isComplete, "\(report.problems)")
            #expect(try await head(remote) == report.snapshot?.record.gitCommit)
            #expect(try await head("other.git") == report.snapshot?.record.gitCommit)
        }
        #expect(
            try await bashText(
                "git --git-dir remote.git fsck --strict; git --git-dir remote.git log --oneline | wc -l", in: bench.scratch.path) == "3\n")
    }

    @Test func aPushThatFailsIsNamedAndCaughtUp() async throws {
        try await bash("mv remote.git away.git", in: bench.scratch.path)
        let failed = try await backup(1, remotes: [remote])
        #expect(!failed.isComplete && failed.snapshot != nil)
        #expect(failed.problems.contains { $0.path == "manifests.git" && $0.reason.contains("the next backup pushes") })
        _ = try await backup(2, remotes: [remote])
        try await bash("mv away.git remote.git", in: bench.scratch.path)
        let caughtUp = try await backup(2, remotes: [remote])
        #expect(caughtUp.isComplete)
        #expect(try await head(remote) == caughtUp.snapshot?.record.gitCommit)
    }

    @Test func aRepositoryThatRefusesTheBranchIsNamed() async throws {
        #expect(try await backup(1, remotes: [remote]).isComplete)
        // Somebody else's commit there is never overwritten.
        try await bash(
            """
            git clone -q remote.git work; cd work
            git -c user.name=a -c user.email=a@b commit -q --allow-empty -m theirs; git push -q origin main
            """, in: bench.scratch.path)
        let theirs = try await head(remote)
        let refused = try await backup(2, remotes: [remote])
        #expect(!refused.isComplete)
        #expect(refused.problems.contains { $0.reason.contains("has commits that this history has not") })
        #expect(try await head(remote) == theirs)
    }

    @Test func passwordsInAddressesAreNotShown() async throws {
        let report = try await backup(1, remotes: ["https://user:hunter2@127.0.0.1:1/x.git"])
        #expect(!report.isComplete)
        #expect(report.problems.contains { $0.reason.contains("https://127.0.0.1:1/x.git") })
        #expect(!report.problems.contains { $0.reason.contains("hunter2") })
    }
}
