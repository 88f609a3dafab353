/// An application beside itself: what comes into scratch namespaces for a drill, and does nothing to anybody else.
extension ManifestSet {
    /// What answers for names that the real application has.
    private static let entrances: Set<String> = [
        "ingress.networking.k8s.io", "ingress.extensions", "gateway.gateway.networking.k8s.io", "httproute.gateway.networking.k8s.io",
        "grpcroute.gateway.networking.k8s.io", "tlsroute.gateway.networking.k8s.io", "tcproute.gateway.networking.k8s.io",
        "udproute.gateway.networking.k8s.io", "route.route.openshift.io",
    ]

    /// Of a service, what takes ports or addresses that only one can have.
    private static let exposure = [
        "externalIPs", "loadBalancerIP", "loadBalancerClass", "loadBalancerSourceRanges", "externalTrafficPolicy", "healthCheckNodePort",
        "allocateLoadBalancerNodePorts",
    ]

    /// The same without what stands outside of the drill's namespaces, without what is reached from outside, with schedules stopped, and with
    /// the drill's number on each namespace.
    public func forDrill(_ drill: String, in namespaces: Set<String>) -> ManifestSet {
        var set = self
        var left: [String: Int] = [:]
        set.objects = objects.compactMap { object -> ApplyObject? in
            let key = object.key
            if key.resource == "namespace", namespaces.contains(key.name) { return object.labelled(drill) }
            guard !key.isClusterScoped, key.namespace.map(namespaces.contains) ?? false, !Self.entrances.contains(key.resource) else {
                left[key.resource, default: 0] += 1
                return nil
            }
            guard let value = object.value else { return object }
            switch key.resource {
            case "service": return object.changed(to: value.changing("spec", transform: Self.inner))
            case "cronjob.batch": return object.changed(to: Self.held(value, key))
            case "persistentvolumeclaim": return object.changed(to: value.changing("spec", "volumeName") { _ in nil })
            default: return object
            }
        }
        let list = left.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        // What is told of volumes and of objects that are no longer among these says nothing here.
        set.notes = left.isEmpty ? [] : ["not part of a drill: \(list)"]
        return set
    }

    private static func inner(_ spec: ManifestValue) -> ManifestValue {
        guard ["LoadBalancer", "NodePort"].contains(spec["type"]?.string ?? "") else { return spec.removing("externalIPs") }
        var spec = spec.setting("type", to: .string("ClusterIP"))
        for field in exposure { spec = spec.setting(field, to: nil) }
        return spec.changing("ports") { $0.mapElements { $0.removing("nodePort") } }
    }
}

extension ApplyObject {
    fileprivate func labelled(_ drill: String) -> ApplyObject {
        guard let value else { return self }
        let labels = value[["metadata", "labels"]] ?? .mapping([])
        let metadata = (value["metadata"] ?? .mapping([])).setting(
            "labels", to: labels.setting(ScratchNamespaces.label, to: .string(drill)))
        return changed(to: value.setting("metadata", to: metadata))
    }
}
