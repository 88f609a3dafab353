import Age
import Core
import Kubernetes
import Manifests
import Restorer
import Tarball
import Vault

/// Reads what a restore wants of the manifests of a snapshot.
struct ManifestReading {
    private let request: ClusterRestoreRequest
    private let view: SnapshotView
    private let progress: Progress
    private var set: ManifestSet
    private var choice: ManifestChoice
    /// Encrypted secrets without a key, and those that the keys do not open.
    private var (sealed, closed) = (0, 0)
    /// Manifests that could not be read, each with the reason.
    private(set) var unreadable: [RestoreReport.Problem] = []
    private(set) var findings = Findings()

    init(_ request: ClusterRestoreRequest, _ view: SnapshotView, _ progress: Progress) {
        (self.request, self.view, self.progress) = (request, view, progress)
        (set, choice) = (ManifestSet(mapping: request.mapping), ManifestChoice(request))
    }

    /// Throws where nothing can be restored: no key, the wrong one, nothing of what was asked for.
    mutating func read() throws -> ManifestSet {
        var files: [(path: String, entry: TreeEntry)] = []
        var fields: [String: TreeEntry] = [:]
        try view.manifests {
            files.append(($0, $1))
        } beside: {
            fields[$0] = $1
        }
        for (path, entry) in files {
            progress.add(files: 1)
            try read(path, entry, fields: fields[path])
        }
        try requireKeys()
        // What could not be read may have been what was asked for.
        if unreadable.isEmpty {
            if let word = choice.unmatched { throw nothing(of: word) }
            if set.objects.isEmpty { throw nothing(of: "these namespaces and kinds") }
        }
        choice.leftOut(set.leaveOut(request.exclusion))
        for word in choice.unmatchedExclusions { findings.warn("nothing in the snapshot is left out by \(word)") }
        for word in set.unusedWords { findings.warn("nothing in the snapshot names \(word)") }
        if choice.secretsLeftOut > 0 {
            findings.warn("\(choice.secretsLeftOut) secrets were left out, as --without-secrets says")
        }
        do { try set.prepare() } catch { throw Failure(.usage, "\(error)") }
        let kinds = request.kinds
        if !request.namespaces.isEmpty { set.keepUsed { key in kinds.contains(where: key.isOfKind) } }
        return set
    }

    /// Reads one manifest, when it is wanted. By its path: what was not asked for need not be readable.
    private mutating func read(_ path: String, _ entry: TreeEntry, fields: TreeEntry?) throws {
        guard let key = ObjectKey(path: path) else {
            unreadable.append(.init(path: path, reason: "no object is kept in such a place"))
            return
        }
        let isWanted = choice.takes(key)
        guard isWanted || ManifestSet.mustRead(key) else { return }
        guard !path.hasSuffix(".age") || !request.identities.isEmpty else {
            sealed += 1
            return
        }
        do {
            let text = try text(of: entry, path)
            let owners = fields.flatMap { self.fields($0, path) }
            try set.add(text, path: path, fields: owners, isWanted: isWanted)
        } catch let error as AgeError where error.code == .noMatch {
            closed += 1
        } catch {
            let reason = try Self.reason(error)
            if isWanted {
                unreadable.append(.init(path: path, reason: reason))
            } else {
                findings.warn("\(path), which tells how claims are tied to volumes, cannot be read: \(reason)")
            }
        }
    }

    private func requireKeys() throws {
        if closed > 0 {
            throw Failure(
                .usage, "the keys given do not open \(closed) of the encrypted secrets",
                hint: "Name the right one with --identity FILE, or leave secrets out with --without-secrets; nothing was changed.")
        }
        if sealed > 0 {
            throw Failure(
                .usage, "\(sealed) \(sealed == 1 ? "secret is" : "secrets are") encrypted, and no key was given",
                hint: "Name it with --identity FILE, or leave them out with --without-secrets; nothing was changed.")
        }
    }

    private func text(of entry: TreeEntry, _ path: String) throws -> [UInt8] {
        let text = try view.manifest(entry)
        return path.hasSuffix(".age") ? try AgeDecryptor.open(text, with: request.identities) : text
    }

    /// Who owns the fields of an object; that it cannot be read is no reason to leave the object out.
    private mutating func fields(_ entry: TreeEntry, _ path: String) -> [UInt8]? {
        do { return try text(of: entry, path) } catch {
            findings.warn("who owns the fields of \(path) cannot be read, so they are nobody's: \(error)")
            return nil
        }
    }

    /// Why one manifest cannot be read; what stands in the way of all of them is thrown.
    private static func reason(_ error: any Error) throws -> String {
        switch error {
        case let error as ManifestProblem: return error.why
        case let error as Failure where error.code == .damaged: return "\(error.message): see `rekindle verify`"
        case let error as AgeError: return "\(error)"
        default: throw error
        }
    }

    private func nothing(of what: String) -> Failure {
        Failure(
            .usage, "nothing in the snapshot \(view.snapshot.shortID) is of \(what)",
            hint: "`rekindle ls \(view.snapshot.shortID) manifests` lists what there is; nothing was changed.")
    }
}

/// Which objects of a snapshot are wanted, and which words of the choice have met none.
private struct ManifestChoice {
    private let isWithoutSecrets: Bool
    private let namespaces: [String]
    private let kinds: [String]
    private var openNamespaces: Set<String>
    private var openKinds: Set<String>
    private(set) var secretsLeftOut = 0
    private let exclusion: ObjectExclusion
    private var openExclusions: Set<String>

    init(_ request: ClusterRestoreRequest) {
        exclusion = request.exclusion
        openExclusions = Set(request.exclusion.words)
        isWithoutSecrets = request.isWithoutSecrets
        namespaces = request.namespaces
        kinds = request.kinds
        openNamespaces = Set(namespaces)
        openKinds = Set(kinds)
    }

    /// A word that is likely misspelled.
    var unmatched: String? {
        openNamespaces.min().map { "the namespace \($0)" } ?? openKinds.min().map { "the kind \($0)" }
    }

    /// Words of what is left out that have met nothing: likely misspelled.
    var unmatchedExclusions: [String] { openExclusions.sorted() }

    mutating func leftOut(_ words: Set<String>) { openExclusions.subtract(words) }

    mutating func takes(_ key: ObjectKey) -> Bool {
        if let word = exclusion.word(for: key) {
            openExclusions.remove(word)
            return false
        }
        if !namespaces.isEmpty, let namespace = key.resource == "namespace" ? key.name : key.namespace {
            guard namespaces.contains(namespace) else { return false }
            openNamespaces.remove(namespace)
        }
        let matching = kinds.filter(key.isOfKind)
        openKinds.subtract(matching)
        guard kinds.isEmpty || !matching.isEmpty else { return false }
        if isWithoutSecrets, key.resource == "secret" {
            secretsLeftOut += 1
            return false
        }
        return true
    }
}
