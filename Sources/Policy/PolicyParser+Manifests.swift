import StrictYAML

/// Reads the section `manifests`.
extension PolicyParser {
    func manifests(_ mapping: YAMLMapping) -> Policy.Manifests? {
        guard let value = mapping.value("manifests") else { return nil }
        let known = ["directory", "exclude", "cluster", "secrets", "recipients", "remotes", "push"]
        guard let section = YAMLMapping(value, "\"manifests\"", known: known, problems: problems) else { return nil }
        let source = manifestSource(section)
        let secrets = secrets(section)
        let remotes = remotes(section)
        let diverged = diverged(section)
        guard let source, let secrets else { return nil }
        return Policy.Manifests(source: source, secrets: secrets, remotes: remotes, diverged: diverged)
    }

    /// `push: merge` or `push: branch`; without it, a remote that has gone another way is for a person to decide on.
    private func diverged(_ section: YAMLMapping) -> Policy.Manifests.Diverged {
        guard let text = section.text("push") else { return .refuse }
        if let choice = Policy.Manifests.Diverged(rawValue: text), choice != .refuse { return choice }
        problems.add(
            section.value("push") ?? section.node, "\"push\" is merge or branch, not \"\(Shown.short(text))\"",
            "leave it out, and a remote with other commits is named at each backup")
        return .refuse
    }

    private func manifestSource(_ section: YAMLMapping) -> Policy.Manifests.Source? {
        switch (section.has("directory"), section.has("cluster")) {
        case (true, true):
            problems.add(section.key("cluster"), "manifests come from \"directory\" or from \"cluster\", not from both")
            return nil
        case (false, false):
            if !section.isMeant("directory"), !section.isMeant("cluster") {
                problems.add(section.node, "\"manifests\" has neither \"directory\" nor \"cluster\"")
            }
            return nil
        case (true, false):
            let exclude = section.texts("exclude") ?? []
            if exclude.contains("") { problems.add(section.key("exclude"), "\"exclude\" holds an empty pattern") }
            return path(section, "directory").map { .directory($0, exclude: exclude) }
        case (false, true):
            if section.has("exclude") {
                problems.add(section.key("exclude"), "\"exclude\" goes with \"directory\"", "a cluster has its own, beneath \"cluster\"")
            }
            return section.value("cluster").flatMap(cluster).map { .cluster($0) }
        }
    }

    private func cluster(_ value: YAMLNode) -> Policy.Cluster? {
        let lists = ["namespaces", "kinds", "include", "exclude"]
        let exclusions = ["excludeObjects", "excludeLabels", "excludeAnnotations"]
        let known = ["kubeconfig", "context", "selector", "related"] + lists + exclusions
        guard let section = YAMLMapping(value, "\"cluster\"", known: known, problems: problems) else { return nil }
        var cluster = Policy.Cluster()
        if section.has("kubeconfig") { cluster.kubeconfig = path(section, "kubeconfig") }
        if section.has("context") { cluster.context = section.text("context") }
        if section.has("selector") { cluster.selector = section.text("selector") }
        if section.has("related") { cluster.related = section.flag("related") }
        cluster.namespaces = words(section, "namespaces", empty: "leave it out for all namespaces")
        cluster.kinds = words(section, "kinds", empty: "leave it out for all kinds")
        cluster.include = words(section, "include", empty: nil)
        cluster.exclude = words(section, "exclude", empty: nil)
        cluster.excludeObjects = objects(section, "excludeObjects")
        cluster.excludeLabels = marks(section, "excludeLabels")
        cluster.excludeAnnotations = marks(section, "excludeAnnotations")
        return cluster
    }

    private func objects(_ section: YAMLMapping, _ key: String) -> [String] {
        guard section.has(key), let texts = section.texts(key) else { return [] }
        for text in texts {
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            guard (2...3).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }), !text.contains(" ") else {
                problems.add(
                    section.key(key), "\"\(key)\" holds \(Shown.short(text).debugDescription), which names no object",
                    "write kind/name, or kind/namespace/name")
                continue
            }
        }
        return texts
    }

    /// Labels or annotations, with a value or without.
    private func marks(_ section: YAMLMapping, _ key: String) -> [String] {
        guard section.has(key), let texts = section.texts(key) else { return [] }
        for text in texts where text.isEmpty || text.hasPrefix("=") {
            problems.add(
                section.key(key), "\"\(key)\" holds \(Shown.short(text).debugDescription), which is no key", "write key or key=value")
        }
        return texts
    }

    /// A list of single words. One that is there and empty may mean all or nothing: it is refused where that matters.
    func words(_ section: YAMLMapping, _ key: String, empty hint: String?) -> [String] {
        guard section.has(key), let words = section.texts(key) else { return [] }
        if words.isEmpty, let hint { problems.add(section.key(key), "\"\(key)\" is empty", hint) }
        if let bad = words.first(where: { word in word.isEmpty || word.utf8.contains { $0 <= 32 || $0 == 127 || $0 == UInt8(ascii: "/") } })
        {
            problems.add(section.key(key), "\"\(key)\" holds \(Shown.short(bad).debugDescription), which is no name")
        }
        return words
    }

    /// Encrypted unless something else is said, since a cluster's secrets are nobody else's; those of a directory lie there in plain anyway.
    private func secrets(_ section: YAMLMapping) -> Policy.Manifests.Secrets? {
        let recipients = section.has("recipients") ? section.texts("recipients") : nil
        let choice = section.has("secrets") ? section.text("secrets") : section.has("cluster") || recipients != nil ? "encrypt" : "plain"
        if choice != "encrypt", section.has("recipients") {
            problems.add(section.key("recipients"), "\"recipients\" goes with \"secrets: encrypt\" only")
        }
        switch choice {
        case "plain": return .plain
        case "omit": return .omit
        case "encrypt":
            guard let recipients, !recipients.isEmpty else {
                if recipients != nil || !section.isMeant("recipients") {
                    problems.add(
                        section.has("secrets") ? section.key("secrets") : section.node,
                        "secrets are encrypted, and there are no \"recipients\"",
                        "make a key with `rekindle keygen` and write recipients: [age1…], or secrets: omit")
                }
                return nil
            }
            return .encrypt(recipients: recipients)
        default:
            guard let value = section.value("secrets") else { return nil }
            problems.add(value, "\"secrets\" is encrypt, omit or plain, not \(value.kind)")
            return nil
        }
    }

    /// Addresses of git repositories; a path is relative to the policy's file.
    private func remotes(_ section: YAMLMapping) -> [String] {
        guard section.has("remotes"), let texts = section.texts("remotes") else { return [] }
        return texts.compactMap { text in
            let scheme = text.firstRange(of: "://").map { text[..<$0.lowerBound] }
            switch scheme {
            case "ssh", "https", "file": return text
            case .some(let scheme):
                problems.add(
                    section.key("remotes"), "a remote at \(Shown.short(String(scheme)))://… is not supported", "use ssh, https or file")
                return nil
            case nil:
                if text.isEmpty || text.hasPrefix("-") {
                    problems.add(section.key("remotes"), "\"remotes\" holds \(Shown.short(text).debugDescription), which is no address")
                    return nil
                }
                // "git@host:path", as git reads it: a colon before the first slash.
                if let colon = text.firstIndex(of: ":"), !text[..<colon].contains("/") { return text }
                guard !text.hasPrefix("/"), let slash = problems.file.lastIndex(of: "/") else { return text }
                return problems.file[...slash] + text
            }
        }
    }
}
