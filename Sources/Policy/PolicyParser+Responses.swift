import Core
import StrictYAML

/// What is recorded with each backup, and what files must be, of any application.
extension PolicyParser {
    /// `respond: {name: api, data: app-data, command: […], tolerance: 1e-9, tolerances: {loss: 1e-3}, drift: {rows: grows}}`
    func respond(_ value: YAMLNode, _ datasets: [String]) -> Policy.Respond? {
        let known = ["name", "data", "command", "tolerance", "tolerances", "drift"]
        guard let section = YAMLMapping(value, "\"respond\"", known: known, problems: problems) else { return nil }
        let name = section.require("name", of: "\"respond\"") ? self.name(section, "name") : nil
        let data = dataset(section, "\"respond\"", datasets)
        guard section.require("command", of: "\"respond\""), let command = section.command(), let name, let data else { return nil }
        var respond = Policy.Respond(name: name, dataset: data, command: command)
        respond.tolerance = section.number("tolerance", 0...1e300) ?? 0
        respond.tolerances = section.has("tolerances") ? section.numbers("tolerances", 0...1e300) ?? [:] : [:]
        (respond.drift, respond.drifts) = section.drifts("drift", example: "{rows: grows}")
        return respond
    }

    /// `files: {data: app-data, count: ">=100", bytes: ">1MB", newest: 26h, exist: [a/b], canary: {canary.txt: "still here"}}`
    func files(_ value: YAMLNode, _ datasets: [String]) -> Policy.Files? {
        let known = ["data", "count", "bytes", "newest", "exist", "canary"]
        guard let section = YAMLMapping(value, "\"files\"", known: known, problems: problems),
            let data = dataset(section, "\"files\"", datasets)
        else { return nil }
        var files = Policy.Files(dataset: data)
        files.files = least(section, "count", "write \">0\" or \">=100\"")
        files.bytes = least(section, "bytes", "write \">0\" or \">1MB\"")
        files.newest = section.duration("newest")
        files.exist = section.texts("exist") ?? []
        if let canary = section.value("canary") {
            guard case .mapping(let entries) = canary.content, entries.allSatisfy({ $0.value.text != nil }) else {
                problems.add(
                    canary, "\"canary\" is a mapping of files to what they say, not \(canary.kind)", "write {canary.txt: \"still here\"}")
                return nil
            }
            for entry in entries { if let name = entry.key.text { files.canary[name] = entry.value.text } }
        }
        for path in files.exist + files.canary.keys where TreePath(path) == nil {
            problems.add(section.node, "\"\(Shown.short(path))\" is no path beneath the dataset", "write it relative to the dataset")
        }
        guard known.dropFirst().contains(where: section.has) else {
            problems.add(value, "\"files\" asks nothing", "write count: \">0\"")
            return nil
        }
        return files
    }
}
