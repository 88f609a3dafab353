internal import StrictYAML

/// What data must satisfy, declared in a YAML file: a list of steps, each about one kind of file. See `policies/photon-neuro.suite.yaml`.
public struct Suite: Sendable {
    public let name: String
    /// Of its text: another one checks something else.
    public let fingerprint: String
    let steps: [any SuiteStep]

    /// A data set that describes itself in `photonic.json`, and nothing else: what is checked where no suite is named.
    public static let dataSet = Suite(name: "photonic.json", fingerprint: "1", steps: [DataSetStep()])

    /// Throws a `YAMLError` that names everything wrong with it.
    public static func read(_ path: String) throws -> Suite { try parse(try YAMLFile.text(path), file: path) }

    public static func parse(_ text: String, file: String) throws -> Suite {
        try YAMLFile.parse(text, file: file, what: "suite") { root, problems in
            guard let mapping = YAMLMapping(root, "a suite", known: ["version", "name", "checks"], problems: problems) else { return nil }
            if mapping.has("version"), mapping.count("version") != 1 { problems.add(mapping.key("version"), "\"version\" is 1") }
            guard mapping.require("version", of: "the suite"), mapping.require("name", of: "the suite"),
                mapping.require("checks", of: "the suite"), let name = mapping.text("name"), let list = mapping.value("checks")
            else { return nil }
            guard case .list(let items) = list.content, !items.isEmpty, items.count <= YAMLMapping.wordsMax else {
                problems.add(list, "\"checks\" is a list of checks, not \(list.kind)", "begin each with \"- \"")
                return nil
            }
            var crc = CRC32()
            crc.update(Array(text.utf8)[...])
            return Suite(name: name, fingerprint: crc.hex, steps: items.compactMap { step($0, problems) })
        }
    }

    private static let kinds: [String: @Sendable (YAMLNode, YAMLProblems) -> (any SuiteStep)?] = [
        "array": { ArrayStep($0, $1) }, "calibration": { CalibrationStep($0, $1) }, "checkpoint": { CheckpointStep($0, $1) },
        "dataSet": { DataSetStep($0, $1) }, "mesh": { MeshStep($0, $1) }, "netlist": { NetlistStep($0, $1) },
        "rings": { RingStep($0, $1) }, "scattering": { ScatteringStep($0, $1) }, "spikes": { SpikeStep($0, $1) },
    ]

    private static func step(_ item: YAMLNode, _ problems: YAMLProblems) -> (any SuiteStep)? {
        let known = kinds.keys.sorted()
        guard let mapping = YAMLMapping(item, "a check", known: known, problems: problems) else { return nil }
        let named = known.filter(mapping.has)
        guard named.count == 1, let kind = named.first, let value = mapping.value(kind), let make = kinds[kind] else {
            if named.count != 1, !known.contains(where: mapping.isMeant) {
                problems.add(item, "a check has exactly one kind", "known are \(known.joined(separator: ", "))")
            } else if named.count > 1 {
                problems.add(item, "a check has one kind, not \(named.joined(separator: " and "))")
            }
            return nil
        }
        return make(value, problems)
    }

    /// Runs every step over a directory: what it must satisfy, and how it responds.
    ///
    /// Nothing in `directory` is trusted. What cannot be read or parsed is a failed check with a sentence.
    public func run(directory: String) -> SuiteReport {
        var report = SuiteReport()
        do {
            let folder = try DataFolder(directory)
            for step in steps { step.run(in: folder, &report) }
            // Two steps may look at one file.
            var names: Set<String> = []
            report.responses = report.responses.filter { names.insert($0.name).inserted }
            report.marks = folder.marks
        } catch {
            let note = "\(directory): \(error.reason)"
            report.checks.append(
                CheckResult(
                    name: "the directory: readable", value: 0, expected: 1, unit: "yes = 1", source: "the suite \(name)", note: note))
        }
        return report
    }
}

/// The result of a suite.
public struct SuiteReport: Sendable {
    public internal(set) var checks: [CheckResult] = []
    public internal(set) var responses: [Response] = []
    /// The names of responses that were left out: nobody knows what of their files was backed up.
    var dropped: [String] = []
    /// The files that were read, as they were.
    var marks: [String: FileMark] = [:]

    /// Leaves out the responses of files that have changed since they were read, and returns those files.
    public mutating func dropChanged(directory: String) -> [String] {
        let changed: Set<String>
        do { changed = try DataFolder(directory).changedFiles(since: marks) } catch { changed = Set(marks.keys) }
        dropped += responses.filter { !$0.sources.isDisjoint(with: changed) }.map(\.name)
        responses.removeAll { !$0.sources.isDisjoint(with: changed) }
        return changed.sorted()
    }

    init(checks: [CheckResult] = [], responses: [Response] = []) {
        self.checks = checks
        self.responses = responses
    }
}

/// One declared check. It is made from its part of the suite, with problems where that is wrong.
protocol SuiteStep: Sendable {
    func run(in folder: DataFolder, _ report: inout SuiteReport)
}

extension SuiteStep {
    /// Runs `body` for each file that a pattern names; one that cannot be read or matches none is a failed check.
    func forEachFile(
        _ pattern: String, in folder: DataFolder, source: String, _ report: inout SuiteReport,
        _ body: (String, inout Findings, inout [Response]) throws(DataProblem) -> Void
    ) {
        let files: [String]
        do throws(DataProblem) {
            files = try folder.files(matching: pattern)
            if files.isEmpty { throw DataProblem("no file has such a name.") }
        } catch {
            var findings = Findings(pattern, source: source)
            findings.check("readable", 0, 1, unit: "yes = 1", note: "\(pattern): \(error.reason)")
            return report.checks += findings.checks
        }
        for file in files {
            var findings = Findings(file, source: source)
            var responses: [Response] = []
            folder.touched = []
            do { try body(file, &findings, &responses) } catch {
                findings.check("readable", 0, 1, unit: "yes = 1", note: "\(file): \(error.reason)")
                responses = []
            }
            report.checks += findings.checks
            let sources = folder.touched
            report.responses += responses.map { response in
                var response = response
                response.sources = sources
                return response
            }
        }
    }
}

extension YAMLMapping {
    /// The path of a file beneath the directory that is checked, perhaps with `*` in its last part.
    func file(_ key: String = "file", of what: String) -> String? {
        guard require(key, of: what), let path = text(key) else { return nil }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !["", ".", ".."].contains($0) }) else {
            problems.add(
                value(key) ?? node, "\"\(key)\" is no path beneath the data", "write it relative to the directory, as weights/a.npy")
            return nil
        }
        return path
    }
}
