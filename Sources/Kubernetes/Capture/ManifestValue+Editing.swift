/// Changes to a part of a value; what is not there is left as it is.
extension ManifestValue {
    static func string(_ text: String) -> ManifestValue { .scalar(.string(text)) }

    var isNull: Bool { literal.map { PlainScalar.isNull($0) } ?? false }

    /// The elements of a sequence; none for anything else.
    var elements: [ManifestValue] {
        guard case .sequence(let elements) = self else { return [] }
        return elements
    }

    /// The entries of a mapping; none for anything else.
    var entries: [ManifestEntry] {
        guard case .mapping(let entries) = self else { return [] }
        return entries
    }

    /// The value at the end of a path of keys.
    subscript(path: [String]) -> ManifestValue? {
        path.reduce(Optional(self)) { $0?[$1] }
    }

    /// Sets, or with nil removes, what stands under a key.
    func setting(_ key: String, to value: ManifestValue?) -> ManifestValue {
        guard case .mapping(var entries) = self else { return self }
        if let index = entries.firstIndex(where: { $0.key.text == key }) {
            if let value { entries[index] = ManifestEntry(key: entries[index].key, value: value) } else { entries.remove(at: index) }
        } else if let value {
            entries.append(ManifestEntry(key: .string(key), value: value))
        }
        return .mapping(entries)
    }

    func removing(_ keys: String...) -> ManifestValue {
        removingKeys { keys.contains($0) }
    }

    func removingKeys(where isUnwanted: (String) -> Bool) -> ManifestValue {
        guard case .mapping(let entries) = self else { return self }
        return .mapping(entries.filter { !isUnwanted($0.key.text) })
    }

    /// Replaces what stands at the end of a path by what `transform` makes of it; nil removes it.
    func changing(_ path: String..., transform: (ManifestValue) -> ManifestValue?) -> ManifestValue {
        changing(path[...], transform: transform)
    }

    func changing(_ path: ArraySlice<String>, transform: (ManifestValue) -> ManifestValue?) -> ManifestValue {
        guard let key = path.first, let value = self[key] else { return self }
        if path.count == 1 { return setting(key, to: transform(value)) }
        return setting(key, to: value.changing(path.dropFirst(), transform: transform))
    }

    /// Each element of a sequence by itself.
    func mapElements(_ transform: (ManifestValue) -> ManifestValue) -> ManifestValue {
        guard case .sequence(let elements) = self else { return self }
        return .sequence(elements.map(transform))
    }
}
