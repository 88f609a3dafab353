import Foundation
internal import Subprocess

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// A program that hands out credentials: the `exec` of a kubeconfig (client.authentication.k8s.io).
struct CredentialPlugin: Sendable {
    /// The credentials it printed.
    struct Answer: Sendable {
        let token: String?
        let certificate: ClientCertificate?
        /// nil: until the server no longer takes it.
        let expires: Date?
    }

    private static let outputBytesMax = 1 << 20
    private static let timeout = Duration.seconds(60)

    private let program: String
    private let arguments: [String]
    private let environment: [String: String]
    private let installHint: String?

    /// - Parameters:
    ///   - directory: where a program named by a relative path is; ends with a slash or is empty.
    ///   - authorities: the cluster's CA, for plug-ins that ask for it.
    init(_ exec: ManifestValue, directory: String, cluster: ManifestValue, authorities: [UInt8]?) throws(ClusterError) {
        guard let command = exec["command"]?.text, let version = exec["apiVersion"]?.text else {
            throw ClusterError(.configuration, "the \"exec\" of a user has no command or no apiVersion")
        }
        program = command.contains("/") && !command.hasPrefix("/") ? directory + command : command
        if case .sequence(let values) = exec["args"] { arguments = values.compactMap(\.literal) } else { arguments = [] }
        installHint = exec["installHint"]?.text
        var variables: [String: String] = [:]
        if case .sequence(let items) = exec["env"] {
            for item in items { if let name = item["name"]?.text { variables[name] = item["value"]?.literal ?? "" } }
        }
        var spec: [String: Any] = ["interactive": false]
        if exec["provideClusterInfo"]?.literal == "true" {
            var info: [String: Any] = ["server": cluster["server"]?.text ?? ""]
            if let name = cluster["tls-server-name"]?.text { info["tls-server-name"] = name }
            if cluster["insecure-skip-tls-verify"]?.literal == "true" { info["insecure-skip-tls-verify"] = true }
            if let authorities { info["certificate-authority-data"] = Data(authorities).base64EncodedString() }
            spec["cluster"] = info
        }
        let request: [String: Any] = ["kind": "ExecCredential", "apiVersion": version, "spec": spec]
        // A dictionary of strings and booleans can always be written.
        let json = (try? JSONSerialization.data(withJSONObject: request, options: .sortedKeys)) ?? Data()
        variables["KUBERNETES_EXEC_INFO"] = String(decoding: json, as: UTF8.self)
        environment = variables
    }

    func run() async throws(ClusterError) -> Answer {
        let output: [UInt8]
        do {
            output = try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
                group.addTask { try await spawn() }
                group.addTask {
                    try await Task.sleep(for: Self.timeout)
                    return nil
                }
                defer { group.cancelAll() }
                guard let output = try await group.next() ?? nil else { throw failure("did not end within \(Self.timeout)") }
                return output
            }
        } catch {
            throw error as? ClusterError ?? failure("cannot be run: \(error)")
        }
        return try answer(output)
    }

    private func failure(_ why: String) -> ClusterError {
        ClusterError(.unauthorized, "the credential plug-in `\(program)` \(why)", hint: installHint)
    }

    private func spawn() async throws -> [UInt8] {
        var options = PlatformOptions()
        options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .milliseconds(500))]
        let variables = Dictionary(uniqueKeysWithValues: environment.map { (Environment.Key(stringLiteral: $0.key), Optional($0.value)) })
        let result = try await Subprocess.run(
            program.contains("/") ? .path(FilePath(program)) : .name(program), arguments: Arguments(arguments),
            environment: .inherit.updating(variables), platformOptions: options, input: .none,
            output: .bytes(limit: Self.outputBytesMax), error: .string(limit: 64 << 10))
        guard case .exited(0) = result.terminationStatus else {
            let said = result.standardError.split(separator: "\n").last.map { ": \($0.prefix(300))" } ?? ""
            throw failure("ended with \(result.terminationStatus)\(said)")
        }
        return result.standardOutput
    }

    private func answer(_ output: [UInt8]) throws(ClusterError) -> Answer {
        let value: ManifestValue
        do { value = try JSONReader.value(output[...]) } catch { throw failure("answered nonsense: \(error)") }
        guard value["kind"]?.text == "ExecCredential", let status = value["status"] else { throw failure("answered without credentials") }
        var certificate: ClientCertificate?
        if let chain = status["clientCertificateData"]?.text, let key = status["clientKeyData"]?.text {
            certificate = .init(certificate: Array(chain.utf8), key: Array(key.utf8), origin: "the credential plug-in `\(program)`")
        }
        guard status["token"]?.text != nil || certificate != nil else { throw failure("answered without a token or certificate") }
        let expires = try status["expirationTimestamp"]?.text.map { text throws(ClusterError) in
            do { return try Date(text, strategy: .iso8601) } catch {
                throw failure("answered with the time \(text.prefix(40).debugDescription)")
            }
        }
        return Answer(token: status["token"]?.text, certificate: certificate, expires: expires)
    }
}
