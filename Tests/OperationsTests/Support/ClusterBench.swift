import Age
import Core
import Foundation
import Kubernetes
import Manifests
import Tarball
import TestSupport
import Vault

@testable import Operations

/// A cluster, a vault, and backups from one to the other.
struct ClusterBench {
    let cluster: TestCluster
    let bench: Bench
    let identity = AgeIdentity.generate()

    init(_ cluster: TestCluster? = nil) async throws {
        if let cluster { self.cluster = cluster } else { self.cluster = try await TestCluster.shared.value }
        bench = try Bench()
        try "\(identity.secretText)\n".write(toFile: bench.scratch("key"), atomically: true, encoding: .utf8)
    }

    func scope(_ namespaces: String...) -> CaptureScope {
        var scope = CaptureScope()
        scope.namespaces = namespaces
        return scope
    }

    func request(_ source: ClusterSource, secrets: ManifestsRequest.Secrets? = nil, remotes: [String] = []) throws -> BackupRequest {
        let secrets = try secrets ?? .encrypt([identity.recipient])
        return bench.request([
            .init(name: "manifests", source: .manifests(ManifestsRequest(.cluster(source), secrets: secrets, remotes: remotes)))
        ])
    }

    @discardableResult
    func backup(
        _ scope: CaptureScope, kubeconfig: String? = nil, context: String? = nil, secrets: ManifestsRequest.Secrets? = nil,
        progress: VaultProgress = VaultProgress()
    ) async throws -> BackupReport {
        let source = cluster.source(scope, context: context, kubeconfig: kubeconfig)
        return try await bench.backup(try request(source, secrets: secrets), progress: progress)
    }

    /// The newest snapshot's manifests, by path without the folder.
    func files() throws -> [String] {
        try bench.paths().filter { $0.hasPrefix("manifests/") && ($0.hasSuffix(".yaml") || $0.hasSuffix(".age")) }
            .map { String($0.dropFirst("manifests/".count)) }
    }

    func text(_ path: String) throws -> String {
        let view = try bench.view()
        var text: [UInt8]?
        try view.entries { if $0.path.description == "manifests/\(path)" { text = try view.content($0, limit: 8 << 20) } }
        guard let text else { throw POSIXError(.ENOENT) }
        return String(decoding: text, as: UTF8.self)
    }

    /// What the stock git says of the history.
    func git(_ arguments: String) async throws -> String {
        try await bash("rm -rf back", in: bench.scratch.path)
        try await bench.restore()
        return try await bashText("git -c safe.directory='*' --git-dir back/manifests.git \(arguments) 2>&1", in: bench.scratch.path)
    }

    /// A restore of the newest snapshot into the cluster, with the key that opens its secrets.
    func restore(
        kubeconfig: String? = nil, _ change: (inout ClusterRestoreRequest) -> Void = { _ in },
        whileHeld: @escaping @Sendable (Snapshot) throws -> Bool = { _ in false }
    ) async throws -> ClusterRestoreReport {
        var request = ClusterRestoreRequest(snapshot: "latest", cluster: cluster.source(kubeconfig: kubeconfig))
        request.identities = [identity]
        change(&request)
        let chosen = request
        return try await offPool {
            try ClusterRestore(chosen, in: try bench.repository(), progress: VaultProgress(), cancellation: Cancellation()).run(
                show: { _, _ in }, whileHeld: whileHeld)
        }
    }
}
