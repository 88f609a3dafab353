import GitHistory
public import Kubernetes
import Tarball
public import Vault

/// What differs between a live cluster and a snapshot of it, object by object.
public struct Drift {
    /// One object that differs.
    public struct Change: Sendable {
        public enum Kind: String, Sendable { case added, removed, changed }

        public let kind: Kind
        /// As in the snapshot's manifests.
        public let path: String
        /// A unified diff from the snapshot to the cluster; nil for secrets, whose content is not shown.
        public let difference: String?
    }

    public struct Report: Sendable {
        public let snapshot: Snapshot
        public let target: String
        public internal(set) var changes: [Change] = []
        /// Objects that are as the snapshot has them.
        public internal(set) var unchanged = 0
        /// Encrypted secrets that are there on both sides: nobody here can tell whether they differ.
        public internal(set) var sealed = 0
        /// Parts of the cluster that could not be read.
        public internal(set) var gaps: [CaptureGap] = []
        public internal(set) var warnings: [String] = []
    }

    private static let manifestBytesMax = 32 << 20

    private let view: SnapshotView
    private let source: ClusterSource
    private let cancellation: Cancellation

    public init(_ view: SnapshotView, against source: ClusterSource, cancellation: Cancellation) {
        self.view = view
        self.source = source
        self.cancellation = cancellation
    }

    public func run() throws -> Report {
        let access = try ClusterErrors.asVaultErrors {
            try source.access()
        }
        var report = Report(snapshot: view.snapshot, target: access.origin)
        report.warnings = access.warnings
        var old = try saved()
        var live: [CaptureList: [String: ManifestObject]] = [:]
        _ = try ClusterErrors.asVaultErrors {
            try ClusterReading.capture(source, access, cancellation: cancellation) { event in
                switch event {
                case .objects(let objects, let list): for object in objects { live[list, default: [:]][object.path] = object }
                case .restarted(let list): live[list] = nil
                case .failed(let gap):
                    if case .list(let list) = gap.part { live[list] = nil }
                    report.gaps.append(gap)
                }
            }
        }
        for object in live.values.flatMap(\.values).sorted(by: { $0.path < $1.path }) { try compare(object, &old, &report) }
        for path in old.keys.sorted() where !report.gaps.contains(where: { $0.covers(path) }) {
            report.changes.append(Change(kind: .removed, path: path, difference: nil))
        }
        report.changes.sort { $0.path < $1.path }
        return report
    }

    private func compare(_ object: ManifestObject, _ old: inout [String: TreeEntry], _ report: inout Report) throws {
        if old.removeValue(forKey: object.path + ".age") != nil {
            report.sealed += 1
            return
        }
        let isSecret = object.key.resource == "secret"
        guard let entry = old.removeValue(forKey: object.path) else {
            report.changes.append(Change(kind: .added, path: object.path, difference: nil))
            return
        }
        let text = try view.content(entry, limit: Self.manifestBytesMax) ?? []
        if text == object.yaml {
            report.unchanged += 1
        } else {
            let difference = isSecret ? nil : try TextDiff.unified(old: text, new: object.yaml, path: object.path)
            report.changes.append(Change(kind: .changed, path: object.path, difference: difference))
        }
    }

    /// The snapshot's manifests by path.
    private func saved() throws -> [String: TreeEntry] {
        var files: [String: TreeEntry] = [:]
        try view.entries { entry in
            guard entry.path.components.first?.elementsEqual(ManifestHistory.filesName.utf8) ?? false, case .file = entry.kind else {
                return
            }
            files[String(entry.path.description.dropFirst(ManifestHistory.filesName.utf8.count + 1))] = entry
        }
        guard !files.isEmpty else {
            throw VaultError(.usage, "the snapshot \(view.snapshot.shortID) has no manifests", hint: "`rekindle show` says what it has.")
        }
        return files
    }
}

/// Errors of a cluster as this layer's own.
enum ClusterErrors {
    static func asVaultErrors<Value>(_ body: () throws -> Value) throws -> Value {
        do { return try body() } catch let error as ClusterError {
            throw VaultError(error.code == .configuration ? .usage : .failed, error.message, hint: error.hint)
        }
    }
}
