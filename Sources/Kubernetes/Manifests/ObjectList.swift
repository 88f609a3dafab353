/// Lists: `kind: List`, or `ConfigMapList` and its like, as `kubectl get` and the API write them.
enum ObjectList {
    /// The objects in a document: itself, or those of its list, lists within lists included.
    static func flatten(_ located: LocatedValue) throws(LineProblem) -> [LocatedValue] {
        guard let kind = located.value["kind"]?.string, kind.hasSuffix("List") else { return [located] }
        let items = located.value["items"]
        // A kind of somebody's own may end in "List" too; unlike a list, it has a name.
        let isNamed = located.value["metadata"]?["name"] != nil
        guard kind == "List" || (items != nil && !isNamed) else { return [located] }
        guard let items else { throw LineProblem(line: located.line, why: "the List has no items") }
        if case .scalar(let scalar) = items, scalar.isLiteral, PlainScalar.isNull(scalar.text) { return [] }
        guard case .sequence(let values) = items else { throw LineProblem(line: located.line, why: "the items of the \(kind) are no list") }
        var objects: [LocatedValue] = []
        for (index, value) in values.enumerated() {
            let line = located.itemLines.indices.contains(index) ? located.itemLines[index] : located.line
            let item = LocatedValue(value: completed(value, of: kind, in: located.value), line: line, itemLines: [])
            objects += try flatten(item)
        }
        return objects
    }

    /// The API says kind and version once for a whole `ConfigMapList`, not in its items.
    private static func completed(_ item: ManifestValue, of kind: String, in list: ManifestValue) -> ManifestValue {
        guard kind != "List", case .mapping(var entries) = item, item["kind"] == nil, item["apiVersion"] == nil,
            let version = list["apiVersion"]
        else { return item }
        entries.append(ManifestEntry(key: .string("apiVersion"), value: version))
        entries.append(ManifestEntry(key: .string("kind"), value: .scalar(.string(String(kind.dropLast("List".count))))))
        return .mapping(entries)
    }
}
