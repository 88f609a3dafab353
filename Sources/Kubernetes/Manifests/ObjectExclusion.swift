/// Objects that are left out, by kind, by name, or by what is written on them.
public struct ObjectExclusion: Sendable, Equatable {
    /// "deployment", "deployment.apps"
    public var kinds: [String] = []
    /// "configmap/settings" in any namespace, "configmap/photon/settings" in one; `*` stands for any letters.
    public var objects: [String] = []
    /// "key" or "key=value".
    public var labels: [String] = []
    public var annotations: [String] = []

    public init() {}

    public var words: [String] { kinds + objects + labels + annotations }

    /// The word that leaves an object out, as far as its key tells; nil where none does.
    public func word(for key: ObjectKey) -> String? {
        kinds.first(where: key.isOfKind)
            ?? objects.first { word in
                let parts = word.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
                guard let kind = parts.first, let name = parts.last, (2...3).contains(parts.count), key.isOfKind(kind) else { return false }
                return Self.matches(key.name, name) && (parts.count == 2 || Self.matches(key.namespace ?? "", parts[1]))
            }
    }

    /// The word that leaves an object out.
    func word(for value: ManifestValue, _ key: ObjectKey) -> String? {
        let metadata = value["metadata"]
        return word(for: key) ?? labels.first { Self.holds(metadata?["labels"], $0) }
            ?? annotations.first { Self.holds(metadata?["annotations"], $0) }
    }

    private static func holds(_ marks: ManifestValue?, _ word: String) -> Bool {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let mark = parts.first.flatMap({ marks?[$0] }) else { return false }
        return parts.count == 1 || (mark.text ?? mark.literal) == parts[1]
    }

    /// `*` stands for any letters; the parts between must come in their order.
    private static func matches(_ name: String, _ pattern: String) -> Bool {
        let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
        guard let first = parts.first, let last = parts.last, parts.count > 1 else { return name == pattern }
        guard name.hasPrefix(first), name.dropFirst(first.count).hasSuffix(last) else { return false }
        var rest = name.dropFirst(first.count).dropLast(last.count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let found = rest.firstRange(of: part) else { return false }
            rest = rest[found.upperBound...]
        }
        return true
    }
}
