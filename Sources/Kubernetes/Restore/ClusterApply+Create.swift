import Core
import HTTP

/// New objects are created as whoever made them first created them, and their fields belong to whom they belonged to.
extension ClusterApply {
    /// By POST, which takes whatever a server holds. Server-side apply does not: no list that names one thing twice, and on servers up to 1.20 no
    /// `APIService`.
    func create(_ object: ApplyObject, _ resource: APIResource) async throws {
        let value = try body(of: object, resource)
        guard LegacyDefinition.isOne(value, object.key) else { return try await create(object, value, resource) }
        do { try await create(object, LegacyDefinition.current(value, isOpen: false), resource) } catch let refusal as APIRefusal
            where refusal.status == 422
        {
            try await create(object, LegacyDefinition.current(value, isOpen: true), resource)
        }
    }

    private func create(_ object: ApplyObject, _ value: ManifestValue, _ resource: APIResource) async throws {
        var request = APIClient.Request(method: "POST", path: resource.path(namespace: object.key.namespace))
        request.query = [("fieldManager", ManagedFields.ours)] + (isDryRun ? [("dryRun", "All")] : [])
        request.body = CanonicalYAML.encode(value)
        request.contentType = "application/yaml"
        request.attempts = Self.attempts
        do { _ = try await client.send(request) } catch let refusal as APIRefusal where refusal.reason == "AlreadyExists" {
            // An earlier attempt may have come through without its answer.
            let path = resource.path(namespace: object.key.namespace, name: object.key.name)
            let there = try await client.json(.init(path: path))
            if ClusterState.canonical(there, object.key) == object.yaml { return }
            // What has appeared since the plan was made is somebody else's, and its fields are not taken by force.
            _ = try await send(object, resource, isDryRun: isDryRun, isForced: false)
        }
    }

    /// The manifest as it is sent: in the version that the server has, with what `kubectl apply` had left on it.
    func body(of object: ApplyObject, _ resource: APIResource) throws -> ManifestValue {
        guard var value = object.value else { throw ClusterError(.refused, "the manifest of \(object.key) cannot be read") }
        if resource.apiVersion != object.apiVersion { value = value.setting("apiVersion", to: .string(resource.apiVersion)) }
        guard let applied = object.fields?.lastApplied else { return value }
        let annotations = value[["metadata", "annotations"]] ?? .mapping([])
        return value.changing("metadata") {
            $0.setting("annotations", to: annotations.setting(FieldOwnership.lastApplied, to: .string(applied)))
        }
    }

    /// What an earlier restore did not come to; who could not be reached then comes with the next.
    func giveBackFields(of objects: [ApplyObject], _ kinds: ServedKinds) async throws -> Findings {
        let findings = Guarded(Findings())
        try await forEach(objects, atOnce: Self.concurrency) { object in
            guard let resource = kinds.resource(of: object) else { return }
            do {
                let new = try await giveBackFields(of: object, resource)
                findings.withLock { $0.add(new) }
            } catch let error as any RequestFailure {
                findings.withLock { $0.warn("\(object.key): its fields are not yet whose they were: \(error.failure.message)") }
            }
        }
        return findings.withLock { $0 }
    }

    /// Gives each field back to whom it belonged to. A creation cannot: the server counts all of a new object as its maker's. That the server
    /// refuses it is a note, since the object is there; what may pass is tried again with the object.
    func giveBackFields(of object: ApplyObject, _ resource: APIResource) async throws -> Findings {
        var findings = Findings()
        guard let entries = object.fields?.entries else { return findings }
        // One that is empty takes all of them away.
        let fields = ManifestEntry(key: .string("managedFields"), value: .sequence(entries.isEmpty ? [.mapping([])] : entries))
        let patch = ManifestValue.mapping([ManifestEntry(key: .string("metadata"), value: .mapping([fields]))])
        do {
            try await send(patch, object, resource, isDryRun: false)
        } catch let error as any RequestFailure where !error.mayPass {
            let reason = ClusterError(error).message
            findings.warn(
                "\(object.key): its fields now belong to the field manager \(ManagedFields.ours), since the server refused: \(reason)")
        }
        return findings
    }
}
