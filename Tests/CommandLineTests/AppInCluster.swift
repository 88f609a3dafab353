import Foundation
import TestSupport
import Testing

/// A small application in a real API server of its own, with a policy for it: the files `p.yaml`, `key` and `data`. The server ends with this.
final class AppInCluster {
    let program: Program
    private let support = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../Support").standardized.path

    init() throws {
        program = Program(scratch: try Scratch())
        // The server was built into the cache of whoever runs the tests, which is not that of the programs under test.
        let cache = ProcessInfo.processInfo.environment["XDG_CACHE_HOME"].map { "XDG_CACHE_HOME=\($0)" } ?? "-u XDG_CACHE_HOME"
        try program.shell(
            """
            set -e
            env \(cache) bash \(support)/cluster.sh start $PWD/cluster >&2
            kubectl --kubeconfig cluster/kubeconfig create namespace app
            kubectl --kubeconfig cluster/kubeconfig -n app create configmap settings --from-literal=level=3
            kubectl --kubeconfig cluster/kubeconfig -n app create secret generic login --from-literal=password=hidden
            kubectl --kubeconfig cluster/kubeconfig -n app create deployment web --image=web
            mkdir data; echo precious > data/file
            printf '%s\\n' 'version: 1' 'name: app' 'vault: vault' 'manifests:' \
                '  cluster: {kubeconfig: cluster/kubeconfig, namespaces: [app]}' "  recipients: [$(\(Program.path) keygen -o key)]" \
                'data: [{name: files, path: data}]' > p.yaml
            """)
    }

    deinit { _ = try? program.shell("bash \(support)/cluster.sh stop $PWD/cluster") }
}
