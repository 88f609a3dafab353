import Age
import ArgumentParser
import Core
import FileTree
import FoundationEssentials
import Glibc
import Kubernetes
import Operations
import Policy
import Vault

/// What `restore` and `drill` must know of a cluster that manifests go into.
struct ClusterOptions: ParsableArguments {
    @Option(
        defaultAsFlag: "",
        help: ArgumentHelp("The manifests into a cluster: that of a context of the kubeconfig, or of the policy's.", valueName: "context"))
    var cluster: String?
    @Option(help: ArgumentHelp("The kubeconfig, where it is not the one that kubectl would use.", valueName: "file"), completion: .file())
    var kubeconfig: String?
    @Option(
        help: ArgumentHelp(
            "Only this namespace and what it uses outside of it; with =NEW under another name; may be repeated.", valueName: "name[=new]"))
    var namespace: [String] = []
    @Option(
        help: ArgumentHelp("A key that opens encrypted secrets, made by keygen; may be repeated.", valueName: "file"), completion: .file())
    var identity: [String] =
        []
    @Flag(help: "Leave the secrets out.") var withoutSecrets = false
    @Option(help: ArgumentHelp("Another storage class; may be repeated.", valueName: "old=new")) var mapStorageClass: [String] = []
    @Option(help: ArgumentHelp("Another registry, or a beginning of image names; may be repeated.", valueName: "old=new")) var mapRegistry:
        [String] = []
    @Option(help: ArgumentHelp("Seconds to wait until workloads and claims are ready: 300 by default, 0 not at all.", valueName: "seconds"))
    var wait: Int?

    /// Whether any of these was given without --cluster, where they mean nothing.
    var isStray: Bool {
        cluster == nil
            && !(namespace.isEmpty && identity.isEmpty && mapStorageClass.isEmpty && mapRegistry.isEmpty && !withoutSecrets
                && kubeconfig == nil && wait == nil)
    }

    func request(snapshot: String, policy: Policy?) throws -> ClusterRestoreRequest {
        var source = ClusterSource(environment: ProcessInfo.processInfo.environment)
        if case .cluster(let configured) = policy?.manifests?.source {
            source.kubeconfig = configured.kubeconfig
            source.context = configured.context
        }
        if let kubeconfig {
            (source.kubeconfig, source.context) = (kubeconfig, nil)
        } else if let named = source.kubeconfig, let other = source.environment["KUBECONFIG"], !other.isEmpty, other != named {
            throw Failure(
                .usage, "the policy names the kubeconfig \(named), and KUBECONFIG names \(other)",
                hint: "Say with --kubeconfig into which cluster to restore; nothing was changed.")
        }
        if let cluster, !cluster.isEmpty { source.context = cluster }
        var request = ClusterRestoreRequest(snapshot: snapshot, cluster: source)
        request.policy = policy?.name
        request.namespaces = namespace.map { String($0.prefix { $0 != "=" }) }
        request.mapping.namespaces = try pairs(namespace.filter { $0.contains("=") }, "--namespace")
        request.mapping.storageClasses = try pairs(mapStorageClass, "--map-storage-class")
        request.mapping.registries = try pairs(mapRegistry, "--map-registry")
        request.identities = try identity.flatMap(Self.identities)
        request.isWithoutSecrets = withoutSecrets
        let seconds = wait ?? 300
        request.readyTimeout = seconds > 0 ? .seconds(seconds) : nil
        return request
    }

    private func pairs(_ texts: [String], _ option: String) throws -> [String: String] {
        var pairs: [String: String] = [:]
        for text in texts {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty, pairs.updateValue(parts[1], forKey: parts[0]) == nil else {
                throw Failure(.usage, "\(option) \(text): it is OLD=NEW, each old name once")
            }
        }
        return pairs
    }

    private static let identityBytesMax = 1 << 20

    static func identities(_ file: String) throws -> [AgeIdentity] {
        let text: String
        do throws(SystemError) { text = String(decoding: try OpenFile.contents(of: file, limit: identityBytesMax), as: UTF8.self) } catch {
            throw Failure(.usage, "cannot read the identity \(file): \(error.reason)")
        }
        // Editors on Windows begin a text with a byte order mark.
        let mark = text.unicodeScalars.first == "\u{FEFF}"
        do { return try AgeIdentity.read(file: mark ? String(text.unicodeScalars.dropFirst()) : text) } catch {
            throw Failure(.usage, "\(file): \(error)")
        }
    }
}
