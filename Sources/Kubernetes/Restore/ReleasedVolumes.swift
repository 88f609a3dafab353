/// Volumes that have outlived their claim, with all that it had written: a claim of the same name gets its own back.
struct ReleasedVolumes {
    private let client: APIClient

    init(_ client: APIClient) { self.client = client }

    /// By claim, the volume that waits for it.
    func find(_ claims: Set<ObjectKey>, _ kinds: ServedKinds) async throws -> [ObjectKey: String] {
        let key = ObjectKey(group: "", kind: "PersistentVolume", namespace: nil, name: "")
        guard !claims.isEmpty, let resource = kinds.resource(of: key) else { return [:] }
        let found = Guarded<[ObjectKey: String]>([:])
        let list = CaptureList(resource: resource, namespace: nil)
        do {
            try await ListReader(client: client, list: list, selector: nil, attempts: Attempts.countMax).read {
            } each: { volume in
                guard volume[["status", "phase"]]?.string == "Released", let name = volume[["metadata", "name"]]?.text,
                    let claim = volume[["spec", "claimRef"]], let claimName = claim["name"]?.text
                else { return }
                let key = ObjectKey(group: "", kind: "PersistentVolumeClaim", namespace: claim["namespace"]?.text, name: claimName)
                if claims.contains(key) { found.withLock { $0[key] = $0[key] ?? name } }
            }
        } catch let refusal as APIRefusal where !refusal.mayPass {
            // Who may not look at volumes gets new ones, as everybody did before.
            return [:]
        }
        return found.withLock { $0 }
    }

    /// Takes the mark of the claim that is gone from a volume: it is then kept for the next one of that name.
    func reserve(_ name: String) async throws {
        let resource = APIResource(group: "", version: "v1", plural: "persistentvolumes", kind: "PersistentVolume", isNamespaced: false)
        let path = resource.path(namespace: nil, name: name)
        let volume = try await client.json(.init(path: path))
        guard volume[["status", "phase"]]?.string == "Released" else { return }
        let null = ManifestValue.scalar(ManifestScalar(text: "null", isLiteral: true))
        var metadata: [String: ManifestValue] = [:]
        // Somebody else may have taken it meanwhile.
        metadata["resourceVersion"] = volume[["metadata", "resourceVersion"]]
        var request = APIClient.Request(method: "PATCH", path: path, query: [("fieldManager", ClusterApply.fieldManager)])
        request.body = JSONWriter.encode(
            .of(["metadata": .of(metadata), "spec": .of(["claimRef": .of(["uid": null, "resourceVersion": null])])]))
        request.contentType = "application/merge-patch+json"
        _ = try await client.json(request)
    }
}

extension ApplyObject {
    func bound(to volume: String) -> ApplyObject {
        guard let value, let spec = value["spec"] else { return self }
        return changed(to: value.setting("spec", to: spec.setting("volumeName", to: .string(volume))))
    }
}
