/// Files that lie among manifests and are none: other programs make objects of them.
enum ForeignFile {
    static let chartName = "Chart.yaml"

    static let chart = (
        why: "is a Helm chart, whose templates become objects only when they are rendered",
        hint: "Name it in \"exclude\", and capture the cluster, or what `helm template` prints"
    )

    private static let kustomization = (
        why: "is read by kustomize, and is no object of a cluster",
        hint: "Name it in \"exclude\", and capture the cluster, or what `kubectl kustomize` prints"
    )

    private static let values = (
        why: "has neither \"apiVersion\" nor \"kind\": it may be the values of a Helm chart, and is no object of a cluster",
        hint: "Name it in \"exclude\" if it is not to be one"
    )

    /// What such a document is, and what to do; nil for what may be an object.
    static func kind(of value: ManifestValue, in file: String) -> (why: String, hint: String)? {
        if value["apiVersion"]?.string?.hasPrefix("kustomize.config.k8s.io/") == true { return kustomization }
        guard value["apiVersion"] == nil, value["kind"] == nil, let name = file.lowercased().split(separator: "/").last else { return nil }
        // Old ones do not say what they are.
        if ["kustomization.yaml", "kustomization.yml"].contains(name) { return kustomization }
        return name.hasPrefix("values") || name.hasSuffix("values.yaml") ? values : nil
    }
}
