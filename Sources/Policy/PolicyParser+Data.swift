import Core
import StrictYAML

/// The lists of a policy: what data to protect, and what proves that it came back.
extension PolicyParser {
    private static let listMax = 1_000
    private static let fileBytesMax = 200

    private func items(_ mapping: YAMLMapping, _ key: String) -> [YAMLNode] {
        guard let value = mapping.value(key) else { return [] }
        guard case .list(let items) = value.content else {
            problems.add(value, "\"\(key)\" is a list, not \(value.kind)", "begin each element with \"- \"")
            return []
        }
        guard items.count <= Self.listMax else {
            problems.add(value, "\"\(key)\" has more than \(Self.listMax) elements")
            return []
        }
        return items
    }

    /// The datasets, and the names of those too that have a problem of their own.
    func datasets(_ mapping: YAMLMapping) -> (sets: [Policy.Dataset], names: [String]) {
        var sets: [Policy.Dataset] = []
        var lines: [String: Int] = [:]
        for item in items(mapping, "data") {
            guard let section = datasetSection(item) else { continue }
            let name = section.require("name", of: "the dataset") ? datasetName(section) : nil
            if let name, let line = lines[name] {
                problems.add(section.value("name") ?? item, "the name \"\(name)\" is taken by the dataset in line \(line)")
            } else if let name {
                lines[name] = item.line
            }
            let hooks = (before: section.hook("before"), after: section.hook("after"))
            let expect = expectation(section)
            guard let source = source(section), let name else { continue }
            sets.append(
                Policy.Dataset(
                    name: name, source: source, before: hooks.before, after: hooks.after, expect: expect,
                    claims: claims(section, "claims")))
        }
        return (sets, lines.keys.sorted())
    }

    private func datasetSection(_ item: YAMLNode) -> YAMLMapping? {
        let directoryKeys = ["path", "exclude", "excludeCaches", "excludeIfPresent", "excludeLargerThan", "oneFileSystem", "change"]
        let commandKeys = ["command", "file", "timeout"]
        let known = ["name"] + directoryKeys + commandKeys + ["before", "after", "expect", "claims"]
        guard let section = YAMLMapping(item, "a dataset", known: known, problems: problems) else { return nil }
        if section.has("path"), section.has("command") {
            problems.add(section.key("command"), "a dataset has either \"path\" or \"command\", not both")
        } else if section.has("path") || section.has("command") {
            let foreign = section.has("path") ? commandKeys : directoryKeys
            for key in foreign where section.has(key) {
                problems.add(section.key(key), "\"\(key)\" does not go with \"\(section.has("path") ? "path" : "command")\"")
            }
        } else {
            problems.add(item, "the dataset has neither \"path\" nor \"command\"")
        }
        return section
    }

    private func datasetName(_ section: YAMLMapping) -> String? {
        guard let name = name(section, "name") else { return nil }
        guard name != "manifests", name != "manifests.git" else {
            problems.add(section.value("name") ?? section.node, "the name \"\(name)\" is kept for the manifests")
            return nil
        }
        return name
    }

    private func source(_ section: YAMLMapping) -> Policy.Source? {
        guard section.has("command") else {
            return directory(section).map { .directory($0) }
        }
        let timeout = section.duration("timeout")
        let command = section.command()
        guard section.require("file", of: "the dataset"), let file = section.text("file") else { return nil }
        guard Self.isName(file) else {
            problems.add(section.value("file") ?? section.node, "\"file\" is the name of a file, not \"\(Shown.short(file))\"")
            return nil
        }
        return command.map { .command($0, file: file, timeout: timeout) }
    }

    private func directory(_ section: YAMLMapping) -> Policy.Directory? {
        var directory = Policy.Directory(path: "")
        directory.exclude = section.texts("exclude") ?? []
        if directory.exclude.contains("") { problems.add(section.key("exclude"), "\"exclude\" holds an empty pattern") }
        (directory.excludeCaches, directory.oneFileSystem) = (section.flag("excludeCaches"), section.flag("oneFileSystem"))
        directory.excludeIfPresent = section.texts("excludeIfPresent") ?? []
        if let wrong = directory.excludeIfPresent.first(where: { !Self.isName($0) }) {
            problems.add(section.key("excludeIfPresent"), "\"excludeIfPresent\" holds names of files, not \"\(Shown.short(wrong))\"")
        }
        if let text = section.text("excludeLargerThan") {
            directory.excludeLargerThan = ByteSize.parse(text)
            if directory.excludeLargerThan == nil {
                problems.add(
                    section.value("excludeLargerThan") ?? section.node, "\"excludeLargerThan\" is a size, not \"\(Shown.short(text))\"",
                    "write 100MB or 1GiB")
            }
        }
        directory.change = change(section)
        guard section.has("path"), let path = path(section, "path") else { return nil }
        directory.path = path
        return directory
    }

