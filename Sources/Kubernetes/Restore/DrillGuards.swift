/// What a drill's namespaces get before anything runs in them, so that it does nothing to anybody else: no traffic beyond them, and bounds.
enum DrillGuards {
    static let name = "rekindle-drill"
    static let denyName = "rekindle-drill-deny-all"

    /// Room beside what the application runs, for jobs of validations and for pods that come before others have gone.
    private static let sparePods = 10
    private static let replicasMax = 100_000
    /// For containers that say nothing themselves.
    private static let memoryMax = "4Gi"
    private static let processorsMax = "2"
    /// Asking for addresses hurts nobody, and without names no application runs; of these ports some answer on the second one (OpenShift).
    static let namePorts = [53, 5353]

    /// - Parameter objects: those that the drill brings into the namespace.
    static func objects(for namespace: String, drill: String, holding objects: [ApplyObject]) -> [ApplyObject] {
        let own = objects.filter { $0.key.namespace == namespace }
        var guards = [denial, traffic(drill), quota(own)]
        // Those of the application say more.
        if !own.contains(where: { $0.key.resource == "limitrange" }) { guards.append(limits(own)) }
        return guards.map { value in
            let kind = value["kind"]?.string ?? ""
            let key = ObjectKey(
                group: ObjectKey.group(ofVersion: value["apiVersion"]?.string ?? ""), kind: kind, namespace: namespace,
                name: value[["metadata", "name"]]?.string ?? name)
            return ApplyObject(value.changing("metadata") { $0.setting("namespace", to: .string(namespace)) }, key: key, isGuard: true)
        }
    }

    // MARK: Traffic

    private static let denial = object(
        "networking.k8s.io/v1", "NetworkPolicy", denyName,
        ["podSelector": .mapping([]), "policyTypes": .sequence([.string("Ingress"), .string("Egress")])])

    /// Between the namespaces of the drill, and to whoever knows names.
    private static func traffic(_ drill: String) -> ManifestValue {
        let peers = ManifestValue.sequence([
            .of(["namespaceSelector": .of(["matchLabels": .of([ScratchNamespaces.label: .string(drill)])])])
        ])
        let ports = namePorts.flatMap { port in
            ["UDP", "TCP"].map { ManifestValue.of(["protocol": .string($0), "port": .number(port)]) }
        }
        return object(
            "networking.k8s.io/v1", "NetworkPolicy", name,
            [
                "podSelector": .mapping([]), "policyTypes": .sequence([.string("Ingress"), .string("Egress")]),
                "ingress": .sequence([.of(["from": peers])]),
                "egress": .sequence([.of(["to": peers]), .of(["ports": .sequence(ports)])]),
            ])
    }

    // MARK: Bounds

    private static func quota(_ objects: [ApplyObject]) -> ManifestValue {
        var (pods, claims) = (sparePods, sparePods)
        for object in objects {
            guard let value = object.value else { continue }
            if object.key.resource == "persistentvolumeclaim" { claims += 1 }
            guard let spec = object.key.podSpecPath.flatMap({ value[$0] }) else { continue }
            let replicas = object.key.resource == "pod" ? 1 : min(max(0, number(value[["spec", "replicas"]]) ?? 1), replicasMax)
            pods += 2 * replicas
            let templates = value[["spec", "volumeClaimTemplates"]]?.elements.count ?? 0
            claims += 2 * replicas * (templates + (spec["volumes"]?.elements.count { $0["ephemeral"] != nil } ?? 0))
        }
        return object(
            "v1", "ResourceQuota", name,
            [
                "hard": .of([
                    "pods": .string("\(pods)"), "persistentvolumeclaims": .string("\(claims)"), "services.loadbalancers": .string("0"),
                    "services.nodeports": .string("0"),
                ])
            ])
    }

    /// Where a container asks for more than it is limited to, the server would refuse its pod: then nothing is limited there.
    private static func limits(_ objects: [ApplyObject]) -> ManifestValue {
        let containers = objects.flatMap { object -> [ManifestValue] in
            guard let spec = object.key.podSpecPath.flatMap({ object.value?[$0] }) else { return [] }
            return (spec["containers"]?.elements ?? []) + (spec["initContainers"]?.elements ?? [])
        }
        func asksWithoutLimit(_ resource: String) -> Bool {
            containers.contains { $0[["resources", "requests", resource]] != nil && $0[["resources", "limits", resource]] == nil }
        }
        let most = [("cpu", processorsMax), ("memory", memoryMax)].filter { !asksWithoutLimit($0.0) }
        let item: [String: ManifestValue] = [
            "type": .string("Container"), "defaultRequest": .of(["cpu": .string("10m"), "memory": .string("32Mi")]),
            "default": .of(Dictionary(uniqueKeysWithValues: most.map { ($0.0, ManifestValue.string($0.1)) })),
        ]
        return object("v1", "LimitRange", name, ["limits": .sequence([.of(item)])])
    }

    private static func number(_ value: ManifestValue?) -> Int? { value?.literal.flatMap { Int($0) } }

    private static func object(_ version: String, _ kind: String, _ name: String, _ spec: [String: ManifestValue]) -> ManifestValue {
        .of(["apiVersion": .string(version), "kind": .string(kind), "metadata": .of(["name": .string(name)]), "spec": .of(spec)])
    }
}

extension ApplyPlan {
    /// Those among its objects.
    public var guards: Set<ObjectKey> { Set(items.filter(\.object.isGuard).map(\.object.key)) }

    /// One that will not be made, with the reason: what cannot be looked at is not sent either.
    public var unmadeGuard: String? {
        items.first { $0.object.isGuard && $0.action != .create }.map { "\($0.object.key): \($0.reason ?? $0.action.rawValue)" }
    }
}

extension ManifestValue {
    static func of(_ fields: [String: ManifestValue]) -> ManifestValue {
        .mapping(fields.sorted { $0.key < $1.key }.map { ManifestEntry(key: .string($0.key), value: $0.value) })
    }

    static func flag(_ flag: Bool) -> ManifestValue { .scalar(ManifestScalar(text: "\(flag)", isLiteral: true)) }

    static func number(_ number: Int) -> ManifestValue { .scalar(ManifestScalar(text: "\(number)", isLiteral: true)) }
}
