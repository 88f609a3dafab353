import Core

extension ClusterApply {
    public func plan(_ set: ManifestSet) async throws -> ApplyPlan {
        do {
            let kinds = ServedKinds(try await Discovery.run(client))
            let objects = set.objects.map { object in kinds.resource(of: object.key).map(object.scoped) ?? object }
            let copies = objects.compactMap { object in object.copyOfBinding.map { (object.key, $0) } }
            let state = try await ClusterState.read(client, objects + copies.map(\.1), kinds)
            let live = state.live
            let defined = definedKinds(objects)
            let old = try await namespacesStillThere(Set(objects.flatMap(\.leaves)), kinds)
            var plan = ApplyPlan()
            plan.findings = set.findings
            for object in objects {
                let there = live[object.key]
                var (action, reason) = decide(object, state, kinds, defining: defined)
                let served = object.leaves.first(where: old.contains)
                if [.skip, .update, .conflict].contains(action), served != nil || action == .skip,
                    let copy = copies.first(where: { $0.0 == object.key })?.1
                {
                    // The accounts of the copy get their rights beside those of the original.
                    let (action, reason) = decide(copy, state, kinds, defining: defined)
                    plan.items.append(
                        .init(object: copy, action: action, reason: reason ?? "as \(object.key.name), for the copy's accounts"))
                    continue
                }
                if action == .update, let served {
                    (action, reason) = (.skip, "the namespace \(served) is here too, and needs it as it is: make another one by hand")
                    plan.findings.warn(
                        "\(object.key) goes on serving \(served), which is here too, and not its copy: add that by hand")
                }
                var item = ApplyPlan.Item(object: object, action: action, reason: reason)
                item.lacksOwners = !object.owners.isEmpty && there?.hasOwners != true
                item.mayBeThere = there != nil || state.isUnread(object, kinds)
                item.lacksManagers = object.fields.map { !$0.isOurs } ?? false && there?.isHalfOurs == true
                plan.items.append(item)
            }
            try await refine(&plan, kinds, live)
            let claims = plan.keys(.create).filter { $0.resource == "persistentvolumeclaim" }
            plan.bind(try await ReleasedVolumes(client).find(claims, kinds))
            let sent = plan.items.filter { [.create, .update].contains($0.action) }.map(\.object)
            plan.findings.add(try await MissingClasses.findings(for: sent, kinds, client))
            plan.items.sort { first, second in
                let (a, b) = (first.object.key, second.object.key)
                return (ApplyOrder.tier(first.object), a.resource, a.namespace ?? "", a.name) < (
                    ApplyOrder.tier(second.object), b.resource, b.namespace ?? "", b.name
                )
            }
            return plan
        } catch let error as any RequestFailure { throw error.failure }
    }

    /// Which of the namespaces that get new names this cluster has under their old ones.
    private func namespacesStillThere(_ names: Set<String>, _ kinds: ServedKinds) async throws -> Set<String> {
        var there: Set<String> = []
        for name in names {
            let key = ObjectKey(group: "", kind: "Namespace", namespace: nil, name: name)
            guard let resource = kinds.resource(of: key) else { continue }
            do {
                _ = try await client.json(.init(path: resource.path(namespace: nil, name: name)))
                there.insert(name)
            } catch let error as APIRefusal {
                // Who may not look takes nothing from it.
                if error.status != 404 { there.insert(name) }
            }
        }
        return there
    }

    /// "kind.group" of what the definitions among the objects define.
    func definedKinds(_ objects: [ApplyObject]) -> Set<String> {
        Set(
            objects.compactMap { object in
                guard object.key.resource == "customresourcedefinition.apiextensions.k8s.io", let spec = object.value?["spec"],
                    let group = spec["group"]?.string, let kind = spec[["names", "kind"]]?.string
                else { return nil }
                return ObjectKey.resource(group: group, kind: kind)
            })
    }

    /// Why nothing can be done with an object now; nil where something can. It stops none of the others.
    private func obstacle(_ object: ApplyObject, _ state: ClusterState, _ kinds: ServedKinds) -> (ApplyAction, String?)? {
        if let namespace = object.key.namespace, state.leavingNamespaces.contains(namespace) {
            return (.impossible, "its namespace \(namespace) is being deleted: restore again when it is gone")
        }
        if state.live[object.key]?.isBeingDeleted == true { return (.impossible, "it is being deleted: restore again when it is gone") }
        guard let resource = kinds.resource(of: object.key) else {
            return kinds.failures.first { $0.group == object.key.group }.map { (.later, $0.reason) }
        }
        if resource.isNamespaced, object.key.namespace == nil { return (.impossible, "the manifest names no namespace") }
        return state.unread[CaptureList(resource: resource, namespace: object.key.namespace)].map { unread in
            (unread.mayPass ? .later : .impossible, unread.error.description)
        }
    }

    private func decide(
        _ object: ApplyObject, _ state: ClusterState, _ kinds: ServedKinds, defining defined: Set<String>
    ) -> (ApplyAction, String?) {
        if let obstacle = obstacle(object, state, kinds) { return obstacle }
        guard let resource = kinds.resource(of: object) else {
            if defined.contains(object.key.resource) { return (.create, "after its definition") }
            return (.impossible, "the cluster has no such kind, and its definition is not among what is restored")
        }
        let note = resource.apiVersion == object.apiVersion ? nil : "as \(resource.apiVersion), which this cluster has"
        guard let live = state.live[object.key] else { return (.create, note) }
        if live.yaml == object.yaml || object.isImplied { return (.unchanged, nil) }
        switch existing {
        case .skip:
            return ManifestSet.isHeldForm(live.yaml, of: object)
                ? (.skip, "held by an earlier restore: --existing update starts it") : (.skip, "it is there, and differs")
        case .update: return (.update, note)
        case .fail: return (.conflict, "it is there, and differs")
        }
    }

    /// Manifests leave out defaults: what the server would change nothing of, and has no more of, is unchanged.
    private func refine(_ plan: inout ApplyPlan, _ kinds: ServedKinds, _ live: [ObjectKey: ClusterState.Live]) async throws {
        let open = plan.items.indices.filter { index in
            let item = plan.items[index]
            return live[item.object.key] != nil && [.update, .skip, .conflict].contains(item.action)
                && live[item.object.key]?.isBeingDeleted == false
        }
        let items = plan.items
        let (same, reasons) = (Guarded<Set<Int>>([]), Guarded<[Int: String]>([:]))
        try await forEach(open, atOnce: Self.concurrency) { index in
            let object = items[index].object
            guard let resource = kinds.resource(of: object) else { return }
            // If the server refuses it, the apply reports that.
            guard let after = try? await send(object, resource, isDryRun: true) else { return }
            guard ClusterState.canonical(after, object.key) == live[object.key]?.yaml else { return }
            do {
                guard try await surplus(of: object, resource, after) != nil else { return same.withLock { _ = $0.insert(index) } }
                reasons.withLock { $0[index] = "it is there, with more than the snapshot has" }
            } catch {
                try Task.checkCancellation()
                let failure = ClusterError(error)
                reasons.withLock { $0[index] = "what it has beyond the snapshot could not be checked: \(failure.message)" }
            }
        }
        for (index, reason) in reasons.withLock({ $0 }) { plan.items[index].reason = reason }
        for index in same.withLock({ $0 }) {
            plan.items[index].action = .unchanged
            plan.items[index].reason = nil
        }
    }
}
