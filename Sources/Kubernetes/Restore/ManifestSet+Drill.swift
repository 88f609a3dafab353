import Core

/// An application beside itself: what comes into scratch namespaces for a drill, and does nothing to anybody else.
extension ManifestSet {
    /// Kinds that do nothing beyond their namespace. Custom resources are not among them: whoever watches the whole cluster for them acts on
    /// a copy as on the original, and on its removal too. Nor are network policies: what one of them allows, no other forbids.
    private static let kinds: Set<String> = [
        "configmap", "endpoints", "endpointslice.discovery.k8s.io", "limitrange", "persistentvolumeclaim", "pod", "podtemplate",
        "replicationcontroller", "resourcequota", "secret", "service", "serviceaccount", "controllerrevision.apps", "deployment.apps",
        "replicaset.apps", "statefulset.apps", "cronjob.batch", "job.batch", "horizontalpodautoscaler.autoscaling",
        "poddisruptionbudget.policy", "role.rbac.authorization.k8s.io", "rolebinding.rbac.authorization.k8s.io",
    ]

    /// Volumes that nobody else has.
    private static let volumes: Set<String> = [
        "name", "configMap", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret",
    ]

    /// Of a service, what takes ports or addresses that only one can have.
    private static let exposure = [
        "externalIPs", "loadBalancerIP", "loadBalancerClass", "loadBalancerSourceRanges", "externalTrafficPolicy", "healthCheckNodePort",
        "allocateLoadBalancerNodePorts",
    ]

    /// The same in the drill's namespaces alone: without what reaches beyond them, with schedules and jobs stopped, and with the drill's number
    /// on each namespace, which gets its guards. What is left out is in the findings.
    ///
    /// - Parameter expires: when the namespaces may be removed by whoever meets them; as `ScratchNamespaces.expiry` has it.
    public func forDrill(_ drill: String, in namespaces: Set<String>, expires: String) -> ManifestSet {
        var set = self
        var left: [String: Int] = [:]
        // Findings on volumes and on objects that were left out do not apply to a drill.
        set.findings = Findings()
        set.objects = objects.compactMap { object -> ApplyObject? in
            let key = object.key
            if key.resource == "namespace", namespaces.contains(key.name) {
                return object.forDrill { $0.untracked(key).labelled(drill, expires) }
            }
            // One without a namespace is for the plan to refuse.
            guard !key.isClusterScoped, key.namespace.map(namespaces.contains) ?? true, Self.kinds.contains(key.resource) else {
                left[key.resource, default: 0] += 1
                return nil
            }
            if let reason = object.value?.podSpec(of: key).flatMap(Self.reachesBeyond) {
                set.findings.warn("\(key) is not part of the drill: \(reason)")
                return nil
            }
            return object.forDrill { Self.confined($0, key).untracked(key) }
        }
        for namespace in namespaces.sorted() {
            set.objects += DrillGuards.objects(for: namespace, drill: drill, holding: set.objects)
        }
        let list = left.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        if !left.isEmpty { set.findings.note("not part of a drill: \(list)") }
        return set
    }

    private static func confined(_ value: ManifestValue, _ key: ObjectKey) -> ManifestValue {
        switch key.resource {
        case "service": return value.changing("metadata", "annotations") { _ in nil }.changing("spec", transform: inner)
        case "persistentvolumeclaim": return claim(value)
        case "cronjob.batch", "job.batch": return withPods(held(value, key), key)
        case "statefulset.apps":
            let claims = value.changing("spec", "volumeClaimTemplates") { $0.mapElements(claim) }
            return withPods(claims, key)
        default: return withPods(value, key)
        }
    }

    private static func inner(_ spec: ManifestValue) -> ManifestValue {
        var spec = spec
        for field in exposure { spec = spec.setting(field, to: nil) }
        // Chosen addresses are those of the original; to have none is a choice of another kind.
        if spec["clusterIP"]?.string != "None" { spec = spec.removing("clusterIP", "clusterIPs") }
        guard ["LoadBalancer", "NodePort"].contains(spec["type"]?.string ?? "") else { return spec }
        return spec.setting("type", to: .string("ClusterIP")).changing("ports") { $0.mapElements { $0.removing("nodePort") } }
    }

    /// A claim of a new, empty volume: its own, or a template.
    private static func claim(_ claim: ManifestValue) -> ManifestValue {
        let old = claim[["metadata", "annotations"]]?[ManifestSet.Mapping.betaStorageClass]
        return claim.changing("metadata", "annotations") { $0.removing(ManifestSet.Mapping.betaStorageClass) }.changing("spec") { spec in
            let spec = spec.removing("volumeName", "selector", "dataSource", "dataSourceRef")
            let named = spec["storageClassName"] ?? old
            // The empty class would take any volume that is free.
            return spec.setting("storageClassName", to: named?.string == "" ? nil : named)
        }
    }

    /// Pods that make nobody else give way.
    private static func withPods(_ value: ManifestValue, _ key: ObjectKey) -> ManifestValue {
        value.changingPodSpec(of: key) { spec in
            spec.removing("priorityClassName", "priority", "preemptionPolicy").changing("volumes") { volumes in
                volumes.mapElements { $0.changing("ephemeral", "volumeClaimTemplate", transform: claim) }
            }
        }
    }

