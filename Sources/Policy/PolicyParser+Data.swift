import Core
import StrictYAML

/// What data to protect.
extension PolicyParser {
    private static let listMax = 1_000
    private static let fileBytesMax = 200

    func items(_ mapping: YAMLMapping, _ key: String) -> [YAMLNode] {
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

    static func isName(_ text: String) -> Bool {
        ![".", "..", ""].contains(text) && !text.contains("/") && text.utf8.count <= fileBytesMax
    }
}
