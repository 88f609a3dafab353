import Core

/// Quotas and limit ranges. They were perhaps set when more was there than they allow: then they come back when that is there again.
extension ManifestSet {
    /// Those that may keep others from coming back: every quota, and each limit range that something in its namespace breaks. The others give
    /// pods their defaults, and come before them.
    public var limits: Set<ObjectKey> {
        Set(
            objects.filter { object in
                if object.isGuard { return false }
                if object.key.resource == "resourcequota" { return true }
                guard object.key.resource == "limitrange", let range = object.value else { return false }
                let own = objects.filter { $0.key.namespace == object.key.namespace }
                return range[["spec", "limits"]]?.elements.contains { limit in own.contains { Self.breaks($0, limit) } } ?? false
            }.map(\.key))
    }

    private static func breaks(_ object: ApplyObject, _ limit: ManifestValue) -> Bool {
        guard object.key.podSpecPath != nil || object.key.resource == "persistentvolumeclaim", let value = object.value else {
            return false
        }
        switch limit["type"]?.string {
        case "PersistentVolumeClaim":
            return object.key.resource == "persistentvolumeclaim" && isBeyond(value[["spec", "resources"]], limit, both: "requests")
        case "Container", "Pod":
            guard let pod = object.key.podSpecPath.flatMap({ value[$0] }) else { return false }
            let (containers, first) = (pod["containers"]?.elements ?? [], pod["initContainers"]?.elements ?? [])
            if limit["type"]?.string == "Container" { return (containers + first).contains { isBeyond($0["resources"], limit) } }
            // Those that run together count as one.
            return isBeyond(sum(of: containers.map { $0["resources"] }), limit) || first.contains { isBeyond($0["resources"], limit) }
        default: return false
        }
    }

    /// - Parameter both: where an amount is one number, the field of it.
    private static func isBeyond(_ resources: ManifestValue?, _ limit: ManifestValue, both: String? = nil) -> Bool {
        func amount(_ field: String, _ name: String) -> Double? { Quantity.value(resources?[both ?? field]?[name]) }
        let isMore = (limit["max"]?.entries ?? []).contains { entry in
            guard let most = Quantity.value(entry.value) else { return false }
            return [amount("limits", entry.key.text), amount("requests", entry.key.text)].compactMap(\.self).contains { $0 > most }
        }
        let isSteep = (limit["maxLimitRequestRatio"]?.entries ?? []).contains { entry in
            guard let most = Quantity.value(entry.value), let limit = amount("limits", entry.key.text),
                let request = amount("requests", entry.key.text), request > 0
            else { return false }
            return limit / request > most
        }
        let isLess = (limit["min"]?.entries ?? []).contains { entry in
            guard let least = Quantity.value(entry.value) else { return false }
            return [amount("requests", entry.key.text), amount("limits", entry.key.text)].compactMap(\.self).contains { $0 < least }
        }
        return isMore || isLess || isSteep
    }

    /// What all of them ask for together, as one container's resources.
    private static func sum(of resources: [ManifestValue?]) -> ManifestValue {
        func sums(_ field: String) -> ManifestValue {
            var amounts: [String: Double] = [:]
            for entry in resources.flatMap({ $0?[field]?.entries ?? [] }) {
                amounts[entry.key.text, default: 0] += Quantity.value(entry.value) ?? 0
            }
            return .of(amounts.mapValues { .string("\($0)") })
        }
        return .of(["requests": sums("requests"), "limits": sums("limits")])
    }
}

extension ApplyPlan {
    /// The plan without these objects, and that of these alone.
    public func parted(at keys: Set<ObjectKey>) -> (first: ApplyPlan, last: ApplyPlan) {
        var (first, last) = (self, self)
        first.items.removeAll { keys.contains($0.object.key) }
        last.items.removeAll { !keys.contains($0.object.key) }
        (last.findings, last.warnings) = (Findings(), [])
        return (first, last)
    }
}