    private static func isName(_ text: String) -> Bool {
        ![".", "..", ""].contains(text) && !text.contains("/") && text.utf8.count <= fileBytesMax
    }

    /// - Parameter captured: the namespaces that are captured of a cluster.
    func validations(_ mapping: YAMLMapping, datasets: [String], captured: [String]) -> [Policy.Validation] {
        items(mapping, "validate").compactMap { item in
            let kinds = ["photonicCore", "command", "http", "kubernetes"]
            guard let section = YAMLMapping(item, "a validation", known: kinds + ["timeout", "retries"], problems: problems) else {
                return nil
            }
            guard kinds.count(where: section.has) == 1 else {
                if !kinds.contains(where: section.isMeant) || kinds.count(where: section.has) > 1 {
                    problems.add(item, "a validation has exactly one of \(kinds.map { "\"\($0)\"" }.joined(separator: ", "))")
                }
                return nil
            }
            var timeout = section.duration("timeout")
            guard let retries = section.count("retries") else { return nil }
            guard retries <= Self.retriesMax else {
                problems.add(section.key("retries"), "\"retries\" is at most \(Self.retriesMax)")
                return nil
            }
            let check: Policy.Validation.Check?
            if section.has("command") {
                check = section.command().map { .command($0) }
            } else if section.has("http") {
                let health = section.value("http").flatMap { http($0, &timeout) }
                check = health.map { .http($0) }
            } else if section.has("kubernetes") {
                check = section.value("kubernetes").flatMap { kubernetes($0, captured: captured) }
            } else {
                check = section.value("photonicCore").flatMap { photonicCore($0, datasets: datasets) }
            }
            return check.map { Policy.Validation($0, timeout: timeout, retries: retries) }
        }
    }

    private static let retriesMax = 100

    /// - Parameter timeout: of the step; an endpoint has its own, since it is asked until it answers or that is over.
    private func http(_ value: YAMLNode, _ timeout: inout Duration?) -> Policy.Health? {
        let known = ["url", "status", "timeout", "json", "latency"]
        guard let section = YAMLMapping(value, "\"http\"", known: known, problems: problems) else { return nil }
        timeout = section.duration("timeout") ?? timeout
        let status = section.has("status") ? section.count("status") : 200
        let json = section.has("json") ? fields(section) : [:]
        let latency = section.duration("latency")
        guard section.require("url", of: "\"http\""), let url = section.text("url"), let json else { return nil }
        guard ["http://", "https://"].contains(where: url.hasPrefix), !url.contains(" ") else {
            problems.add(section.value("url") ?? value, "\"url\" is an address, http:// or https://, not \"\(Shown.short(url))\"")
            return nil
        }
        guard let status, (100...599).contains(status) else {
            problems.add(section.value("status") ?? value, "\"status\" is between 100 and 599")
            return nil
        }
        return Policy.Health(url: url, status: status, json: json, latency: latency)
    }

    /// Paths of keys, and what stands there.
    private func fields(_ section: YAMLMapping) -> [String: String]? {
        guard let value = section.value("json") else { return nil }
        guard case .mapping(let entries) = value.content, !entries.isEmpty, entries.allSatisfy({ $0.value.text != nil }) else {
            problems.add(value, "\"json\" is a mapping of fields to what they must say", "write {status: healthy}")
            return nil
        }
        return Dictionary(entries.map { ($0.key.text ?? "", $0.value.text ?? "") }) { first, _ in first }
    }

    private func kubernetes(_ value: YAMLNode, captured: [String]) -> Policy.Validation.Check? {
        guard let section = YAMLMapping(value, "\"kubernetes\"", known: ["namespaces", "job"], problems: problems) else { return nil }
        let namespaces =
            section.has("namespaces") ? words(section, "namespaces", empty: "leave it out for those that are captured") : captured
        let job = section.has("job") ? path(section, "job") : nil
        if namespaces.isEmpty, !section.has("namespaces"), !section.isMeant("namespaces") {
            problems.add(
                section.node, "\"kubernetes\" names no namespaces, and the policy captures none by name", "write namespaces: [photon-neuro]"
            )
        }
        return .kubernetes(namespaces: namespaces, job: job)
    }

    private func photonicCore(_ value: YAMLNode, datasets: [String]) -> Policy.Validation.Check? {
        guard let section = YAMLMapping(value, "\"photonicCore\"", known: ["data", "suite"], problems: problems) else { return nil }
        let suite = path(section, "suite")
        guard section.require("data", of: "\"photonicCore\""), let data = section.text("data") else { return nil }
        guard datasets.contains(data) else {
            let hint = datasets.isEmpty ? "add it to \"data\"" : Suggestion.among(datasets, for: data)
            problems.add(section.value("data") ?? value, "there is no dataset \"\(Shown.short(data))\"", hint)
            return nil
        }
        return .photonicCore(dataset: data, suite: suite)
    }
}
