import Core
import Kubernetes
import Manifests
import Vault

/// The namespaces of a drill, beside those of the real application: made by it, and removed with it.
struct DrillNamespaces {
    /// The time limit for their contents to end.
    private static let removalTimeout = Duration.seconds(180)
    private static let lengthMax = 63

    let drill: String
    /// What each namespace of the snapshot is called meanwhile.
    let renamed: [String: String]
    private let source: ClusterSource

    /// - Parameter chosen: only these of the snapshot; empty: all but the cluster's own.
    init(_ view: SnapshotView, chosen: [String], source: ClusterSource) throws {
        let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789")
        drill = String((0..<8).map { _ in letters[Int.random(in: 0..<letters.count)] })
        self.source = source
        var there: Set<String> = []
        try view.manifests { path, _ in
            let folder = String(path.prefix { $0 != "/" })
            if !folder.hasPrefix("_") { there.insert(folder) }
        }
        let hint = "`rekindle ls \(view.snapshot.shortID) manifests` lists what there is; nothing was changed."
        if let missing = chosen.first(where: { !there.contains($0) }) {
            throw Failure(.usage, "the snapshot \(view.snapshot.shortID) has no objects in \(missing)", hint: hint)
        }
        if let own = chosen.first(where: Self.isOfCluster) {
            throw Failure(
                .usage, "\(own) belongs to the cluster itself, and cannot be there twice", hint: "Leave it out; nothing was changed.")
        }
        let names = (chosen.isEmpty ? there.filter { !Self.isOfCluster($0) } : Set(chosen)).sorted()
        guard !names.isEmpty else {
            throw Failure(.usage, "the snapshot \(view.snapshot.shortID) has no objects in namespaces of an application", hint: hint)
        }
        let ending = "-drill-\(drill)"
        var renamed: [String: String] = [:]
        for (number, name) in names.enumerated() {
            // Two long names may begin alike.
            let mark = name.utf8.count + ending.utf8.count <= Self.lengthMax ? "" : "-\(number)"
            renamed[name] = name.prefix(Self.lengthMax - ending.utf8.count - mark.utf8.count) + mark + ending
        }
        self.renamed = renamed
    }

    private static func isOfCluster(_ name: String) -> Bool { name.hasPrefix("kube-") }

    /// Removes what other drills have left and has outlived its time, and tells of it and of the rest. Who may not look could not remove either.
    func leftovers(_ cancellation: Cancellation) throws -> Findings {
        let now = Timestamp.now().description
        let found: (reaped: [String], left: [String])
        do { found = try source.ask(cancellation) { try await ScratchNamespaces($0).reap(now: now) } } catch let error as ClusterError {
            throw Failure(
                .failed, "the cluster's namespaces cannot be listed, and a drill finds its own by their label: \(error.description)",
                hint: "Give the account the right to list namespaces; nothing was changed.")
        }
        var findings = Self.reaped(found.reaped)
        if !found.left.isEmpty {
            let names = found.left.joined(separator: " ")
            findings.warn("other drills have left namespaces, or still run: when none does, `kubectl delete namespace \(names)`")
        }
        return findings
    }

    /// Namespaces of earlier drills that were removed.
    static func reaped(_ names: [String]) -> Findings {
        var findings = Findings()
        for name in names { findings.note("the namespace \(name) of an earlier drill has outlived its time, and is removed") }
        return findings
    }

    /// Also after a failure or a signal; returns what was not possible.
    func remove() -> String? {
        let names = renamed.values.sorted()
        let hint = "`kubectl delete namespace -l \(ScratchNamespaces.label)=\(drill)` does it by hand."
        do {
            // Not the cancellation of the drill, which may have been stopped.
            let left = try source.ask(Cancellation()) {
                try await ScratchNamespaces($0).remove(names, drill: drill, timeout: Self.removalTimeout)
            }
            if left.isEmpty { return nil }
            let reasons = left.map { "\($0.object): \($0.reason)" }.joined(separator: "; ")
            let volumes = left.filter { $0.object.kind == "PersistentVolume" }.map(\.object.name)
            let advice =
                (volumes.count < left.count ? [hint] : [])
                + (volumes.isEmpty
                    ? [] : ["`kubectl delete pv \(volumes.joined(separator: " "))` removes the volumes, once nobody needs them."])
            return "Not all of what the drill made in the cluster could be removed: \(reasons). \(advice.joined(separator: " "))"
        } catch { return "The scratch namespaces \(names.joined(separator: ", ")) could not be removed: \(error). \(hint)" }
    }
}
