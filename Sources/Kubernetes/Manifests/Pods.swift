/// Where an object has its pods, and who answers for it.
extension ObjectKey {
    /// Where a kind of Kubernetes' own describes its pods; nil for those that have none.
    var podSpecPath: [String]? {
        switch resource {
        case "pod": ["spec"]
        case "podtemplate": ["template", "spec"]
        case "cronjob.batch": ["spec", "jobTemplate", "spec", "template", "spec"]
        case "deployment.apps", "statefulset.apps", "daemonset.apps", "replicaset.apps", "replicationcontroller", "job.batch":
            ["spec", "template", "spec"]
        default: nil
        }
    }
}

extension ManifestValue {
    /// The owner that made it, and makes it again.
    var controller: ManifestValue? {
        self[["metadata", "ownerReferences"]]?.elements.first { $0["controller"]?.literal == "true" }
    }
}
