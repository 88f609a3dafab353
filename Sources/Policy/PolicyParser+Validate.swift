import Core
import StrictYAML

/// What proves that it came back.
extension PolicyParser {
    private static let kinds = ["photonicCore", "respond", "files", "command", "service", "http", "kubernetes"]
    private static let retriesMax = 100

    /// - Parameter captured: the namespaces that are captured of a cluster.
    func validations(_ mapping: YAMLMapping, datasets: [String], captured: [String]) -> [Policy.Validation] {
        var steps: [Policy.Validation] = []
        for item in items(mapping, "validate") {
            guard let section = validationSection(item), let step = validation(section, datasets, captured) else { continue }
            if step.check.needsService, !steps.contains(where: \.check.isService) {
                problems.add(item, "no \"service\" before this step is there to be looked at", "start it in a step before")
            }
            steps.append(step)
        }
        return steps
    }

    private func validationSection(_ item: YAMLNode) -> YAMLMapping? {
        let own = ["timeout", "retries", "required", "user", "writes", "looksAt"]
        guard let section = YAMLMapping(item, "a validation", known: Self.kinds + own, problems: problems) else { return nil }
        let named = Self.kinds.filter(section.has)
        guard named.count == 1 else {
            if !Self.kinds.contains(where: section.isMeant) || named.count > 1 {
                problems.add(item, "a validation has exactly one of \(Self.kinds.map { "\"\($0)\"" }.joined(separator: ", "))")
            }
            return nil
        }
        // Over live data there is no copy.
        let ofPrograms =
            ["user"].filter { section.has($0) && !["command", "service", "respond"].contains(named[0]) }
            + ["writes"].filter { section.has($0) && !["command", "service"].contains(named[0]) }
        for key in ofPrograms + (section.has("looksAt") && named[0] != "command" ? ["looksAt"] : []) {
            problems.add(section.key(key), "\"\(key)\" does not go with \"\(named[0])\"")
        }
        return section
    }

    private func validation(_ section: YAMLMapping, _ datasets: [String], _ captured: [String]) -> Policy.Validation? {
        var timeout = section.duration("timeout")
        guard let retries = section.count("retries") else { return nil }
        guard retries <= Self.retriesMax else {
            problems.add(section.key("retries"), "\"retries\" is at most \(Self.retriesMax)")
            return nil
        }
        let check: Policy.Validation.Check?
        if section.has("command") {
            let target = target(section)
            check = section.command().map { .command($0, looksAt: target) }
        } else if section.has("respond") {
            check = section.value("respond").flatMap { respond($0, datasets) }.map { .respond($0) }
        } else if section.has("files") {
            check = section.value("files").flatMap { files($0, datasets) }.map { .files($0) }
        } else if let value = section.value("service") {
            check = service(value).map { .service($0) }
        } else if section.has("http") {
            let health = section.value("http").flatMap { http($0, &timeout) }
            check = health.map { .http($0) }
        } else if section.has("kubernetes") {
            check = section.value("kubernetes").flatMap { kubernetes($0, captured: captured) }
        } else {
            check = section.value("photonicCore").flatMap { photonicCore($0, datasets: datasets) }
        }
        guard let check else { return nil }
        var step = Policy.Validation(check, timeout: timeout, retries: retries)
        if section.has("required") { step.isRequired = section.flag("required") }
        if section.has("user") { step.user = name(section, "user") }
        step.writes = section.flag("writes")
        return step
    }

    private func target(_ section: YAMLMapping) -> Policy.Validation.Target {
        guard let text = section.text("looksAt") else { return .files }
        if let target = Policy.Validation.Target(rawValue: text) { return target }
        problems.add(
            section.value("looksAt") ?? section.node, "\"looksAt\" is what the command looks at, not \"\(Shown.short(text))\"",
            "write \(Policy.Validation.Target.allCases.map(\.rawValue).joined(separator: ", "))")
        return .files
    }

    /// `service: {command: […], ready: http, port: PORT, grace: 30s}`
    private func service(_ value: YAMLNode) -> Policy.Service? {
        guard let section = YAMLMapping(value, "\"service\"", known: ["command", "ready", "port", "grace"], problems: problems),
            section.require("command", of: "\"service\""), let command = section.command()
        else { return nil }
        var service = Policy.Service(command: command)
        if let text = section.text("ready") {
            guard let ready = Policy.Service.Ready(rawValue: text) else {
                problems.add(section.value("ready") ?? value, "\"ready\" is tcp or http, not \"\(Shown.short(text))\"")
                return nil
            }
            service.ready = ready
        }
        if let text = section.text("port") {
            guard Self.isVariable(text) else {
                problems.add(
                    section.value("port") ?? value,
                    "\"port\" is the variable that tells the program its port, not \"\(Shown.short(text))\"",
                    "write \(service.port), or leave it out: a free port is chosen for each run")
                return nil
            }
            service.port = text
        }
        service.grace = section.duration("grace") ?? service.grace
        return service
    }

    private static func isVariable(_ text: String) -> Bool {
        text.utf8.first.map { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } == true
            && text.unicodeScalars.allSatisfy { $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0) || $0 == "_") }
    }

    /// - Parameter timeout: of the step; an endpoint has its own, since it is asked until it answers or that is over.
    private func http(_ value: YAMLNode, _ timeout: inout Duration?) -> Policy.Health? {
        let known = ["url", "path", "status", "timeout", "json", "latency"]
        guard let section = YAMLMapping(value, "\"http\"", known: known, problems: problems) else { return nil }
        timeout = section.duration("timeout") ?? timeout
        let status = section.has("status") ? section.count("status") : 200
        let json = section.has("json") ? fields(section) : [:]
        let latency = section.duration("latency")
        guard section.has("path") || section.require("url", of: "\"http\""), let json else { return nil }
        if section.has("path"), section.has("url") {
            problems.add(section.key("path"), "\"http\" has either \"url\", or \"path\" for a service, not both")
        }
        guard let url = section.text(section.has("path") ? "path" : "url") else { return nil }
        if section.has("path") {
            guard url.hasPrefix("/"), !url.contains(" ") else {
                problems.add(section.value("path") ?? value, "\"path\" begins with a \"/\" and has no spaces", "write /health")
                return nil
            }
        } else if !["http://", "https://"].contains(where: url.hasPrefix) || url.contains(" ") {
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
        return dataset(section, "\"photonicCore\"", datasets).map { .photonicCore(dataset: $0, suite: suite) }
    }

    func dataset(_ section: YAMLMapping, _ what: String, _ datasets: [String]) -> String? {
        guard section.require("data", of: what), let data = section.text("data") else { return nil }
        if datasets.contains(data) { return data }
        let hint = datasets.isEmpty ? "add it to \"data\"" : Suggestion.among(datasets, for: data)
        problems.add(section.value("data") ?? section.node, "there is no dataset \"\(Shown.short(data))\"", hint)
        return nil
    }
}

extension Policy.Validation.Check {
    fileprivate var isService: Bool { if case .service = self { true } else { false } }

    fileprivate var needsService: Bool {
        switch self {
        case .http(let health): health.isOfService
        case .command(_, .service): true
        default: false
        }
    }
}

extension Policy.Health {
    /// Whether it asks the service that was started before.
    public var isOfService: Bool { url.hasPrefix("/") }
}
