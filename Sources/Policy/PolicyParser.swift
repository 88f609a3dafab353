import StrictYAML

/// Reads the sections of a policy in the order of the file's shape.
struct PolicyParser {
    let problems: YAMLProblems

    private static let sections = [
        "version", "name", "host", "vault", "manifests", "data", "unprotected", "before", "after", "finally", "validate", "objectives",
        "schedule", "keep", "controls",
    ]

    /// nil when there is no sense in going on; otherwise what could be read, and the problems say what could not.
    func policy(_ root: YAMLNode) -> Policy? {
        guard !root.isNull else {
            problems.add(line: 1, column: 1, "the file is empty", "a policy begins with \"version: 1\"")
            return nil
        }
        guard isSupported(root), let mapping = YAMLMapping(root, "a policy", known: Self.sections, problems: problems) else { return nil }
        let name = mapping.require("name", of: "the policy") ? self.name(mapping, "name") : nil
        let data = datasets(mapping)
        let manifests = manifests(mapping)
        var policy = Policy(
            name: name ?? "", host: host(mapping), vault: vault(mapping), manifests: manifests, data: data.sets,
            unprotected: claims(mapping, "unprotected"), before: mapping.hook("before"), after: mapping.hook("after"),
            finally: mapping.hook("finally"),
            validate: validations(mapping, datasets: data.names, captured: manifests?.namespaces ?? []), objectives: objectives(mapping),
            schedule: schedule(mapping), keep: keep(mapping))
        policy.controls = controls(mapping)
        if !mapping.has("manifests"), !mapping.has("data") {
            problems.add(root, "the policy protects nothing", "add \"manifests\" or \"data\"")
        }
        return policy
    }

    /// A file of another version is not read any further: its keys may mean something else.
    private func isSupported(_ root: YAMLNode) -> Bool {
        guard case .mapping(let entries) = root.content else { return true }
        guard let version = entries.first(where: { $0.key.text == "version" })?.value else {
            problems.add(root, "the policy has no \"version\"", "write version: 1")
            return true
        }
        if case .scalar("1", true) = version.content { return true }
        let shown = version.isNull ? "empty" : version.kind
        problems.add(version, "\"version\" is 1, not \(shown)", version.quoteHint ?? "this program reads version 1 only")
        return false
    }

    /// A list of persistent volume claims, "namespace/name"; a `*` stands for any letters.
    func claims(_ mapping: YAMLMapping, _ key: String) -> [String] {
        guard mapping.has(key), let texts = mapping.texts(key) else { return [] }
        for text in texts {
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            let isPlain = text.utf8.allSatisfy { $0 > 32 && $0 < 127 }
            guard parts.count == 2, isPlain, parts.allSatisfy({ !$0.isEmpty }) else {
                problems.add(
                    mapping.key(key), "\"\(key)\" holds \(Shown.short(text).debugDescription), which is no claim",
                    "write namespace/name, as photon-neuro/app-data")
                continue
            }
        }
        return texts
    }

    private static let nameBytesMax = 100

    /// A name that is safe as a component of a path.
    func name(_ mapping: YAMLMapping, _ key: String) -> String? {
        guard let text = mapping.text(key) else { return nil }
        let isPlain = text.utf8.allSatisfy {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            default: "._-".utf8.contains($0)
            }
        }
        guard isPlain, !text.hasPrefix("."), text.utf8.count <= Self.nameBytesMax else {
            problems.add(
                mapping.value(key) ?? mapping.node, "\"\(Shown.short(text))\" is no \(key)",
                "use up to \(Self.nameBytesMax) letters, digits, \".\", \"_\" and \"-\", no dot first")
            return nil
        }
        return text
    }

    /// A path, relative to the policy's own directory.
    func path(_ mapping: YAMLMapping, _ key: String) -> String? {
        guard let text = mapping.text(key) else { return nil }
        guard text != "~", !text.hasPrefix("~/") else {
            problems.add(mapping.value(key) ?? mapping.node, "\"~\" is not replaced by a home directory", "write the whole path")
            return nil
        }
        guard !text.hasPrefix("/"), let slash = problems.file.lastIndex(of: "/") else { return text }
        return problems.file[...slash] + text
    }

    private func vault(_ mapping: YAMLMapping) -> String? {
        guard let text = mapping.text("vault") else { return nil }
        if let colon = text.firstRange(of: "://"),
            text[..<colon.lowerBound].allSatisfy({ $0.isLetter || $0.isNumber || "+.-".contains($0) })
        {
            problems.add(
                mapping.value("vault") ?? mapping.node, "a vault at \(text[..<colon.upperBound])… is not supported yet", "use a directory")
            return nil
        }
        return path(mapping, "vault")
    }

    private func objectives(_ mapping: YAMLMapping) -> Policy.Objectives {
        guard let value = mapping.value("objectives"),
            let section = YAMLMapping(value, "\"objectives\"", known: ["rpo", "rto"], problems: problems)
        else { return Policy.Objectives() }
        return Policy.Objectives(rpo: section.duration("rpo"), rto: section.duration("rto"))
    }

    /// `controls: {drill: ["ISO 27001 A.8.13"]}`
    private func controls(_ mapping: YAMLMapping) -> [String] {
        guard let value = mapping.value("controls"),
            let section = YAMLMapping(value, "\"controls\"", known: ["drill"], problems: problems)
        else { return [] }
        return section.texts("drill") ?? []
    }

    private func schedule(_ mapping: YAMLMapping) -> Policy.Schedule {
        guard let value = mapping.value("schedule"),
            let section = YAMLMapping(value, "\"schedule\"", known: ["backup", "verify", "drill"], problems: problems)
        else { return Policy.Schedule() }
        func time(_ key: String) -> String? {
            guard let text = section.text(key) else { return nil }
            guard let problem = CronSyntax.problem(text) else { return text }
            problems.add(
                section.key(key), "\"\(key)\" \(problem)", "write minute, hour, day, month and weekday, as \"0 2 * * *\", or @daily")
            return nil
        }
        return Policy.Schedule(backup: time("backup"), verify: time("verify"), drill: time("drill"))
    }

    private func keep(_ mapping: YAMLMapping) -> Policy.Keep? {
        let known = ["last", "hourly", "daily", "weekly", "monthly", "yearly"]
        guard let value = mapping.value("keep"), let section = YAMLMapping(value, "\"keep\"", known: known, problems: problems) else {
            return nil
        }
        let counts = known.compactMap(section.count)
        guard counts.count == known.count else { return nil }
        // Taken at its word it would remove every snapshot.
        if counts.allSatisfy({ $0 == 0 }) { problems.add(mapping.key("keep"), "\"keep\" keeps nothing", "leave it out to keep everything") }
        return Policy.Keep(
            last: counts[0], hourly: counts[1], daily: counts[2], weekly: counts[3], monthly: counts[4], yearly: counts[5])
    }
}
