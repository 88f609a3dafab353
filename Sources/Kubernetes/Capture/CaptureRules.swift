/// Objects that are not captured, because the cluster makes them again by itself.
enum CaptureRules {
    /// Whole kinds, as `APIResource.description` writes them.
    private static let kinds: Set<String> = [
        "certificatesigningrequests.certificates.k8s.io", "componentstatuses", "csinodes.storage.k8s.io",
        "csistoragecapacities.storage.k8s.io",
        "events", "events.events.k8s.io", "ipaddresses.networking.k8s.io", "leases.coordination.k8s.io", "nodes",
        "resourceslices.resource.k8s.io", "storageversions.internal.apiserver.k8s.io", "volumeattachments.storage.k8s.io",
    ]

    static func isLeftOut(_ resource: APIResource) -> Bool {
        kinds.contains(resource.description) || isLeftOut(group: resource.group)
    }

    /// Whole groups that only show what is measured now.
    static func isLeftOut(group: String) -> Bool { group.hasSuffix("metrics.k8s.io") }

    /// Whether an object is on its way out, and would be gone in the next capture.
    static func isLeaving(_ value: ManifestValue) -> Bool { value["metadata"]?["deletionTimestamp"] != nil }

    /// What controllers make of an object that is captured itself.
    private static let controlled: Set<String> = ["pod", "replicaset.apps", "controllerrevision.apps", "endpointslice.discovery.k8s.io"]

    /// Whether one object is left out; `key.resource` says of which kind it is.
    static func isLeftOut(_ value: ManifestValue, _ key: ObjectKey) -> Bool {
        if isLeaving(value) || key.isOfServer { return true }
        let metadata = value["metadata"]
        let controller = value.controller
        if controlled.contains(key.resource), controller != nil { return true }
        switch key.resource {
        case "pod": return metadata?["annotations"]?["kubernetes.io/config.mirror"] != nil || isOver(value)
        case "job.batch": return controller?["kind"]?.string == "CronJob" || isOver(value)
        case "endpointslice.discovery.k8s.io":
            let manager = metadata?["labels"]?["endpointslice.kubernetes.io/managed-by"]?.string ?? ""
            return ["endpointslice-controller.k8s.io", "endpointslicemirroring-controller.k8s.io"].contains(manager)
        case "secret": return isClusterMade(secret: value, key)
        case "serviceaccount": return key.name == "default" && isPlain(account: value)
        case "apiservice.apiregistration.k8s.io": return metadata?["labels"]?["kube-aggregator.kubernetes.io/automanaged"] != nil
        case "clusterrole.rbac.authorization.k8s.io", "clusterrolebinding.rbac.authorization.k8s.io", "role.rbac.authorization.k8s.io",
            "rolebinding.rbac.authorization.k8s.io":
            return metadata?["labels"]?["kubernetes.io/bootstrapping"] != nil
        case "flowschema.flowcontrol.apiserver.k8s.io", "prioritylevelconfiguration.flowcontrol.apiserver.k8s.io":
            return metadata?["annotations"]?["apf.kubernetes.io/autoupdate-spec"]?.string == "true"
        case "priorityclass.scheduling.k8s.io": return key.name.hasPrefix("system-")
        default: return false
        }
    }

    /// A finished job or pod: brought back it would run once more.
    private static func isOver(_ value: ManifestValue) -> Bool {
        let status = value["status"]
        if ["Succeeded", "Failed"].contains(status?["phase"]?.string ?? "") { return true }
        return status?["conditions"]?.elements.contains {
            ["Complete", "Failed"].contains($0["type"]?.string ?? "") && $0["status"]?.string == "True"
        } ?? false
    }

    /// Tokens that a controller makes for an account or a joining node.
    private static func isClusterMade(secret: ManifestValue, _ key: ObjectKey) -> Bool {
        switch secret["type"]?.string {
        case "bootstrap.kubernetes.io/token": return true
        case "kubernetes.io/service-account-token":
            let account = secret["metadata"]?["annotations"]?["kubernetes.io/service-account.name"]?.string ?? ""
            return isGenerated(key.name, from: "\(account)-token-")
        default: return false
        }
    }

    /// A name that ends in the five letters and digits which a controller adds; there are no vowels among them.
    static func isGenerated(_ name: String, from prefix: String) -> Bool {
        guard name.hasPrefix(prefix), name.utf8.count == prefix.utf8.count + 5 else { return false }
        return name.utf8.suffix(5).allSatisfy { "bcdfghjklmnpqrstvwxz2456789".utf8.contains($0) }
    }

    /// An account nobody has given anything: each namespace gets it anew.
    private static func isPlain(account: ManifestValue) -> Bool {
        let metadata = account["metadata"]
        return account["imagePullSecrets"] == nil && metadata?["labels"] == nil && metadata?["annotations"] == nil
            && account["automountServiceAccountToken"] == nil
    }
}

extension ObjectKey {
    /// Kinds as `resource` has them; for each the namespace (`*` is any, empty is none) and the name of what a server keeps for itself.
    private static let ofServer: [String: [(namespace: String, name: String)]] = [
        "service": [("default", "kubernetes")],
        "endpoints": [("default", "kubernetes")],
        "endpointslice.discovery.k8s.io": [("default", "kubernetes")],
        "servicecidr.networking.k8s.io": [("", "kubernetes")],
        "configmap": [
            ("*", "kube-root-ca.crt"), ("kube-system", "extension-apiserver-authentication"),
            ("kube-system", "kube-apiserver-legacy-service-account-token-tracking"),
        ],
    ]

    /// Whether a control plane writes it by itself, with its own addresses, authorities and ranges: in another cluster those of the old one
    /// would be wrong. It is neither captured nor restored, whatever is asked for.
    public var isOfServer: Bool {
        Self.ofServer[resource]?.contains { $0.name == name && ($0.namespace == "*" || $0.namespace == namespace ?? "") } ?? false
    }
}
