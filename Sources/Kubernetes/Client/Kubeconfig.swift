import FoundationEssentials

/// One kubeconfig, or several merged as kubectl merges them: of two entries with one name, the first counts.
///
/// Fields that this program does not know are passed over, since they belong to other programs.
struct Kubeconfig {
    private var files: [String] = []
    private var contexts: [String: Entry] = [:]
    private var clusters: [String: Entry] = [:]
    private var users: [String: Entry] = [:]
    private var currentContext: String?

    /// A named entry, and the directory that its relative paths start from.
    private struct Entry {
        let value: ManifestValue
        let directory: String
    }

    var isEmpty: Bool { files.isEmpty }

    // MARK: Reading

    static func read(_ paths: [String], mustExist: Bool) throws(ClusterError) -> Kubeconfig {
        var config = Kubeconfig()
        for path in paths where mustExist || FileManager.default.fileExists(atPath: path) { try config.merge(path) }
        return config
    }

    private init() {}

    /// One file's content.
    init(_ value: ManifestValue, directory: String, path: String) throws(ClusterError) {
        try merge(value, directory: directory, path: path)
    }

    private mutating func merge(_ path: String) throws(ClusterError) {
        let value = try Self.document(path, try SmallFile.read(path, what: "the kubeconfig"))
        try merge(value, directory: path.lastIndex(of: "/").map { String(path[...$0]) } ?? "", path: path)
    }

    private mutating func merge(_ value: ManifestValue, directory: String, path: String) throws(ClusterError) {
        files.append(path)
        for (list, inner, target) in [
            ("contexts", "context", \Kubeconfig.contexts), ("clusters", "cluster", \Kubeconfig.clusters),
            ("users", "user", \Kubeconfig.users),
        ] {
            guard case .sequence(let items) = value[list] else { continue }
            for item in items {
                guard let name = item["name"]?.string else {
                    throw ClusterError(.configuration, "\(path): an element of \"\(list)\" has no name")
                }
                guard let entry = item[inner], self[keyPath: target][name] == nil else { continue }
                self[keyPath: target][name] = Entry(value: entry, directory: directory)
            }
        }
        if currentContext == nil { currentContext = value["current-context"]?.text }
    }

    private static func document(_ path: String, _ bytes: [UInt8]) throws(ClusterError) -> ManifestValue {
        do {
            let values = try YAMLText.documents(bytes).flatMap { document throws(LineProblem) in try YAMLReader.values(document) }
            guard let value = values.first?.value, values.count == 1, case .mapping = value else {
                throw LineProblem(line: 1, why: "it is no kubeconfig (apiVersion: v1, kind: Config)")
            }
            return value
        } catch {
            guard let problem = error as? LineProblem else { throw ClusterError(.configuration, "\(path): \(error)") }
            throw ClusterError(.configuration, "\(path):\(problem.line): \(problem.why)")
        }
    }

    // MARK: One context

    func access(context name: String?) throws(ClusterError) -> ClusterAccess {
        guard !isEmpty else {
            throw ClusterError(
                .configuration, "no kubeconfig was found", hint: "Name one in the policy, in KUBECONFIG, or put it at ~/.kube/config")
        }
        let place = files.joined(separator: ":")
        guard let context = name ?? currentContext else {
            throw ClusterError(.configuration, "\(place) names no current context", hint: "Choose one: \(names(contexts))")
        }
        let entry = try self.entry(contexts, "context", context)
        guard let clusterName = entry.value["cluster"]?.text else {
            throw ClusterError(.configuration, "the context \(context) of \(place) names no cluster")
        }
        let cluster = try self.entry(clusters, "cluster", clusterName)
        let user = try entry.value["user"]?.text.map { name throws(ClusterError) in try self.entry(users, "user", name) }
        guard let server = cluster.value["server"]?.text else {
            throw ClusterError(.configuration, "the cluster \(clusterName) of \(place) has no server")
        }
        let tls = try self.tls(cluster)
        let origin = "the context \(context) of \(place)"
        return ClusterAccess(
            origin: origin, server: String(server.reversed().drop { $0 == "/" }.reversed()), namespace: entry.value["namespace"]?.text,
            warnings: tls.isVerified
                ? [] : ["\(origin) skips the verification of the server's certificate: anybody on the way can read and change everything"],
            tls: tls, credential: try user.map { user throws(ClusterError) in try credential(user, cluster: cluster) } ?? .none,
            proxy: cluster.value["proxy-url"]?.text)
    }

