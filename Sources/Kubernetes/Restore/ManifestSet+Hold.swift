import Core

/// Workloads that must not start before their data is back.
extension ManifestSet {
    private static let heldNode = "rekindle/held"

    /// The same objects with nothing that runs: replicas at zero, jobs and schedules stopped. Pods of nobody's, autoscalers and webhooks are left out:
    /// they come with `postponed`.
    public func held() -> ManifestSet {
        var set = self
        set.objects = objects.compactMap { object in
            if Self.isPostponed(object.key) { return nil }
            guard Self.isHeld(object.key), let value = object.value else { return object }
            return object.changed(to: Self.held(value, object.key))
        }
        return set
    }

    /// The workloads among the objects, which `held` brings with nothing running.
    public var heldKeys: Set<ObjectKey> { Set(objects.map(\.key).filter(Self.isHeld)) }

    /// The plan of the held objects, with a conflict for each workload that is there and goes on running: its data cannot be restored under it.
    public func guarded(_ plan: ApplyPlan) -> ApplyPlan {
        var plan = plan
        for index in plan.items.indices where Self.isHeld(plan.items[index].object.key) {
            let item = plan.items[index]
            switch item.action {
            case .skip: plan.items[index].reason = "it is there and may run: --existing update stops it"
            case .later,
                .impossible where item.mayBeThere:
                plan.items[index].reason = "it may run: \(item.reason ?? item.action.rawValue)"
            default: continue
            }
            plan.items[index].action = .conflict
        }
        return plan
    }

    /// What `held` had changed, as it should be; of that, what the plan has touched or found held already.
    public func workloads(after plan: ApplyPlan) -> ManifestSet {
        let held = Dictionary(plan.items.map { ($0.object.key, $0) }) { first, _ in first }
        var set = self
        set.objects = objects.filter { object in
            guard Self.isHeld(object.key), let item = held[object.key], item.object.yaml != object.yaml else { return false }
            return [.create, .update, .unchanged].contains(item.action)
        }
        set.findings = Findings()
        return set
    }

    /// What `held` had left out.
    public func postponed() -> ManifestSet {
        var set = self
        set.objects = objects.filter { Self.isPostponed($0.key) }
        set.findings = Findings()
        return set
    }

    private static func isPostponed(_ key: ObjectKey) -> Bool {
        // Webhooks would refuse everything while those who answer them are held.
        key.resource == "pod" || key.resource == "horizontalpodautoscaler.autoscaling" || ApplyOrder.isLast(key)
    }

    /// Whether what is there is the object as an earlier restore has held it.
    static func isHeldForm(_ live: [UInt8], of object: ApplyObject) -> Bool {
        guard isHeld(object.key), let value = object.value else { return false }
        return object.changed(to: held(value, object.key)).yaml == live
    }

    private static func isHeld(_ key: ObjectKey) -> Bool {
        switch key.resource {
        case "deployment.apps", "statefulset.apps", "replicaset.apps", "replicationcontroller", "daemonset.apps", "cronjob.batch",
            "job.batch":
            true
        default: false
        }
    }

    static func held(_ value: ManifestValue, _ key: ObjectKey) -> ManifestValue {
        func number(_ text: String) -> ManifestValue { .scalar(ManifestScalar(text: text, isLiteral: true)) }
        switch key.resource {
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
