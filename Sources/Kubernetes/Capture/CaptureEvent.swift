/// One list that is read: all objects of a kind, in one namespace or in all.
public struct CaptureList: Sendable, Hashable, CustomStringConvertible {
    public let resource: APIResource
    /// nil for all namespaces, and for cluster-scoped kinds.
    public let namespace: String?

    public var description: String { "\(resource)" + (namespace.map { " in \($0)" } ?? "") }
}

/// The findings of a capture, in the order of their discovery.
public enum CaptureEvent: Sendable {
    case objects([ManifestObject], of: CaptureList)
    /// The list begins anew: what it has given so far is void.
    case restarted(CaptureList)
    /// Nothing is known of this part: what the list has given so far is void.
    case failed(CaptureGap)
    /// Worth knowing of an object that was found: what a restore will not be able to do with it.
    case remark(String)
}

/// A part of the cluster that could not be read. What was known of it stays: an unread part is not an empty one.
public struct CaptureGap: Sendable, CustomStringConvertible {
    public enum Part: Sendable, Hashable {
        case list(CaptureList)
        /// One object of a list whose others were read.
        case object(ObjectKey)
        /// A group whose kinds are not known.
        case group(String)
        case namespace(String)
        /// Whatever stands outside of namespaces: what comes along is not known whole.
        case clusterScoped
        /// A file among the manifests of a directory, which may have held any object.
        case file(String)
    }

    public let part: Part
    public let reason: String
    /// What many parts are likely to have in common.
    public let cause: Cause

    public init(part: Part, reason: String, cause: Cause) {
        self.part = part
        self.reason = reason
        self.cause = cause
    }

    public enum Cause: Sendable {
        /// The account may not read it.
        case forbidden
        /// The server did not answer.
        case unreachable
        case other
    }

    public var description: String {
        switch part {
        case .list(let list): "\(list)"
        case .object(let key): "\(key)"
        case .group(let group): group.isEmpty ? "the core API group" : "the API group \(group)"
        case .namespace(let namespace): "the namespace \(namespace)"
        case .clusterScoped: "cluster-scoped objects that the namespaces use"
        case .file(let place): place
        }
    }

    /// Whether the gap may have held the object that stands at `path` in the history.
    public func covers(_ path: String) -> Bool {
        if case .object(let key) = part { return path == key.path || path == key.path + ".age" }
        let parts = path.split(separator: "/", maxSplits: 2)
        guard parts.count == 3 else { return false }
        let (folder, kind) = (parts[0], parts[1])
        switch part {
        case .list(let list):
            guard kind == list.resource.folder[...] else { return false }
            return list.namespace.map { folder == PathComponent.encode($0)[...] } ?? true
        case .group(let group): return group.isEmpty ? !kind.contains(".") : kind.hasSuffix(".\(PathComponent.encode(group))")
        case .namespace(let namespace): return folder == PathComponent.encode(namespace)[...]
        case .clusterScoped: return folder == ObjectKey.clusterFolder[...]
        case .file: return true
        case .object: return false
        }
    }
}

extension CaptureGap: Encodable {
    private enum CodingKeys: CodingKey { case part, reason }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(description, forKey: .part)
        try container.encode(reason, forKey: .reason)
    }
}

extension [CaptureGap] {
    /// Each part once: of what stands outside of namespaces, many lists may say that it is not known whole.
    public mutating func note(_ gap: CaptureGap) {
        if !contains(where: { $0.part == gap.part }) { append(gap) }
    }

    /// More parts of one cause are reported in one sentence.
    private static let aloneMax = 3

    /// As they are reported: many that have one cause together, the others one by one.
    public var grouped: [(what: String, reason: String, gaps: [CaptureGap])] {
        var groups: [(what: String, reason: String, gaps: [CaptureGap])] = []
        var folded: [CaptureGap.Cause] = []
        for (cause, words) in [
            (CaptureGap.Cause.forbidden, "parts that the account may not list"), (.unreachable, "parts without an answer"),
        ] {
            let alike = filter { $0.cause == cause }
            guard alike.count > Self.aloneMax, let first = alike.first else { continue }
            folded.append(cause)
            let parts = alike.map(\.description).joined(separator: ", ")
            groups.append(("\(alike.count) \(words)", "\(parts): \(first.reason)", alike))
        }
        return groups + filter { !folded.contains($0.cause) }.map { ("\($0)", $0.reason, [$0]) }
    }
}
