/// Workloads that must not start before their data is back.
extension ManifestSet {
    private static let heldNode = "rekindle/held"

    /// The same objects with nothing that runs: replicas at zero, jobs and schedules stopped. Pods of nobody's and autoscalers are left out:
    /// they come with `released`.
    public func held() -> ManifestSet {
        var set = self
        set.objects = objects.compactMap { object in
            guard Self.isHeld(object.key), let value = object.value else { return object }
            return Self.held(value, object.key).map { ApplyObject($0, key: object.key, owners: object.owners) }
        }
        return set
    }

    /// What `held` had changed or left out, as it should be.
    ///
    /// - Parameter plan: of the held objects: what it did not touch is not released either.
    public func released(after plan: ApplyPlan) -> (workloads: ManifestSet, rest: ManifestSet) {
        let touched = Set(plan.items.filter { [.create, .update].contains($0.action) }.map(\.object.key))
        let postponed = Set(objects.map(\.key)).subtracting(plan.items.map(\.object.key))
        var (workloads, rest) = (self, self)
        workloads.objects = objects.filter { Self.isHeld($0.key) && touched.contains($0.key) }
        rest.objects = objects.filter { postponed.contains($0.key) }
        (workloads.notes, rest.notes) = ([], [])
        return (workloads, rest)
    }

    private static func isHeld(_ key: ObjectKey) -> Bool {
        switch key.resource {
        case "deployment.apps", "statefulset.apps", "replicaset.apps", "replicationcontroller", "daemonset.apps", "cronjob.batch",
            "job.batch",
            "pod", "horizontalpodautoscaler.autoscaling":
            true
        default: false
        }
    }

    /// nil for what is left out.
    private static func held(_ value: ManifestValue, _ key: ObjectKey) -> ManifestValue? {
        func number(_ text: String) -> ManifestValue { .scalar(ManifestScalar(text: text, isLiteral: true)) }
        switch key.resource {
        case "pod", "horizontalpodautoscaler.autoscaling": return nil
        case "cronjob.batch": return value.changing("spec") { $0.setting("suspend", to: number("true")) }
        // `suspend` came with Kubernetes 1.21; this holds a job anywhere.
        case "job.batch": return value.changing("spec") { $0.setting("parallelism", to: number("0")) }
        // There are no replicas to count: a label that no node has.
        case "daemonset.apps":
            return value.changing("spec", "template", "spec") { spec in
                let selector = spec["nodeSelector"] ?? .mapping([])
                return spec.setting("nodeSelector", to: selector.setting(heldNode, to: .string("true")))
            }
        default: return value.changing("spec") { $0.setting("replicas", to: number("0")) }
        }
    }
}
