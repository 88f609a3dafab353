/// Takes from an object what the cluster filled in, so that it can be made again elsewhere, and so that only what somebody changed shows
/// in the history. Everything else stays, empty mappings and lists included: `emptyDir: {}` means something.
struct ServerFields {
    private static let annotations: Set<String> = [
        "autoscaling.alpha.kubernetes.io/conditions", "autoscaling.alpha.kubernetes.io/current-metrics",
        "control-plane.alpha.kubernetes.io/leader", "deployment.kubernetes.io/revision", "deprecated.daemonset.template.generation",
        "endpoints.kubernetes.io/last-change-trigger-time", FieldOwnership.lastApplied, "pv.kubernetes.io/bind-completed",
        "pv.kubernetes.io/bound-by-controller", "volume.beta.kubernetes.io/storage-provisioner", "volume.kubernetes.io/selected-node",
        "volume.kubernetes.io/storage-provisioner",
    ]
    private static let jobLabels: Set<String> = [
        "controller-uid", "job-name", "batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name",
    ]

    /// Whether an annotation is written by the cluster alone: what kubectl leaves is kept elsewhere, but it is somebody's.
    static func isMadeByServer(annotation: String) -> Bool {
        annotations.contains(annotation) && annotation != FieldOwnership.lastApplied
    }

    private let key: ObjectKey
    private let ownership: FieldOwnership
    private let isCapturedOwner: (_ group: String, _ kind: String) -> Bool

    /// - Parameter isCapturedOwner: whether objects of a kind are captured, so that a reference to one means something later.
    static func removed(
        from value: ManifestValue, _ key: ObjectKey, isCapturedOwner: (_ group: String, _ kind: String) -> Bool
    ) -> ManifestValue {
        withoutActuallyEscaping(isCapturedOwner) { isCapturedOwner in
            ServerFields(key: key, ownership: FieldOwnership(value), isCapturedOwner: isCapturedOwner).removed(from: value)
        }
    }

    private func removed(from value: ManifestValue) -> ManifestValue {
        let value = value.removing("status").changing("metadata", transform: metadata)
        switch key.resource {
        case "service": return service(value)
        case "job.batch": return job(value)
        case "pod": return value.changing("spec", transform: pod)
        case "persistentvolume": return value.changing("spec", "claimRef") { $0.removing("uid", "resourceVersion") }
        case "serviceaccount": return account(value)
        case "secret": return secret(value)
        case "namespace": return namespace(value)
        default: return template(value)
        }
    }

    private func metadata(_ metadata: ManifestValue) -> ManifestValue {
        metadata.removing(
            "creationTimestamp", "deletionGracePeriodSeconds", "generation", "managedFields", "resourceVersion", "selfLink", "uid"
        )
        .changing("annotations") { Self.without(Self.annotations, $0) }
        .changing("ownerReferences") { references in
            let kept = references.elements.filter { reference in
                let group = ObjectKey.group(ofVersion: reference["apiVersion"]?.string ?? "")
                return isCapturedOwner(group, reference["kind"]?.string ?? "")
            }
            // By name: the uid is another one after every restore, and what names an owner that is gone is deleted as an orphan.
            return kept.isEmpty ? nil : .sequence(kept.map { $0.removing("uid") })
        }
    }

    /// Nil when nothing else was there: a mapping that only we have emptied means nothing.
    private static func without(_ names: Set<String>, _ mapping: ManifestValue) -> ManifestValue? {
        guard mapping.entries.contains(where: { names.contains($0.key.text) }) else { return mapping }
        let rest = mapping.entries.filter { !names.contains($0.key.text) }
        return rest.isEmpty ? nil : .mapping(rest)
    }

    /// Addresses and ports go, unless somebody chose them. "None" is a choice: the service is headless. A port of the nodes, which any cluster
    /// may have, stays where nobody knows whether it was chosen: what lies before the cluster goes to that number.
    private func service(_ value: ManifestValue) -> ManifestValue {
        value.changing("spec") { spec in
            var spec = spec
            if spec["clusterIP"]?.string != "None", !ownership.owns(["spec", "clusterIP"]) {
                spec = spec.removing("clusterIP", "clusterIPs")
            }
            // The families are those of the cluster where nobody asked for one.
            for field in ["ipFamilies", "ipFamilyPolicy"] where !ownership.owns(["spec", field]) { spec = spec.removing(field) }
            if ownership.isKnown, !ownership.owns(["spec", "healthCheckNodePort"]) { spec = spec.removing("healthCheckNodePort") }
            return spec.changing("ports") { ports in
                ports.mapElements { ownership.ownsNodePort(of: $0) ? $0 : $0.removing("nodePort") }
            }
        }
    }