    private func entry(_ entries: [String: Entry], _ kind: String, _ name: String) throws(ClusterError) -> Entry {
        guard let entry = entries[name] else {
            throw ClusterError(
                .configuration, "\(files.joined(separator: ":")) has no \(kind) \(name.debugDescription)", hint: "It has: \(names(entries))"
            )
        }
        return entry
    }

    private func names(_ entries: [String: Entry]) -> String {
        entries.isEmpty ? "none" : entries.keys.sorted().prefix(20).joined(separator: ", ")
    }

    private func tls(_ cluster: Entry) throws(ClusterError) -> ClusterAccess.TLS {
        let isSkipped = cluster.value["insecure-skip-tls-verify"]?.literal == "true"
        let authorities = try data(cluster, "certificate-authority", "the CA certificate")
        return ClusterAccess.TLS(
            authorities: authorities, serverName: cluster.value["tls-server-name"]?.text, isVerified: !isSkipped)
    }

    private func credential(_ user: Entry, cluster: Entry) throws(ClusterError) -> ClusterAccess.Credential {
        let value = user.value
        if let certificate = try data(user, "client-certificate", "the client certificate") {
            guard let key = try data(user, "client-key", "the client key") else {
                throw ClusterError(.configuration, "a user of \(files.joined(separator: ":")) has a client certificate without a key")
            }
            let origin = value["client-certificate"]?.text.map { path($0, user) } ?? files.joined(separator: ":")
            return .certificate(ClientCertificate(certificate: certificate, key: key, origin: origin))
        }
        if let file = value["tokenFile"]?.text { return .tokenFile(path(file, user)) }
        if let token = value["token"]?.text { return .token(token) }
        if let name = value["username"]?.text { return .basic(user: name, password: value["password"]?.text ?? "") }
        if let exec = value["exec"] {
            return .plugin(
                try CredentialPlugin(
                    exec, directory: user.directory, cluster: cluster.value,
                    authorities: try data(
                        cluster, "certificate-authority", "the CA certificate")))
        }
        if value["auth-provider"] != nil {
            throw ClusterError(
                .configuration, "a user of \(files.joined(separator: ":")) has an \"auth-provider\", which Kubernetes 1.26 has removed",
                hint: "Use an \"exec\" credential plugin, as the provider's documentation says")
        }
        return .none
    }

    /// What `NAME-data` holds in base64, else the bytes of the file that `NAME` names.
    private func data(_ entry: Entry, _ name: String, _ what: String) throws(ClusterError) -> [UInt8]? {
        if let text = entry.value["\(name)-data"]?.text {
            guard let data = Data(base64Encoded: text, options: .ignoreUnknownCharacters) else {
                throw ClusterError(.configuration, "\(name)-data of \(files.joined(separator: ":")) is not base64")
            }
            return Array(data)
        }
        guard let file = entry.value[name]?.text else { return nil }
        return try SmallFile.read(path(file, entry), what: what)
    }

    private func path(_ path: String, _ entry: Entry) -> String { path.hasPrefix("/") ? path : entry.directory + path }
}

extension ManifestValue {
    /// The string, unless it is empty.
    var text: String? { string.flatMap { $0.isEmpty ? nil : $0 } }

    /// The characters of a scalar of any type.
    var literal: String? {
        guard case .scalar(let scalar) = self else { return nil }
        return scalar.text
    }
}
