/// In which order objects are brought back: what others need goes first, what would stand in the way of others goes last.
enum ApplyOrder {
    /// Kinds of one tier do not need each other, and are applied at the same time. Kinds are as `ObjectKey.resource` writes them.
    private static let tiers: [[String]] = [
        ["customresourcedefinition.apiextensions.k8s.io"],
        ["namespace"],
        [
            "storageclass.storage.k8s.io", "priorityclass.scheduling.k8s.io", "runtimeclass.node.k8s.io", "ingressclass.networking.k8s.io",
            "csidriver.storage.k8s.io", "volumesnapshotclass.snapshot.storage.k8s.io",
        ],
        ["persistentvolume"],
        ["persistentvolumeclaim"],
        ["clusterrole.rbac.authorization.k8s.io", "role.rbac.authorization.k8s.io"],
        ["serviceaccount"],
        ["clusterrolebinding.rbac.authorization.k8s.io", "rolebinding.rbac.authorization.k8s.io"],
        ["secret"],
        ["configmap"],
        ["networkpolicy.networking.k8s.io"],
        // A pod that nobody keeps is made once, with all that it had: a limit range would give it more.
        ["pod"],
        ["limitrange", "resourcequota"],
        [
            "replicaset.apps", "deployment.apps", "statefulset.apps", "daemonset.apps", "replicationcontroller", "job.batch",
            "cronjob.batch", "poddisruptionbudget.policy",
        ],
        ["endpoints", "endpointslice.discovery.k8s.io", "service"],
        ["ingress.networking.k8s.io"],
        ["horizontalpodautoscaler.autoscaling"],
        // Everything else: custom resources.
    ]

    /// A webhook whose service is not there yet refuses everything.
    private static let last: Set<String> = [
        "apiservice.apiregistration.k8s.io", "mutatingwebhookconfiguration.admissionregistration.k8s.io",
        "validatingwebhookconfiguration.admissionregistration.k8s.io", "mutatingadmissionpolicybinding.admissionregistration.k8s.io",
        "validatingadmissionpolicybinding.admissionregistration.k8s.io",
    ]

    private static let numbers = Dictionary(
        uniqueKeysWithValues: tiers.enumerated().flatMap { number, kinds in kinds.map { ($0, number) } })

    static let definitions = 0
    /// Right after the namespaces.
    private static let guards = 2
    static let workloads = numbers["pod"] ?? 0

    static func tier(_ object: ApplyObject) -> Int { object.isGuard ? guards : tier(object.key) }

    static func isLast(_ key: ObjectKey) -> Bool { last.contains(key.resource) }

    static func tier(_ key: ObjectKey) -> Int {
        if last.contains(key.resource) { return tiers.count + 1 }
        return numbers[key.resource] ?? tiers.count
    }
}
