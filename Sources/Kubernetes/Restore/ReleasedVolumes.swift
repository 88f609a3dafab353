import Core
import HTTP

/// Volumes that have outlived their claim, with all that it had written: a claim of the same name gets its own back.
struct ReleasedVolumes {
    private let client: APIClient

    init(_ client: APIClient) { self.client = client }

    /// By claim, the volumes that wait for it: one, or several where it was deleted and made more than once.
    func find(_ claims: Set<ObjectKey>, _ kinds: ServedKinds) async throws -> [ObjectKey: [String]] {
        let key = ObjectKey(group: "", kind: "PersistentVolume", namespace: nil, name: "")
        guard !claims.isEmpty, let resource = kinds.resource(of: key) else { return [:] }
        let found = Guarded<[ObjectKey: [String]]>([:])
        let list = CaptureList(resource: resource, namespace: nil)
        do {
            try await ListReader(client: client, list: list, selector: nil, attempts: Attempts.countMax).read {
            } each: { volume in
                guard volume[["status", "phase"]]?.string == "Released", let name = volume[["metadata", "name"]]?.text,
                    let claim = volume[["spec", "claimRef"]], let claimName = claim["name"]?.text
                else { return }
                let key = ObjectKey(group: "", kind: "PersistentVolumeClaim", namespace: claim["namespace"]?.text, name: claimName)
                if claims.contains(key) { found.withLock { $0[key, default: []].append(name) } }
            }
        } catch let refusal as APIRefusal where !refusal.mayPass {
            // Who may not look at volumes gets new ones, as everybody did before.
            return [:]
        }
        return found.withLock { $0.mapValues { $0.sorted() } }
    }

    /// Takes the mark of the claim that is gone from a volume: it is then kept for the next one of that name.
    ///
    /// - Returns: how a person does it, where this account may not. The claim waits for the volume until then.
    func reserve(_ name: String) async throws -> Findings {
        var findings = Findings()
        do { try await removeMark(name) } catch let refusal as APIRefusal where refusal.status == 403 {
            findings.warn(
                "this account may not change the volume \(name), for which its claim waits: "
                    + "`kubectl patch pv \(name) --type=merge -p '{\"spec\":{\"claimRef\":{\"uid\":null,\"resourceVersion\":null}}}'` lets it in"
            )
        }
        return findings
    }

    private func removeMark(_ name: String) async throws {
        let resource = APIResource(group: "", version: "v1", plural: "persistentvolumes", kind: "PersistentVolume", isNamespaced: false)
        let path = resource.path(namespace: nil, name: name)
        let volume = try await client.json(.init(path: path))
        guard volume[["status", "phase"]]?.string == "Released" else { return }
        let null = ManifestValue.scalar(ManifestScalar(text: "null", isLiteral: true))
        var metadata: [String: ManifestValue] = [:]
        // Somebody else may have taken it meanwhile.
        metadata["resourceVersion"] = volume[["metadata", "resourceVersion"]]
        var request = APIClient.Request(method: "PATCH", path: path, query: [("fieldManager", ManagedFields.ours)])
        request.body = JSONWriter.encode(
            .of(["metadata": .of(metadata), "spec": .of(["claimRef": .of(["uid": null, "resourceVersion": null])])]))
        request.contentType = "application/merge-patch+json"
        _ = try await client.json(request)
    }
}

extension ApplyPlan {
    /// Gives the claims that will be made the volumes back that have outlived them. Of several, the one that the snapshot names; else none, since
    /// the data of the wrong one would look like the right.
    mutating func bind(_ volumes: [ObjectKey: [String]]) {
        for index in items.indices where items[index].action == .create {
            guard let waiting = volumes[items[index].object.key] else { continue }
            let former = items[index].object.formerVolume.flatMap { waiting.contains($0) ? $0 : nil }
            guard let volume = former ?? (waiting.count == 1 ? waiting[0] : nil) else {
                findings.warn(
                    "\(items[index].object.key): the volumes \(waiting.joined(separator: ", ")) were all its own once, and none of "
                        + "them is what the snapshot names: it gets a new one. To give it one of these, delete it and create it with "
                        + "`spec.volumeName`, and the volume without `spec.claimRef.uid`")
                continue
            }
            items[index].object = items[index].object.bound(to: volume)
            items[index].releasedVolume = volume
            items[index].reason = "bound to its old volume \(volume), which was kept"
        }
    }
}

extension ApplyObject {
    func bound(to volume: String) -> ApplyObject {
        guard let value, let spec = value["spec"] else { return self }
        return changed(to: value.setting("spec", to: spec.setting("volumeName", to: .string(volume))))
    }
}
