/// Definitions of custom resources from the time of apiextensions v1beta1: without a schema, or with fields kept that no schema names. A server
/// goes on with them for ever, reads them out as v1, and does not take them back as v1.
///
/// Source: "CustomResourceDefinition versioning" and "Field pruning" of the Kubernetes documentation.
enum LegacyDefinition {
    private static let preserve = "x-kubernetes-preserve-unknown-fields"

    static func isOne(_ value: ManifestValue, _ key: ObjectKey) -> Bool {
        guard key.resource == "customresourcedefinition.apiextensions.k8s.io", let spec = value["spec"],
            value["apiVersion"]?.string == "apiextensions.k8s.io/v1"
        else { return false }
        return spec["preserveUnknownFields"]?.literal == "true" || spec["versions"]?.elements.contains { schema($0) == nil } ?? false
    }

    private static func schema(_ version: ManifestValue) -> ManifestValue? { version[["schema", "openAPIV3Schema"]] }

    /// Said when it is saved.
    static func remark(_ value: ManifestValue, _ key: ObjectKey) -> String? {
        guard isOne(value, key) else { return nil }
        return
            "\(key) is from the time of v1beta1, which no server takes back as it is: a restore makes it with a schema that takes every field"
    }

    /// The same as servers take it: every field that objects have stays in them.
    ///
    /// - Parameter isOpen: without the schemas that it has, since servers take only structural ones.
    static func current(_ value: ManifestValue, isOpen: Bool) -> ManifestValue {
        value.changing("spec") { spec in
            spec.removing("preserveUnknownFields").changing("versions") { versions in
                versions.mapElements { version in
                    let old = isOpen ? nil : schema(version)
                    let open = keepingAll(old ?? .mapping([])).setting("type", to: .string("object")).setting(preserve, to: .flag(true))
                    return version.setting("schema", to: .mapping([ManifestEntry(key: .string("openAPIV3Schema"), value: open)]))
                }
            }
        }
    }

    /// A schema none of whose objects loses a field: where one names its fields, it would drop the others again, whatever is said above it.
    private static func keepingAll(_ schema: ManifestValue) -> ManifestValue {
        var schema = schema
        if case .mapping(let fields)? = schema["properties"] {
            let open = fields.map { ManifestEntry(key: $0.key, value: keepingAll($0.value)) }
            schema = schema.setting("properties", to: .mapping(open)).setting(preserve, to: .flag(true))
        } else if schema["type"]?.string == "object", schema["additionalProperties"] == nil {
            schema = schema.setting(preserve, to: .flag(true))
        }
        for inner in ["items", "additionalProperties"] {
            if case .mapping? = schema[inner] { schema = schema.changing(inner, transform: keepingAll) }
        }
        return schema
    }
}
