internal import StrictYAML

/// A check with what a suite says of it.
struct DeclaredStep: Sendable {
    /// "array weights/*.npy": no two of a suite have the same.
    private(set) var title: String
    /// Its keys and values as text.
    let declared: [String: String]
    let drift: DriftDeclaration
    let step: any SuiteStep

    /// Keys that say what may change, and not what is checked.
    static let ofComparison: Set<String> = ["drift", "shrinks"]

    private typealias Maker = @Sendable (YAMLNode, YAMLProblems) -> (any SuiteStep)?

    private static let kinds: [String: Maker] = [
        "array": { ArrayStep($0, $1) }, "calibration": { CalibrationStep($0, $1) }, "checkpoint": { CheckpointStep($0, $1) },
        "dataSet": { DataSetStep($0, $1) }, "mesh": { MeshStep($0, $1) }, "netlist": { NetlistStep($0, $1) },
        "rings": { RingStep($0, $1) }, "scattering": { ScatteringStep($0, $1) }, "spikes": { SpikeStep($0, $1) },
    ]
    /// Kinds of which a size seldom becomes less: nobody takes components out of a calibration.
    private static let keepingSize: Set<String> = ["calibration"]

    init(title: String, declared: [String: String], drift: DriftDeclaration, step: any SuiteStep) {
        (self.title, self.declared, self.drift, self.step) = (title, declared, drift, step)
    }

    init?(_ item: YAMLNode, _ problems: YAMLProblems) {
        let known = Self.kinds.keys.sorted()
        guard let mapping = YAMLMapping(item, "a check", known: known + Self.ofComparison, problems: problems) else { return nil }
        let named = known.filter(mapping.has)
        guard named.count == 1, let kind = named.first, let value = mapping.value(kind), let make = Self.kinds[kind] else {
            if named.count != 1, !known.contains(where: mapping.isMeant) {
                problems.add(item, "a check has exactly one kind", "known are \(known.joined(separator: ", "))")
            } else if named.count > 1 {
                problems.add(item, "a check has one kind, not \(named.joined(separator: " and "))")
            }
            return nil
        }
        let drift = DriftDeclaration(mapping, keepsSize: Self.keepingSize.contains(kind))
        guard let step = make(value, problems) else { return nil }
        var declared = Self.texts(value)
        let file = declared.removeValue(forKey: "file") ?? declared["netlist"] ?? value.text ?? ""
        for key in Self.ofComparison { declared[key] = mapping.has(key) ? mapping.value(key).map(Self.text) : nil }
        self.init(title: "\(kind) \(file)", declared: declared, drift: drift, step: step)
    }

    private static func texts(_ node: YAMLNode) -> [String: String] {
        guard case .mapping(let entries) = node.content else { return [:] }
        return Dictionary(entries.map { ($0.key.text ?? "", text($0.value)) }) { first, _ in first }
    }

    /// The same for the same meaning, however it is written.
    private static func text(_ node: YAMLNode) -> String {
        switch node.content {
        case .scalar(let text, let isPlain): (isPlain ? Double(text).map { "\($0)" } : nil) ?? text
        case .list(let items): "[\(items.map(text).joined(separator: ", "))]"
        case .mapping(let entries):
            "{\(entries.map { "\(text($0.key)): \(text($0.value))" }.sorted().joined(separator: ", "))}"
        }
    }

    /// Gives those that would have one title a number.
    static func told(apart steps: [DeclaredStep]) -> [DeclaredStep] {
        var counts: [String: Int] = [:]
        return steps.map { step in
            var step = step
            counts[step.title, default: 0] += 1
            if let count = counts[step.title], count > 1 { step.title += " (\(count))" }
            return step
        }
    }

    func run(in folder: DataFolder, _ report: inout SuiteReport) {
        let asked = declared.filter { !Self.ofComparison.contains($0.key) }.sorted { $0.key < $1.key }
        report.begin(([title] + asked.map { "\($0.key)=\($0.value)" }).joined(separator: "\n"))
        let (checks, responses) = (report.checks.count, report.responses.count)
        step.run(in: folder, &report)
        for index in responses..<report.responses.count {
            let response = report.responses[index]
            report.responses[index].drift = drift.drift(of: response.what, response.kind)
            report.responses[index].check = title
        }
        // A word that was misspelt would let everything pass, or nothing.
        let names = Set(report.responses[responses...].map(\.what))
        guard report.checks[checks...].allSatisfy(\.passed) else { return }
        for name in drift.named.keys.sorted() where !names.contains(name) {
            var findings = Findings(title, source: "the suite")
            let known = names.sorted().joined(separator: ", ")
            findings.check(
                "drift of \(Shown.short(name))", 0, 1, unit: CheckResult.isSo,
                note: "No response of \(title) is called so: there are \(known).")
            report.checks += findings.checks
        }
    }
}
