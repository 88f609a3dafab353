/// Why a workload is not ready: its pods know, or what refuses to make them.
struct PodReasons {
    private static let podsMax = 20

    private let client: APIClient
    private let served: ServedKinds

    init(_ client: APIClient, _ served: ServedKinds) {
        self.client = client
        self.served = served
    }

    /// nil where nobody says anything, or may not be asked.
    func reason(of key: ObjectKey) async throws -> String? {
        guard let resource = served.resource(of: key) else { return nil }
        do {
            let value = try await client.json(.init(path: resource.path(namespace: key.namespace, name: key.name)))
            if key.resource == "persistentvolumeclaim" { return try await reason(ofClaim: value) }
            if key.resource == "pod" { return PodTrouble.reason(value) }
            guard let labels = value[["spec", "selector", "matchLabels"]]?.entries, !labels.isEmpty else { return nil }
            let selector = labels.map { "\($0.key.text)=\($0.value.text ?? "")" }.joined(separator: ",")
            return try await reason(ofPods: selector, in: key.namespace) ?? Self.refusal(value)
        } catch let refusal as APIRefusal where !refusal.mayPass { return nil }
    }

    private func reason(ofPods selector: String, in namespace: String?) async throws -> String? {
        let pods = ObjectKey(group: "", kind: "Pod", namespace: namespace, name: "")
        guard let resource = served.resource(of: pods) else { return nil }
        let query = [("labelSelector", selector), ("limit", "\(Self.podsMax)")]
        let list = try await client.json(.init(path: resource.path(namespace: namespace), query: query))
        for pod in list["items"]?.elements ?? [] where !CaptureRules.isLeaving(pod) {
            if let reason = PodTrouble.reason(pod) { return "pod \(pod[["metadata", "name"]]?.text ?? ""): \(reason)" }
        }
        return nil
    }

    /// A quota, a limit range or a policy may refuse its pods: then there are none to ask.
    private static func refusal(_ workload: ManifestValue) -> String? {
        (workload[["status", "conditions"]]?.elements ?? []).first { condition in
            condition["type"]?.string == "ReplicaFailure" && condition["status"]?.string == "True"
        }?["message"]?.text
    }

    /// The reason why a claim is not bound.
    private func reason(ofClaim claim: ManifestValue) async throws -> String? {
        if let volume = claim[["spec", "volumeName"]]?.text { return try await reason(ofVolume: volume) }
        guard let name = claim[["spec", "storageClassName"]]?.text else { return "it names no class, and there may be no default one" }
        let key = ObjectKey(group: "storage.k8s.io", kind: "StorageClass", namespace: nil, name: name)
        guard let resource = served.resource(of: key) else { return nil }
        do {
            let found = try await client.json(.init(path: resource.path(namespace: nil, name: name)))
            return "the provisioner \(found["provisioner"]?.text ?? "of its class") has made no volume yet"
        } catch let refusal as APIRefusal where refusal.status == 404 { return "there is no storage class \(name)" }
    }

    private func reason(ofVolume name: String) async throws -> String? {
        let key = ObjectKey(group: "", kind: "PersistentVolume", namespace: nil, name: name)
        guard let resource = served.resource(of: key) else { return nil }
        do {
            let volume = try await client.json(.init(path: resource.path(namespace: nil, name: name)))
            let phase = volume[["status", "phase"]]?.text ?? "of no phase"
            let advice =
                phase == "Released"
                ? ", still with the mark of a claim that is gone: `kubectl patch pv \(name) --type merge -p '{\"spec\":{\"claimRef\":{\"uid\":null}}}'` takes it away"
                : ""
            return "its volume \(name) is \(phase)\(advice)"
        } catch let refusal as APIRefusal where refusal.status == 404 { return "there is no volume \(name)" }
    }
}
