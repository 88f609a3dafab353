import Glibc

/// How to reach one cluster, and as whom. Nothing has been asked of it yet.
public struct ClusterAccess: Sendable {
    /// Where it comes from, for messages: "the context prod of /root/.kube/config".
    public let origin: String
    /// "https://host:port", perhaps with a path.
    public let server: String
    /// The namespace that the context names.
    public let namespace: String?
    /// What an operator should know before trusting it.
    public let warnings: [String]
    let tls: TLS
    let credential: Credential
    /// A proxy's address; nil for what the environment says.
    let proxy: String?
    /// API groups that did not answer in this run.
    let silentGroups = Guarded<Set<String>>([])

    struct TLS: Sendable, Equatable {
        /// PEM; nil for the system's.
        var authorities: [UInt8]?
        /// The name that the certificate is for, where it is not the host's.
        var serverName: String?
        var isVerified = true
    }

    /// As whom.
    enum Credential: Sendable {
        case none
        case token(String)
        /// Read again while it is used: a service account's token changes every hour.
        case tokenFile(String)
        case basic(user: String, password: String)
        case certificate(ClientCertificate)
        case plugin(CredentialPlugin)

        var isNone: Bool { if case .none = self { true } else { false } }
    }

    /// A certificate and its key, both PEM.
    struct ClientCertificate: Sendable, Equatable {
        let certificate: [UInt8]
        let key: [UInt8]
        /// Where they come from, for messages.
        let origin: String
    }

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

/// Files that a kubeconfig names: certificates, keys, tokens.
enum SmallFile {
    static func read(_ path: String, what: String) throws(ClusterError) -> [UInt8] {
        do { return try ManifestFiles.bytes(path) } catch {
            throw ClusterError(.configuration, "cannot read \(what) \(path): \(error)")
        }
    }

    /// Its text without the white space around it.
    static func text(_ path: String, what: String) throws(ClusterError) -> String {
        guard let text = String(validating: try read(path, what: what), as: UTF8.self) else {
            throw ClusterError(.configuration, "\(what) \(path) is not text")
        }
        let isBlank: (Character) -> Bool = { $0.isWhitespace }
        return String(text.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }
}
