import Glibc

extension ClusterAccess {
    /// As kubectl finds it: the file given, else KUBECONFIG, else ~/.kube/config, else the service account of the pod this runs in.
    ///
    /// - Parameters:
    ///   - kubeconfig: a file; nil for the environment's.
    ///   - context: a name in it; nil for its current context.
    public static func find(
        kubeconfig: String? = nil, context: String? = nil, environment: [String: String]
    ) throws(ClusterError) -> ClusterAccess {
        let paths = kubeconfig.map { [$0] } ?? defaultPaths(environment)
        let config = try Kubeconfig.read(paths, mustExist: kubeconfig != nil)
        if config.isEmpty, kubeconfig == nil, context == nil, let access = try ServiceAccount.access(environment) { return access }
        return try config.access(context: context)
    }

    private static func defaultPaths(_ environment: [String: String]) -> [String] {
        let listed = (environment["KUBECONFIG"] ?? "").split(separator: ":").map(String.init)
        return listed.isEmpty ? [(environment["HOME"] ?? "") + "/.kube/config"] : listed
    }
}

/// The account that Kubernetes gives to every pod.
enum ServiceAccount {
    private static let folder = "/var/run/secrets/kubernetes.io/serviceaccount"

    static func access(_ environment: [String: String], folder: String = folder) throws(ClusterError) -> ClusterAccess? {
        guard let host = environment["KUBERNETES_SERVICE_HOST"], let port = environment["KUBERNETES_SERVICE_PORT"], !host.isEmpty else {
            return nil
        }
        guard Glibc.access("\(folder)/token", R_OK) == 0 else { return nil }
        let authorities = try SmallFile.read("\(folder)/ca.crt", what: "the cluster's CA certificate")
        let namespace = try? SmallFile.text("\(folder)/namespace", what: "the pod's namespace")
        return ClusterAccess(
            origin: "the pod's service account", server: "https://\(host.contains(":") ? "[\(host)]" : host):\(port)", namespace: namespace,
            warnings: [], tls: ClusterAccess.TLS(authorities: authorities), credential: .tokenFile("\(folder)/token"), proxy: nil)
    }
}
