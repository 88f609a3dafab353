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
}
