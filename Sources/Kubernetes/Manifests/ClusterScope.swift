/// Kinds that live outside every namespace, as far as a directory alone can tell: those of Kubernetes and of common extensions.
enum ClusterScope {
    /// As `ObjectKey.resource` writes them.
    static let kinds: Set<String> = Set(
        resources.flatMap { group, kinds in kinds.split(separator: " ").map { group.isEmpty ? String($0) : "\($0).\(group)" } })

    private static let resources = [
        "": "componentstatus namespace node persistentvolume",
        "admissionregistration.k8s.io": """
        mutatingadmissionpolicy mutatingadmissionpolicybinding mutatingwebhookconfiguration validatingadmissionpolicy \
        validatingadmissionpolicybinding validatingwebhookconfiguration
        """,
        "apiextensions.k8s.io": "customresourcedefinition",
        "apiregistration.k8s.io": "apiservice",
        "cert-manager.io": "clusterissuer",
        "certificates.k8s.io": "certificatesigningrequest clustertrustbundle",
        "external-secrets.io": "clusterexternalsecret clustersecretstore",
        "flowcontrol.apiserver.k8s.io": "flowschema prioritylevelconfiguration",
        "gateway.networking.k8s.io": "gatewayclass",
        "internal.apiserver.k8s.io": "storageversion",
        "networking.k8s.io": "ingressclass ipaddress servicecidr",
        "node.k8s.io": "runtimeclass",
        "policy": "podsecuritypolicy",
        "rbac.authorization.k8s.io": "clusterrole clusterrolebinding",
        "resource.k8s.io": "deviceclass resourceslice",
        "scheduling.k8s.io": "priorityclass",
        "snapshot.storage.k8s.io": "volumesnapshotclass volumesnapshotcontent",
        "storage.k8s.io": "csidriver csinode storageclass volumeattachment volumeattributesclass",
        "storagemigration.k8s.io": "storageversionmigration",
    ]
}