    /// Why pods would touch what is not theirs alone; nil where they do not.
    private static func reachesBeyond(_ pod: ManifestValue) -> String? {
        for host in ["hostNetwork", "hostPID", "hostIPC"] where pod[host]?.literal == "true" { return "its pods have \(host)" }
        for volume in pod["volumes"]?.elements ?? [] {
            if let kind = volume.entries.map(\.key.text).first(where: { !volumes.contains($0) }) {
                return "its pods have a volume of the kind \(kind)"
            }
        }
        for container in (pod["containers"]?.elements ?? []) + (pod["initContainers"]?.elements ?? []) {
            if container[["securityContext", "privileged"]]?.literal == "true" { return "its pods are privileged" }
            if container["ports"]?.elements.contains(where: { $0["hostPort"] != nil }) ?? false {
                return "its pods take ports of their node"
            }
        }
        return nil
    }
}

extension ApplyPlan {
    /// The plan of a drill: what would touch anything but new objects in its own namespaces is a conflict, and then nothing is done at all.
    public func confined(to namespaces: Set<String>, storage: DrillStorage) -> ApplyPlan {
        var plan = self
        for index in plan.items.indices {
            let object = plan.items[index].object
            let isOurs =
                object.key.resource == "namespace"
                ? namespaces.contains(object.key.name)
                : !object.key.isClusterScoped && (object.key.namespace.map(namespaces.contains) ?? false)
            var reason: String?
            // An object that cannot be read now is not read again later, when its owner could no longer be seen.
            if plan.items[index].action == .later { plan.items[index].action = .impossible }
            if [.conflict, .impossible].contains(plan.items[index].action) { continue }
            if !isOurs { reason = "it does not lie in the drill's own namespaces" }
            if plan.items[index].action != .create { reason = "it is there already, so it is not the drill's" }
            if let refusal = object.claimedClasses.lazy.compactMap(storage.refusal).first { reason = refusal }
            guard let reason else { continue }
            plan.items[index].action = .conflict
            plan.items[index].reason = reason
        }
        return plan
    }
}

extension ApplyObject {
    /// Without finalizers, which nobody may be there to honour, and owners, which may be the original's.
    fileprivate func forDrill(_ change: (ManifestValue) -> ManifestValue) -> ApplyObject {
        guard let value else { return self }
        return withoutOwners().changed(to: change(value.changing("metadata") { $0.removing("finalizers", "ownerReferences") }))
    }

    /// The storage classes of the claims in it; nil for the default one.
    fileprivate var claimedClasses: [String?] {
        guard let value else { return [] }
        let own = key.resource == "persistentvolumeclaim" ? [value["spec"]] : []
        let templates =
            key.resource == "statefulset.apps" ? value[["spec", "volumeClaimTemplates"]]?.elements.map { $0["spec"] } ?? [] : []
        let ephemeral = (value.podSpec(of: key)?["volumes"]?.elements ?? []).compactMap {
            $0[["ephemeral", "volumeClaimTemplate", "spec"]]
        }
        return (own + templates + ephemeral).map { $0?["storageClassName"]?.text }
    }
}

extension ManifestValue {
    /// What other programs know an application by, or act upon wherever they find it: a copy is none of theirs.
    fileprivate func untracked(_ key: ObjectKey) -> ManifestValue {
        let isNamespace = key.resource == "namespace"
        return changing("metadata") { metadata in
            metadata.changing("annotations") { annotations in
                annotations.removingKeys { isNamespace ? $0.hasPrefix("argocd.argoproj.io/") : !Self.isOfKubernetes($0) }
            }.changing("labels") { labels in
                // A pod's labels are what services choose it by.
                key.resource == "pod"
                    ? labels : labels.removingKeys { $0.hasPrefix("argocd.argoproj.io/") || $0 == "app.kubernetes.io/instance" }
            }
        }
    }

    private static func isOfKubernetes(_ annotation: String) -> Bool {
        let domain = annotation.prefix { $0 != "/" }
        return domain == "kubernetes.io" || domain.hasSuffix(".kubernetes.io")
    }

    fileprivate func labelled(_ drill: String, _ expires: String) -> ManifestValue {
        let labels = self[["metadata", "labels"]] ?? .mapping([])
        let annotations = self[["metadata", "annotations"]] ?? .mapping([])
        let metadata = (self["metadata"] ?? .mapping([])).setting("labels", to: labels.setting(ScratchNamespaces.label, to: .string(drill)))
            .setting("annotations", to: annotations.setting(ScratchNamespaces.expiry, to: .string(expires)))
        return setting("metadata", to: metadata).changing("spec") { $0.removing("finalizers") }
    }

    fileprivate func podSpec(of key: ObjectKey) -> ManifestValue? { key.podSpecPath.flatMap { self[$0] } }

    fileprivate func changingPodSpec(of key: ObjectKey, _ transform: (ManifestValue) -> ManifestValue) -> ManifestValue {
        key.podSpecPath.map { changing($0[...]) { transform($0) } } ?? self
    }
}
