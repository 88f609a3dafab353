import FoundationEssentials

/// Hands out what a request proves itself with, fetched anew when it is old.
actor CredentialSource {
    /// For one request.
    struct Proof: Sendable {
        /// The header `Authorization`.
        var authorization: String?
        var certificate: ClientCertificate?
    }

    private static let tokenFileAge = 60.0
    /// So long before its end a credential is fetched anew: clocks differ.
    private static let margin = 30.0

    private let credential: ClusterAccess.Credential
    private var current: (proof: Proof, until: Date)?
    private var fetching: Task<(proof: Proof, until: Date), any Error>?

    init(_ credential: ClusterAccess.Credential) { self.credential = credential }

    /// Whether asking again after a refusal may give something else.
    nonisolated var isRenewable: Bool {
        switch credential {
        case .tokenFile, .plugin: true
        case .none, .token, .basic, .certificate: false
        }
    }

    func forget() { current = nil }

    /// Requests that come while it is fetched wait for the same answer.
    func proof() async throws -> Proof {
        if let current, current.until > Date() { return current.proof }
        let task = fetching ?? Task { [credential] in try await Self.fetch(credential) }
        fetching = task
        defer { fetching = nil }
        let fetched = try await task.value
        current = fetched
        return fetched.proof
    }

    private static func fetch(_ credential: ClusterAccess.Credential) async throws -> (proof: Proof, until: Date) {
        switch credential {
        case .none: return (Proof(), .distantFuture)
        case .token(let token): return (Proof(authorization: try bearer(token)), .distantFuture)
        case .tokenFile(let path):
            return (Proof(authorization: try bearer(SmallFile.text(path, what: "the token"))), Date() + tokenFileAge)
        case .basic(let user, let password):
            return (Proof(authorization: "Basic " + Data("\(user):\(password)".utf8).base64EncodedString()), .distantFuture)
        case .certificate(let certificate): return (Proof(certificate: certificate), .distantFuture)
        case .plugin(let plugin):
            let answer = try await plugin.run()
            return (
                Proof(authorization: try answer.token.map(bearer), certificate: answer.certificate),
                answer.expires.map { $0 - margin } ?? .distantFuture
            )
        }
    }

    private static func bearer(_ token: String) throws(ClusterError) -> String {
        guard token.utf8.allSatisfy({ (33...126).contains($0) }), !token.isEmpty else {
            throw ClusterError(.configuration, "the token is empty or holds characters that no token has")
        }
        return "Bearer \(token)"
    }
}
