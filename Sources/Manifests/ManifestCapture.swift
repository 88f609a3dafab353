import Age
package import Archiver
import CLinux
package import Core
import FileTree
package import GitHistory
import Glibc
package import Kubernetes
import Tarball
import Vault

/// The manifests as a backup stores them: files whose contents lie in the repository of their history.
package struct CapturedManifests {
    package let commit: LogEntry?
    /// How it differs from the commit before, in words; nil where nothing was committed.
    package let changes: String?
    package let files: [(path: TreePath, blob: GitBlob)]
    /// Parts that could not be read, and are here as they were.
    package let gaps: Int
}

extension CapturedManifests {
    /// As files to be archived, read from the repository at a path.
    package func fileSet(of repository: String) throws -> FileSet {
        let repository = try GitRepository(bareAt: repository, create: false)
        return FileSet(
            files: files.map { file in FileSet.File(path: file.path) { try repository.content(of: file.blob) } }, gaps: gaps)
    }
}

/// Captures manifests from where they are into the history: gathers the files of the next commit, and commits them.
package struct ManifestCapture {
    private let request: ManifestsRequest
    private let history: ManifestHistory
    private let progress: Progress
    private let cancellation: Cancellation

    /// - Parameter history: fingerprints of secrets are kept in its folder.
    package init(_ request: ManifestsRequest, history: ManifestHistory, progress: Progress, cancellation: Cancellation) {
        self.progress = progress
        self.request = request
        self.history = history
        self.cancellation = cancellation
    }

    package func run(_ findings: inout Findings) throws -> CapturedManifests {
        progress.begin("capture", objectsTotal: 0)
        var gathering: Gathering?
        let (commit, changes) = try history.commit(&findings) { draft, previous, findings in
            var new = try Gathering(request, folder: history.folder.path, draft: draft, previous: previous)
            try gather(into: &new, &findings)
            try new.finish()
            gathering = new
            return (new.files, new.gaps)
        }
        // The memory of the lists is free, but the allocator keeps it unless it is asked to give it back.
        malloc_trim(0)
        guard let gathering else { return CapturedManifests(commit: commit, changes: changes, files: [], gaps: 0) }
        findings.note(gathering: gathering)
        let files = gathering.files.compactMap { file in TreePath(file.path).map { (path: $0, blob: file.blob) } }
        guard files.count == gathering.files.count else { throw Failure(.failed, "an object's file name is no path") }
        return CapturedManifests(commit: commit, changes: changes, files: files, gaps: gathering.gaps.count)
    }

    /// All as the last commit has it, for a cluster of which nothing could be read; nil where there is no commit.
    package func kept() throws -> CapturedManifests? {
        guard history.hasCommits else { return nil }
        let repository = try GitRepository(bareAt: history.path, create: false)
        guard let head = try repository.head() else { return nil }
        let gathering = try Gathering(
            request, folder: history.folder.path, draft: GitDraft(repository), previous: repository.files(at: head))
        let files = gathering.allowed.compactMap { path, blob in TreePath(path).map { (path: $0, blob: blob) } }
        return CapturedManifests(commit: try repository.log(limit: 1).first, changes: nil, files: files, gaps: 1)
    }

    /// A dry run: how many objects there are.
    package func count(_ findings: inout Findings) throws {
        var objects = 0
        switch request.source {
        case .directory(let path, let exclude):
            let (found, problems) = try ManifestDirectory.readWhatCanBe(path) { path in exclude.contains { $0.covers(path) } }
            objects = found.count
            for problem in problems?.problems ?? [] { findings.problem(problem.place, problem.reason) }
        case .cluster(let cluster):
            var lists: [CaptureList: Int] = [:]
            _ = try ClusterReading.capture(cluster, try access(cluster, &findings), progress, cancellation: cancellation) { event in
                switch event {
                case .objects(let found, let list): lists[list, default: 0] += found.count
                case .restarted(let list): lists[list] = 0
                case .failed(let gap): findings.problem("\(gap)", gap.reason)
                case .remark: break
                }
            }
            objects = lists.values.reduce(0, +)
        }
        findings.note("manifests: \(objects) objects; they are committed when the backup runs")
    }

    private func gather(into gathering: inout Gathering, _ findings: inout Findings) throws {
        switch request.source {
        case .directory(let path, let exclude):
            let (objects, problems) = try ManifestDirectory.readWhatCanBe(path) { path in exclude.contains { $0.covers(path) } }
            for object in objects { try gathering.add(object, to: nil) }
            for problem in problems?.problems ?? [] {
                gathering.fail(CaptureGap(part: .file(problem.place), reason: problem.reason, cause: .other))
            }
        case .cluster(let cluster):
            var remarks: Set<String> = []
            let summary = try ClusterReading.capture(cluster, try access(cluster, &findings), progress, cancellation: cancellation) {
                event in
                switch event {
                case .objects(let found, let list):
                    for object in found { try gathering.add(object, to: list) }
                    progress.add(files: found.count)
                case .restarted(let list): gathering.restart(list)
                case .failed(let gap): gathering.fail(gap)
                case .remark(let text): if remarks.insert(text).inserted { findings.warn("\(text)") }
                }
            }
            if gathering.count(where: cluster.scope.asksFor) + gathering.omittedSecrets == 0 {
                // The caller keeps all of it, as when the server does not answer at all.
                guard let gap = gathering.gaps.first else {
                    let selected = cluster.scope.selector.map { " with the labels of the selector \($0)" } ?? ""
                    throw ClusterError(
                        .refused, "the cluster has no object that the policy asks for\(selected)",
                        hint: "An empty answer is not taken for an application without objects: nothing is recorded as deleted")
                }
                throw ClusterError(.refused, "nothing could be read of the cluster: \(gap): \(gap.reason)")
            }
            findings.note("the cluster (\(summary.version)): \(summary.lists) lists, \(gathering.count) objects")
            for namespace in cluster.scope.namespaces where cluster.scope.selector != nil && gathering.isNothingFound(in: namespace) {
                findings.warn("nothing in the namespace \(namespace) has the labels of the policy's selector")
            }
        }
    }

    private func access(_ cluster: ClusterSource, _ findings: inout Findings) throws -> ClusterAccess {
        let access = try cluster.access()
        for warning in access.warnings { findings.warn("\(warning)") }
        return access
    }
}