    /// The selector and its labels hold the job's uid, unless its maker wrote them.
    private func job(_ value: ManifestValue) -> ManifestValue {
        guard value["spec"]?["manualSelector"]?.literal != "true" else { return template(value) }
        return template(value).changing("metadata", "labels") { Self.without(Self.jobLabels, $0) }
            .changing("spec", "template", "metadata", "labels") { Self.without(Self.jobLabels, $0) }
            .changing("spec") { $0.removing("selector") }
    }

    /// A pod without a controller: where it ran, and the volume with the token that it was given.
    private func pod(_ spec: ManifestValue) -> ManifestValue {
        let account = spec["serviceAccountName"]?.string ?? "default"
        let tokens = Set(
            (spec["volumes"]?.elements ?? []).compactMap { $0["name"]?.string }.filter {
                CaptureRules.isGenerated($0, from: "kube-api-access-") || CaptureRules.isGenerated($0, from: "\(account)-token-")
            })
        func isToken(_ value: ManifestValue) -> Bool { value["name"]?.string.map(tokens.contains) ?? false }
        func container(_ value: ManifestValue) -> ManifestValue {
            value.changing("volumeMounts") { mounts in
                let kept = mounts.elements.filter { !isToken($0) }
                return kept.isEmpty && !mounts.elements.isEmpty ? nil : .sequence(kept)
            }
        }
        return spec.removing("ephemeralContainers", "nodeName", "preemptionPolicy", "priority").changing("volumes") { volumes in
            let kept = volumes.elements.filter { !isToken($0) }
            return kept.isEmpty && !volumes.elements.isEmpty ? nil : .sequence(kept)
        }
        .changing("containers") { $0.mapElements(container) }.changing("initContainers") { $0.mapElements(container) }
    }

    private func account(_ value: ManifestValue) -> ManifestValue {
        value.changing("secrets") { secrets in
            let kept = secrets.elements.filter { secret in
                let name = secret["name"]?.string ?? ""
                return !["token-", "dockercfg-"].contains { CaptureRules.isGenerated(name, from: "\(key.name)-\($0)") }
            }
            return kept.isEmpty ? nil : .sequence(kept)
        }
    }

    /// A token that somebody asked for is filled in by the cluster that it is for.
    private func secret(_ value: ManifestValue) -> ManifestValue {
        guard value["type"]?.string == "kubernetes.io/service-account-token" else { return value }
        return value.changing("data") { data in
            let kept = data.removing("token", "ca.crt", "namespace")
            return kept.entries.isEmpty ? nil : kept
        }
        .changing("metadata", "annotations") { $0.removing("kubernetes.io/service-account.uid") }
    }

    private func namespace(_ value: ManifestValue) -> ManifestValue {
        value.changing("spec") { spec in
            let rest = spec.changing("finalizers") { finalizers in
                let kept = finalizers.elements.filter { $0.string != "kubernetes" }
                return kept.isEmpty ? nil : .sequence(kept)
            }
            return rest.entries.isEmpty ? nil : rest
        }
        .changing("metadata", "labels") { Self.without(["kubernetes.io/metadata.name"], $0) }
    }

    /// Templates of pods, jobs and claims carry the empty fields of Go's types.
    private func template(_ value: ManifestValue) -> ManifestValue {
        func plain(_ template: ManifestValue) -> ManifestValue {
            template.changing("metadata") { metadata in
                let rest = metadata["creationTimestamp"]?.isNull == true ? metadata.removing("creationTimestamp") : metadata
                return rest.entries.isEmpty && !metadata.entries.isEmpty ? nil : rest
            }
        }
        return value.changing("spec", "template", transform: plain)
            .changing("spec", "jobTemplate") { plain($0).changing("spec", "template", transform: plain) }
            .changing("spec", "volumeClaimTemplates") { $0.mapElements { plain($0).removing("status") } }
    }
}
