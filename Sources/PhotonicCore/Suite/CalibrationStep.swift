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
            var faults = PointFaults()
            let database = try CalibrationDatabase.read(file, in: folder) { component, parameter, point in
                faults.look(at: point, of: "\(component).\(parameter)")
            }
            let found = database.components.count
            let missing = found >= components ? 0 : components - found
            findings.check(
                "components missing", Double(missing), 0, unit: "components",
                note: found == 0
                    ? "The database is empty: the SDK begins a new one, without a word, when it cannot read the old one."
                    : "There are \(found), and at least \(components) belong here.")
            findings.check("values that are no numbers", faults: faults.values)
            checkParameters(database, &findings)
            findings.check("errors that are not those of their measurements", faults: faults.sums)
            responses += Self.responses(database, file: file)
        }
    }

    /// What is wrong with single points.
    private struct PointFaults {
        private(set) var values = Tally<Findings.Fault>()
        private(set) var sums = Tally<Findings.Fault>()
        private static let finite = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude

        mutating func look(at point: CalibrationDatabase.Point, of place: @autoclosure () -> String) {
            let bad = [point.target, point.measured, point.correction, point.error].first { !$0.isFinite }
            if let bad {
                values.add(.init(element: place(), value: bad, range: Self.finite, line: point.line))
                return
            }
            let expected = abs(point.target - point.measured)
            guard abs(point.error - expected) > 1e-6 * max(1e-300, abs(point.target), abs(point.measured)) else { return }
            sums.add(.init(element: place(), value: point.error, range: expected...expected, line: point.line))
        }
    }

    private func checkParameters(_ database: CalibrationDatabase, _ findings: inout Findings) {
        var (lengths, targets) = (Tally<Findings.Fault>(), Tally<Findings.Fault>())
        var names: Set<String> = []
        for component in database.components {
            for parameter in component.parameters {
                let place = "\(component.name).\(parameter.name)"
                if errors[parameter.name] != nil { names.insert(parameter.name) }
                if !(1...CalibrationDatabase.pointsMax).contains(parameter.count) {
                    lengths.add(
                        .init(
                            element: place, value: Double(parameter.count), range: 1...Double(CalibrationDatabase.pointsMax),
                            unit: "points", line: parameter.line))
                }
                if let error = errors[parameter.name], let last = parameter.last, last.target.isFinite,
                    !(abs(last.target - last.measured) <= error)
                {
                    targets.add(
                        .init(
                            element: place, value: last.measured, range: (last.target - error)...(last.target + error),
                            line: last.line))
                }
            }
        }
        findings.check("histories of an impossible length", faults: lengths)
        for name in errors.keys.sorted() where !names.contains(name) {
            findings.check(
                "parameters called \(name)", 0, 1, unit: "parameters", note: "No component has such a parameter: is its name right?")
        }
        if !errors.isEmpty { findings.check("parameters away from their targets", faults: targets) }
    }

    /// In the order of the names, whatever that of the file.
    private static func responses(_ database: CalibrationDatabase, file: String) -> [Response] {
        var (newest, points, dates) = ([Double](), Sketch(), Sketch())
        dates.add(text: database.created)
        for component in database.components.sorted(by: { $0.name < $1.name }) {
            dates.add(text: component.name)
            dates.add(text: component.lastCalibrated)
            for parameter in component.parameters.sorted(by: { $0.name < $1.name }) {
                newest += [parameter.last?.correction ?? 0, parameter.last?.measured ?? 0]
                points.add(text: "\(component.name).\(parameter.name)")
                for value in [Double(parameter.count)] + parameter.digest { points.add(value) }
            }
        }
        let size = [Double(database.components.count), Double(database.pointCount)]
        return [
            Response("size", file: file, unit: "components, points", kind: .size, size),
            Response("newest corrections", file: file, newest), Response("points", file: file, kind: .digest, points.values),
            Response("dates", file: file, kind: .digest, dates.values),
            Response("history", file: file, kind: .digest, [Double(database.history.count)] + database.history.digest),
        ]
    }
}
