import Kubernetes
import Vault

/// The namespaces of a drill, beside those of the real application: made by it, and removed with it.
struct DrillNamespaces {
    /// So long for what is in them to end.
    private static let removalTimeout = Duration.seconds(180)
    private static let lengthMax = 63

    let drill: String
    /// What each namespace of the snapshot is called meanwhile.
    let renamed: [String: String]
    private let source: ClusterSource

    /// - Parameter chosen: only these of the snapshot; empty: all.
    init(_ view: SnapshotView, chosen: [String], source: ClusterSource) throws {
        let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789")
        let drill = String((0..<8).map { _ in letters[Int.random(in: 0..<letters.count)] })
        var names: Set<String> = []
        try view.manifests { path, _ in
            let folder = String(path.prefix { $0 != "/" })
            if !folder.hasPrefix("_"), chosen.isEmpty || chosen.contains(folder) { names.insert(folder) }
        }
        guard !names.isEmpty else {
            throw VaultError(
                .usage,
                "the snapshot \(view.snapshot.shortID) has no objects in \(chosen.isEmpty ? "namespaces" : chosen.joined(separator: ", "))",
                hint: "`rekindle ls \(view.snapshot.shortID) manifests` lists what there is; nothing was changed.")
        }
        let ending = "-drill-\(drill)"
        renamed = Dictionary(names.map { ($0, $0.prefix(Self.lengthMax - ending.count) + ending) }) { first, _ in first }
        self.drill = drill
        self.source = source
    }

    /// Also after a failure or a signal; returns what was not possible.
    func remove() -> String? {
        let names = renamed.values.sorted()
        let hint = "`kubectl delete namespace -l \(ScratchNamespaces.label)=\(drill)` does it by hand."
        do {
            let access = try source.access()
            // Not that of the drill, which may have been stopped.
            let left = try ClusterReading.wait(Cancellation()) {
                try await APIClient.with(access, environment: source.environment, notice: { _ in }) { client in
                    try await ScratchNamespaces(client).remove(names, drill: drill, timeout: Self.removalTimeout)
                }
            }
            return left.first.map { "The scratch namespace \($0.object.name) could not be removed: \($0.reason). \(hint)" }
        } catch { return "The scratch namespaces \(names.joined(separator: ", ")) could not be removed: \(error). \(hint)" }
    }
}
