internal import StrictYAML

/// What data must satisfy, declared in a YAML file: a list of steps, each about one kind of file. See `policies/photon-neuro.suite.yaml`.
public struct Suite: Sendable {
    public let name: String
    /// Of its text, for people: what is compared is told apart by name.
    public let fingerprint: String
    /// Whether every file of the directory is looked at by some check.
    var isComplete = false
    let steps: [DeclaredStep]
    /// What programs are asked besides.
    private var outside: [OutsideResponses] = []

    /// Nothing: of data that programs alone are asked about.
    public static let none = Suite(name: "", fingerprint: "0", steps: [])

    /// The same, and what programs are asked.
    public func with(_ outside: [OutsideResponses]) -> Suite {
        var suite = self
        suite.outside = outside
        return suite
    }

    /// A data set that describes itself in `photonic.json`, and nothing else: what is checked where no suite is named.
    public static let dataSet = Suite(
        name: "photonic.json", fingerprint: "1",
        steps: [DeclaredStep(title: "dataSet", declared: [:], drift: DriftDeclaration(), step: DataSetStep())])

    /// Throws a `YAMLError` that names everything wrong with it.
    public static func read(_ path: String) throws -> Suite { try parse(try YAMLFile.text(path), file: path) }

    public static func parse(_ text: String, file: String) throws -> Suite {
        try YAMLFile.parse(text, file: file, what: "suite") { root, problems in
            let known = ["version", "name", "complete", "checks"]
            guard let mapping = YAMLMapping(root, "a suite", known: known, problems: problems) else { return nil }
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
            let steps = DeclaredStep.told(apart: items.compactMap { DeclaredStep($0, problems) })
            var suite = Suite(name: name, fingerprint: crc.hex, steps: steps)
            suite.isComplete = mapping.flag("complete")
            return suite
        }
    }

    init(name: String, fingerprint: String, steps: [DeclaredStep]) {
        (self.name, self.fingerprint, self.steps) = (name, fingerprint, steps)
    }

    /// Runs every step over a directory: what it must satisfy, and how it responds.
    ///
    /// Nothing in `directory` is trusted. What cannot be read or parsed is a failed check with a sentence.
    ///
    /// - Parameter earlier: what is said there of files that have not changed since is taken from it, and not found out again.
    public func run(directory: String, reusing earlier: EarlierRuns = EarlierRuns()) -> SuiteReport {
        do throws(DataProblem) { return run(in: try DataFolder(directory), reusing: earlier) } catch {
            var report = SuiteReport(reusing: earlier)
            let note = "\(directory): \(error.reason)"
            report.checks.append(
                CheckResult(
                    name: "the directory: readable", value: 0, expected: 1, unit: CheckResult.isSo, source: "the suite \(name)", note: note)
            )
            return report
        }
    }

    func run(in folder: DataFolder, reusing earlier: EarlierRuns = EarlierRuns()) -> SuiteReport {
        var report = SuiteReport(reusing: earlier)
        for step in steps { step.run(in: folder, &report) }
        if isComplete { checkCompleteness(folder, &report) }
        // Two steps may look at one file.
        var names: Set<[UInt8]> = []
        report.responses = report.responses.filter { names.insert($0.key).inserted }
        report.marks = folder.marks
        return report
    }

    /// That no file is there at which nothing looks.
    private func checkCompleteness(_ folder: DataFolder, _ report: inout SuiteReport) {
        var findings = Findings("the directory", source: "the suite \(name)")
        do throws(DataProblem) {
            let unlisted = try folder.files(besides: folder.marks)
            findings.check(
                "files that no check looks at", Double(unlisted.count), 0, unit: "files",
                note: unlisted.list.map { "\($0): add a check, or leave out \"complete\"." })
        } catch { findings.check("can be listed", 0, 1, unit: CheckResult.isSo, note: error.reason) }
        report.checks += findings.checks
    }

    /// All that it declares, by check and key: what has changed in it can be told.
    var declared: [String: String] {
        var declared: [String: String] = [:]
        for step in steps {
            // A check without a key is declared as well.
            declared[step.title] = ""
            for (key, value) in step.declared { declared["\(step.title), \(key)"] = value }
        }
        if isComplete { declared["complete"] = "true" }
        for responses in outside { declared.merge(responses.declarations) { first, _ in first } }
        return declared
    }

    /// Whether it still asks for a response that was recorded: the same check, with the same keys.
    ///
    /// - Parameter before: what was declared then; nil where nobody knows.
    func asks(for response: Response, as before: [String: String]?) -> Bool {
        guard let check = response.check else { return steps.contains { $0.step.looks(at: response.file) } }
        guard let step = steps.first(where: { $0.title == check }) else { return outside.contains { $0.title == check } }
        guard let before else { return true }
        let keys = Dictionary(
            before.compactMap { key, value in key.hasPrefix("\(check), ") ? (String(key.dropFirst(check.count + 2)), value) : nil }
        ) { first, _ in first }
        return keys.filter { !DeclaredStep.ofComparison.contains($0.key) }
            == step.declared.filter { !DeclaredStep.ofComparison.contains($0.key) }
    }
}
