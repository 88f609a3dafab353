internal import StrictYAML

/// The SDK's calibration database: see `CalibrationDatabase`.
struct CalibrationStep: SuiteStep {
    static let source = "CalibrationDatabase of the Photon Neuromorphics SDK"

    private let file: String
    private let components: Int
    /// How far the newest measurement of a parameter may be from its target, by its name, in its own unit.
    private let errors: [String: Double]

    init?(_ value: YAMLNode, _ problems: YAMLProblems) {
        guard let section = YAMLMapping(value, "\"calibration\"", known: ["file", "components", "errors"], problems: problems),
            let file = section.file(of: "\"calibration\"")
        else { return nil }
        self.file = file
        // None at all is what the SDK leaves behind when it could not read its own database.
        components = section.has("components") ? section.count("components") ?? 1 : 1
        errors = section.has("errors") ? section.numbers("errors", 0...1e12) ?? [:] : [:]
    }

    var files: [String] { [file] }

    func run(in folder: DataFolder, _ report: inout SuiteReport) {
        forEachFile(file, in: folder, source: Self.source, &report) { file, findings, responses throws(DataProblem) in
            let database = try CalibrationDatabase.read(file, in: folder)
            let found = database.components.count
            let missing = found >= components ? 0 : components - found
            findings.check(
                "components missing", Double(missing), 0, unit: "components",
                note: found == 0
                    ? "The database is empty: the SDK begins a new one, without a word, when it cannot read the old one."
                    : "There are \(found), and at least \(components) belong here.")
            checkPoints(database, &findings)
            responses.append(
                Response("size", file: file, unit: "components, points", kind: .size, [Double(found), Double(database.pointCount)]))
            responses.append(Response("newest corrections", file: file, newest(database)))
            responses.append(Response("histories", file: file, kind: .digest, histories(database)))
        }
    }

    private func checkPoints(_ database: CalibrationDatabase, _ findings: inout Findings) {
        var (values, lengths, sums, targets) = (
            Tally<Findings.Fault>(), Tally<Findings.Fault>(), Tally<Findings.Fault>(), Tally<Findings.Fault>()
        )
        let finite = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
        for component in database.components {
            for parameter in component.parameters {
                let place = "\(component.name).\(parameter.name)"
                if !(1...CalibrationDatabase.pointsMax).contains(parameter.points.count) {
                    lengths.add(
                        .init(
                            element: place, value: Double(parameter.points.count), range: 1...Double(CalibrationDatabase.pointsMax),
                            unit: "points", line: parameter.points.first?.line))
                }
                for point in parameter.points {
                    let bad = [point.target, point.measured, point.correction, point.error].first { !$0.isFinite }
                    if let bad {
                        values.add(.init(element: place, value: bad, range: finite, line: point.line))
                    } else if abs(point.error - abs(point.target - point.measured)) > 1e-6
                        * max(1e-300, abs(point.target), abs(point.measured))
                    {
                        let expected = abs(point.target - point.measured)
                        sums.add(.init(element: place, value: point.error, range: expected...expected, line: point.line))
                    }
                }
                if let error = errors[parameter.name], let last = parameter.points.last, last.target.isFinite,
                    !(abs(last.target - last.measured) <= error)
                {
                    targets.add(
                        .init(
                            element: place, value: last.measured, range: (last.target - error)...(last.target + error),
                            line: last.line))
                }
            }
        }
        findings.check("values that are no numbers", faults: values)
        findings.check("histories of an impossible length", faults: lengths)
        findings.check("errors that are not those of their measurements", faults: sums)
        let names = Set(database.components.flatMap { $0.parameters.map(\.name) })
        for name in errors.keys.sorted() where !names.contains(name) {
            findings.check(
                "parameters called \(name)", 0, 1, unit: "parameters", note: "No component has such a parameter: is its name right?")
        }
        if !errors.isEmpty { findings.check("parameters away from their targets", faults: targets) }
    }

    /// One number for each parameter, in the order of their names.
    private func newest(_ database: CalibrationDatabase) -> [Double] {
        database.components.sorted { $0.name < $1.name }.flatMap { component in
            component.parameters.sorted { $0.name < $1.name }.flatMap { [$0.points.last?.correction ?? 0, $0.points.last?.measured ?? 0] }
        }
    }

    /// Every point of every parameter.
    private func histories(_ database: CalibrationDatabase) -> [Double] {
        var sketch = Sketch()
        for component in database.components.sorted(by: { $0.name < $1.name }) {
            for parameter in component.parameters.sorted(by: { $0.name < $1.name }) {
                sketch.add(bits: Array("\(component.name).\(parameter.name)".utf8)[...])
                for point in parameter.points {
                    sketch.add(bits: Array(point.timestamp.utf8)[...])
                    for value in [point.target, point.measured, point.correction, point.error] { sketch.add(value) }
                }
            }
        }
        return sketch.values
    }
}
