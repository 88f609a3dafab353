/// The cluster-scoped objects that captured objects name, so that these come along.
struct ClusterReferences: Sendable {
    /// "kind.group" of the kinds met: their definitions are needed.
    private var kinds: Set<String> = []
    /// By kind, as `ObjectKey.resource` writes it.
    private var names: [String: Set<String>] = [:]
    /// By group, the plurals that rights are given on: who has them works with these kinds, even where there is no object of them yet.
    private var served: [String: Set<String>] = [:]
    private let namespaces: Set<String>

    init(namespaces: [String]) { self.namespaces = Set(namespaces) }

    private mutating func add(_ kind: String, _ name: String?) {
        if let name, !name.isEmpty { names[kind, default: []].insert(name) }
    }

    /// Notes what an object of one of the chosen namespaces names.
    mutating func add(_ value: ManifestValue, _ key: ObjectKey) {
        if key.group.contains(".") { kinds.insert(key.resource) }
        let spec = value["spec"]
        switch key.resource {
        case "persistentvolumeclaim":
            add("storageclass.storage.k8s.io", spec?["storageClassName"]?.string)
            add("persistentvolume", spec?["volumeName"]?.string)
        case "statefulset.apps":
            for claim in spec?["volumeClaimTemplates"]?.elements ?? [] {
                add("storageclass.storage.k8s.io", claim["spec"]?["storageClassName"]?.string)
            }
        case "rolebinding.rbac.authorization.k8s.io": addRole(value)
        case "role.rbac.authorization.k8s.io": addRules(value)
        case "ingress.networking.k8s.io": add("ingressclass.networking.k8s.io", spec?["ingressClassName"]?.string)
        default: break
        }
        // Custom resources that have pods have them where most others do.
        addPod(value[key.podSpecPath ?? ["spec", "template", "spec"]])
    }

    private mutating func addPod(_ spec: ManifestValue?) {
        add("priorityclass.scheduling.k8s.io", spec?["priorityClassName"]?.string)
        add("runtimeclass.node.k8s.io", spec?["runtimeClassName"]?.string)
        for volume in spec?["volumes"]?.elements ?? [] {
            add("storageclass.storage.k8s.io", volume[["ephemeral", "volumeClaimTemplate", "spec", "storageClassName"]]?.string)
        }
    }

    private mutating func addRole(_ binding: ManifestValue) {
        if binding["roleRef"]?["kind"]?.string == "ClusterRole" {
            add("clusterrole.rbac.authorization.k8s.io", binding["roleRef"]?["name"]?.string)
        }
    }

    /// Rights on everything say nothing of any one kind.
    private mutating func addRules(_ role: ManifestValue) {
        for rule in role["rules"]?.elements ?? [] {
            let plurals = (rule["resources"]?.elements ?? []).compactMap(\.string).map { String($0.prefix { $0 != "/" }) }
            for group in (rule["apiGroups"]?.elements ?? []).compactMap(\.string) where group.contains(".") {
                served[group, default: []].formUnion(plurals)
            }
        }
    }

    private func serves(_ definition: ManifestValue) -> Bool {
        let plurals = served[definition[["spec", "group"]]?.string ?? ""] ?? []
        if plurals.contains("*") || plurals.contains(definition[["spec", "names", "plural"]]?.string ?? "") { return true }
        return definition[["spec", "conversion", "webhook", "clientConfig", "service", "namespace"]]?.string.map(namespaces.contains)
            ?? false
    }

    /// Kinds of which some objects may come along, in the order they must be looked at: a binding says which role is needed.
    static let order = [
        "clusterrolebinding.rbac.authorization.k8s.io", "clusterrole.rbac.authorization.k8s.io",
        "customresourcedefinition.apiextensions.k8s.io", "persistentvolume", "storageclass.storage.k8s.io",
        "priorityclass.scheduling.k8s.io",
        "runtimeclass.node.k8s.io", "ingressclass.networking.k8s.io", "validatingwebhookconfiguration.admissionregistration.k8s.io",
        "mutatingwebhookconfiguration.admissionregistration.k8s.io", "apiservice.apiregistration.k8s.io",
    ]

    /// Whether a cluster-scoped object comes along; notes what it names in turn.
    mutating func take(_ value: ManifestValue, _ key: ObjectKey) -> Bool {
        switch key.resource {
        case "clusterrolebinding.rbac.authorization.k8s.io":
            let isUsed = (value["subjects"]?.elements ?? []).contains { $0["namespace"]?.string.map(namespaces.contains) ?? false }
            if isUsed { addRole(value) }
            return isUsed
        case "customresourcedefinition.apiextensions.k8s.io":
            let (group, kind) = (value[["spec", "group"]]?.string ?? "", value[["spec", "names", "kind"]]?.string ?? "")
            return kinds.contains(ObjectKey.resource(group: group, kind: kind)) || serves(value)
        case "persistentvolume":
            let isBound = value["spec"]?["claimRef"]?["namespace"]?.string.map(namespaces.contains) ?? false
            let isUsed = isBound || names[key.resource]?.contains(key.name) ?? false
            if isUsed { add("storageclass.storage.k8s.io", value["spec"]?["storageClassName"]?.string) }
            return isUsed
        case "validatingwebhookconfiguration.admissionregistration.k8s.io", "mutatingwebhookconfiguration.admissionregistration.k8s.io":
            return (value["webhooks"]?.elements ?? []).contains {
                $0["clientConfig"]?["service"]?["namespace"]?.string.map(namespaces.contains) ?? false
            }
        case "apiservice.apiregistration.k8s.io":
            return value["spec"]?["service"]?["namespace"]?.string.map(namespaces.contains) ?? false
        default:
            let isUsed = names[key.resource]?.contains(key.name) ?? false
            if isUsed, key.resource == "clusterrole.rbac.authorization.k8s.io" { addRules(value) }
            return isUsed
        }
    }
}
