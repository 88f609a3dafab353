public import Age
public import Core
import GitHistory
public import Kubernetes
public import Manifests
import Tarball
public import Vault

/// What differs between a live cluster and a snapshot of it, object by object. Memory holds the paths, and what differs.
public struct Drift {
    /// One object that differs.
    public struct Change: Sendable, Encodable {
        /// From the snapshot to the cluster.
        public let change: ChangeKind
        /// As in the snapshot's manifests.
        public let path: String
        /// A unified diff from the snapshot to the cluster; nil for secrets, whose content is not shown.
        public let difference: String?
    }

    public struct Report: Sendable, Encodable {
        /// What the cluster was compared with.
        public let snapshot: Snapshot
        /// Which cluster: "the context prod of /root/.kube/config".
        public let target: String
        /// Objects that differ.
        public internal(set) var changes: [Change] = []
        /// Objects that are as the snapshot has them.
        public internal(set) var unchanged = 0
        /// Encrypted secrets that are there on both sides: nobody here can tell whether they differ.
        public internal(set) var sealed = 0
        /// Objects of the snapshot that lie in parts of the cluster which could not be read.
        public internal(set) var unread = 0
        /// Parts of the cluster that could not be read.
        public internal(set) var gaps: [CaptureGap] = []
        /// What the operator should know besides.
        public internal(set) var findings = Findings()

        /// Whether a namespace of the snapshot is not there at all.
        public var isGone: Bool { changes.contains { isGone($0.path) } }

        func isGone(_ path: String) -> Bool {
            gaps.contains { gap in if case .namespace = gap.part { gap.covers(path) } else { false } }
        }
    }

    fileprivate enum Comparison {
        case same, added, changed(String?), sealed
    }

    private let view: SnapshotView
    private let request: ManifestsRequest
    private let identities: [AgeIdentity]
    private let fingerprints: SecretFingerprints?
    private let progress: Progress
    private let cancellation: Cancellation

    /// - Parameters:
    ///   - identities: what opens encrypted secrets. Without, those that this machine has encrypted are known by their fingerprints.
    ///   - cache: where the fingerprints are.
    public init(
        _ view: SnapshotView, against request: ManifestsRequest, identities: [AgeIdentity], cache: CacheFolder, progress: Progress,
        cancellation: Cancellation
    ) throws {
        self.progress = progress
        self.view = view
        self.request = request
        self.identities = identities
        self.cancellation = cancellation
        fingerprints = try view.snapshot.record.policy.flatMap(cache.folder).map { try SecretFingerprints(folder: $0) }
    }

    public func run() throws -> Report {
        guard case .cluster(let source) = request.source else {
            throw Failure(.usage, "the policy's manifests come from a directory, not from a cluster")
        }
        let access = try ClusterErrors.asFailures {
            try source.access()
        }
        progress.begin("compare", objectsTotal: 0)
        var report = Report(snapshot: view.snapshot, target: access.origin)
        access.warnings.forEach { report.findings.warn($0) }
        var saved: [String: TreeEntry] = [:]
        try view.manifests { path, entry in if ObjectKey(path: path)?.isOfServer != true { saved[path] = entry } }
        let volumes = try SavedVolumes(saved, view)
        for path in volumes.provisioned { saved[path] = nil }
        // By list, since a list may begin anew or fail.
        var live: [CaptureList: [String: Comparison]] = [:]
        _ = try ClusterErrors.asFailures {
            try ClusterReading.capture(source, access, progress, cancellation: cancellation) { event in
                switch event {
                case .objects(let objects, let list):
                    progress.add(files: objects.count)
                    for object in objects {
                        guard !object.isProvisionedVolume, let (path, comparison) = try compare(object, saved, volumes) else { continue }
                        live[list, default: [:]][path] = comparison
                    }
                case .restarted(let list): live[list] = nil
                case .failed(let gap):
                    if case .list(let list) = gap.part { live[list] = nil }
                    report.gaps.note(gap)
                case .remark: break
                }
            }
        }
        for (path, comparison) in live.values.joined() {
            saved[path] = nil
            report.add(comparison, path)
        }
        for path in saved.keys {
            // A namespace that the server does not have is no unread one: all that was in it is missing.
            if !report.isGone(path), report.gaps.contains(where: { $0.covers(path) }) {
                report.unread += 1
            } else {
                report.changes.append(Change(change: .removed, path: path, difference: nil))
            }
        }
        report.changes.sort { $0.path < $1.path }
        return report
    }

    /// nil for what the policy leaves out.
    private func compare(
        _ object: ManifestObject, _ saved: [String: TreeEntry], _ volumes: SavedVolumes
    ) throws -> (String, Comparison)? {
        let sealedPath = object.path + ".age"
        if let entry = saved[sealedPath] { return (sealedPath, try compareSealed(object, sealedPath, try view.manifest(entry))) }
        let isSecret = object.key.resource == "secret"
        guard let entry = saved[object.path] else {
            if isSecret, case .omit = request.secrets { return nil }
            return (object.path, .added)
        }
        let text = try view.manifest(entry)
        if object.isLike(text, isFixed: volumes.fixed.contains) { return (object.path, .same) }
        return (object.path, .changed(isSecret ? nil : try TextDiff.unified(old: text, new: object.yaml, path: object.path)))
    }

    private func compareSealed(_ object: ManifestObject, _ path: String, _ sealed: [UInt8]) throws -> Comparison {
        if !identities.isEmpty {
            do { return object.isLike(try AgeDecryptor.open(sealed, with: identities)) ? .same : .changed(nil) } catch {
                throw Failure(.usage, "\(path): \(error)", hint: "Is it the right key that --identity names?")
            }
        }
        guard let isSame = try fingerprints?.isSame(object.yaml, path, sealedAs: GitBlob(hashOf: sealed)) else { return .sealed }
        return isSame ? .same : .changed(nil)
    }
}

/// The volumes of a snapshot. Those that a provisioner made are made anew with their claims, under other names: they are no difference.
private struct SavedVolumes {
    /// Paths of those that come anew.
    private(set) var provisioned: [String] = []
    /// Names of those that are there whatever becomes of their claims.
    private(set) var fixed: Set<String> = []

    init(_ saved: [String: TreeEntry], _ view: SnapshotView) throws {
        for (path, entry) in saved {
            guard let key = ObjectKey(path: path), key.resource == "persistentvolume" else { continue }
            if ManifestObject.isProvisioned(volume: try view.manifest(entry)) { provisioned.append(path) } else { fixed.insert(key.name) }
        }
    }
}

extension Drift.Report {
    fileprivate mutating func add(_ comparison: Drift.Comparison, _ path: String) {
        switch comparison {
        case .same: unchanged += 1
        case .sealed: sealed += 1
        case .added: changes.append(Drift.Change(change: .added, path: path, difference: nil))
        case .changed(let difference): changes.append(Drift.Change(change: .changed, path: path, difference: difference))
        }
    }
}