/// The files of the next commit while they come in, list by list.
package struct Gathering {
    private(set) var gaps: [CaptureGap] = []
    private(set) var files: [(path: String, blob: GitBlob)] = []
    /// Secrets that were left out, or stored as they are.
    private(set) var omittedSecrets = 0
    private(set) var plainSecrets = 0

    private let secrets: ManifestsRequest.Secrets
    private let draft: GitDraft
    private let previous: [String: GitBlob]
    private var sealer: SecretSealer?
    /// Whether it is a directory that is read, of which any file may have held any object.
    package let isDirectory: Bool
    /// Objects that are in the next commit because nobody knows whether they are gone.
    private(set) var keptCount = 0
    /// By list, since a list may begin anew or fail; nil is the directory.
    private var found: [CaptureList?: [String: GitBlob]] = [:]
    /// The files kept beside the objects, by the paths of these.
    private var fields: [CaptureList?: [String: GitBlob]] = [:]

    package init(_ request: ManifestsRequest, folder: String, draft: GitDraft, previous: [GitEntry]) throws {
        secrets = request.secrets
        if case .directory = request.source { isDirectory = true } else { isDirectory = false }
        self.draft = draft
        self.previous = Dictionary(previous.filter { $0.kind == .file && GitDraft.isOwn($0.path) }.map { ($0.path, $0.blob) }) { first, _ in
            first
        }
        if case .encrypt(let recipients) = request.secrets { sealer = try SecretSealer(folder: folder, recipients: recipients) }
    }

    /// The files of the last commit that the policy still allows.
    package var allowed: [String: GitBlob] { previous.filter { isAllowed($0.key) } }

    /// What becomes of parts that could not be read, for people.
    package func kept(_ gaps: [CaptureGap]) -> String {
        let count = previous.keys.count { path in !FieldsFile.isOne(path) && isAllowed(path) && gaps.contains { $0.covers(path) } }
        let parts = gaps.count == 1 ? "it" : "them"
        return count > 0
            ? "what the last snapshot has of \(parts) is kept as it was: \(count.counted("object"))"
            : "nothing of \(parts) was in the last snapshot"
    }

    package var count: Int { found.values.reduce(0) { $0 + $1.count } }

    /// Of lists that hold what was asked for: an empty namespace with what comes along is no application.
    package func count(where isWanted: (CaptureList) -> Bool) -> Int {
        found.reduce(0) { $0 + ($1.key.map(isWanted) ?? true ? $1.value.count : 0) }
    }

    /// Whether all was looked at, and there is nothing.
    package func isNothingFound(in namespace: String) -> Bool {
        gaps.isEmpty && omittedSecrets == 0 && !found.contains { $0.key?.namespace == namespace && !$0.value.isEmpty }
    }

    package mutating func add(_ object: ManifestObject, to list: CaptureList?) throws {
        guard object.key.resource == "secret" else { return try store(object, to: list) }
        switch secrets {
        case .omit: omittedSecrets += 1
        case .plain:
            plainSecrets += 1
            try store(object, to: list)
        case .encrypt: try seal(object, to: list)
        }
    }

    private mutating func store(_ object: ManifestObject, to list: CaptureList?) throws {
        found[list, default: [:]][object.path] = try draft.store(object.yaml, for: object.path)
        guard let text = object.fields else { return }
        let path = FieldsFile.path(of: object.path)
        fields[list, default: [:]][path] = try draft.store(text, for: path)
    }

    private mutating func seal(_ object: ManifestObject, to list: CaptureList?) throws {
        let path = object.path + ".age"
        found[list, default: [:]][path] = try sealer?.seal(object.yaml, at: path, previous: previous, into: draft)
        guard let text = object.fields else { return }
        let beside = FieldsFile.path(of: path)
        fields[list, default: [:]][beside] = try sealer?.seal(text, at: beside, previous: previous, into: draft)
    }

    package mutating func restart(_ list: CaptureList) { (found[list], fields[list]) = (nil, nil) }

    package mutating func fail(_ gap: CaptureGap) {
        if case .list(let list) = gap.part { restart(list) }
        gaps.note(gap)
    }

    /// A secret that an older policy stored in plain text is not carried on under one that forbids it.
    private func isAllowed(_ path: String) -> Bool {
        if case .plain = secrets { return true }
        let path = FieldsFile.object(of: path) ?? path
        return !(path.split(separator: "/").dropFirst().first == "secret" && path.hasSuffix(".yaml"))
    }

    /// All that was found, and what could not be looked at as it was.
    package mutating func finish() throws {
        var all = previous.filter { path, _ in
            let object = FieldsFile.object(of: path) ?? path
            return gaps.contains { $0.covers(object) } && isAllowed(path)
        }
        // A secret that is sealed now, and was not, or the other way round, is one object all the same.
        for path in found.values.flatMap(\.keys) {
            let other = path.hasSuffix(".age") ? String(path.dropLast(4)) : path + ".age"
            all[other] = nil
            all[FieldsFile.path(of: other)] = nil
        }
        let kept = Set(all.keys)
        for list in found.values { all.merge(list) { _, new in new } }
        keptCount = all.count - found.values.reduce(0) { $0 + $1.count }
        for list in fields.values { all.merge(list) { _, new in new } }
        (found, fields) = ([:], [:])
        files = all.map { (path: $0.key, blob: $0.value) }.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        try sealer?.save(kept: kept)
    }
}

extension Findings {
    fileprivate mutating func note(gathering: Gathering) {
        for (what, reason, gaps) in gathering.gaps.grouped {
            problem(what, gathering.isDirectory ? reason : "\(reason) — \(gathering.kept(gaps))")
        }
        if gathering.isDirectory, gathering.keptCount > 0 {
            note(
                "\(gathering.keptCount.counted("object of the last snapshot is", "objects of the last snapshot are")) in no file that could be read, and kept as before"
            )
        }
        if gathering.omittedSecrets > 0 { note("\(gathering.omittedSecrets) secrets were left out, as the policy says") }
        if gathering.plainSecrets > 0 {
            warn("\(gathering.plainSecrets) secrets were stored in plain text: whoever reads the vault or the history reads them")
        }
    }
}
