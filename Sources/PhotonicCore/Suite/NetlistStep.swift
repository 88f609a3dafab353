internal import StrictYAML

/// A circuit of the SDK: see `Netlist`. Every component says what its type must, and what can be true of it; all that is named is there.
struct NetlistStep: SuiteStep {
    private static let source = "to_netlist of the Photon Neuromorphics SDK"
    /// Some half a minute.
    private static let workMax = 2e10
    private static let networkTypes = ["mzi_mesh", "photonic_mlp", "photonic_snn"]

    private let file: String
    /// A calibration database that every component must be in.
    private let calibration: String?
    private let uncalibrated: Set<String>
    private let types: Set<String>
    private let maximumWeight: Double?

    init?(_ value: YAMLNode, _ problems: YAMLProblems) {
        let known = ["file", "calibration", "uncalibrated", "types", "maximumWeight"]
        guard let section = YAMLMapping(value, "\"netlist\"", known: known, problems: problems), let file = section.file(of: "\"netlist\"")
        else {
            return nil
        }
        self.file = file
        calibration = section.has("calibration") ? section.file("calibration", of: "\"netlist\"") : nil
        uncalibrated = Set(section.texts("uncalibrated") ?? [])
        types = Set(section.texts("types") ?? [])
        maximumWeight = section.number("maximumWeight", 0...1e300)
    }

    var files: [String] { [file] + [calibration].compactMap(\.self) }

    func run(in folder: DataFolder, _ report: inout SuiteReport) {
        forEachFile(file, in: folder, source: Self.source, &report) { file, findings, responses throws(DataProblem) in
            let netlist = try Netlist.read(file, in: folder)
            checkParameters(netlist, &findings)
            checkReferences(netlist, &findings)
            if let calibration { try checkCalibration(netlist, calibration, folder, &findings) }
            responses.append(Response("size", file: file, unit: "components", kind: .size, [Double(netlist.components.count)]))
            responses.append(Response("parameters", file: file, kind: .digest, parameters(netlist)))
            var work = 0.0
            for component in netlist.components {
                guard let network = try NetlistNetwork(component) else { continue }
                work += network.work
                guard work <= Self.workMax else {
                    throw DataProblem("its networks need more work than \(Self.workMax) steps.", line: component.value.line)
                }
                let bad = check(network, component, &findings)
                guard !bad else { continue }
                responses.append(
                    .network("outputs of \(component.name)", file: file, inputs: network.inputs) { network.output(for: $0) })
            }
        }
    }

    private func checkParameters(_ netlist: Netlist, _ findings: inout Findings) {
        var (faults, missing, unknown) = (Tally<Findings.Fault>(), Tally<String>(), Tally<String>())
        for component in netlist.components {
            guard let rules = ComponentRules.all[component.type] else {
                if !Self.networkTypes.contains(component.type), !types.contains(component.type) {
                    unknown.add("line \(component.value.line): \(component.name) is of the type \(component.type)")
                }
                continue
            }
            for parameter in rules.parameters {
                let place = "\(component.name).\(parameter.name)"
                guard let value = component.value[parameter.name] else {
                    if parameter.isRequired { missing.add("line \(component.value.line): \(place) is missing") }
                    continue
                }
                guard case .number(let number) = value.content else {
                    missing.add("line \(value.line): \(place) is \(value.kind), not a number")
                    continue
                }
                if !parameter.range.contains(number) {
                    faults.add(.init(element: place, value: number, range: parameter.range, unit: parameter.unit, line: value.line))
                }
            }
            for (key, words) in rules.words.sorted(by: { $0.key < $1.key }) {
                guard case .string(let word)? = component.value[key]?.content, words.contains(word) else {
                    missing.add("line \(component.value.line): \(component.name).\(key) is not one of \(words.joined(separator: ", "))")
                    continue
                }
            }
        }
        findings.check("parameters missing", Double(missing.count), 0, note: missing.first.first.map { "\($0)." })
        findings.check("parameters out of range", faults: faults)
        findings.check(
            "components of unknown type", Double(unknown.count), 0, unit: "components",
            note: unknown.first.first.map { "\($0): if that is right, add it to the suite's \"types\"." })
    }

    /// All that the components say of themselves, in the order of their names.
    private func parameters(_ netlist: Netlist) -> [Double] {
        var sketch = Sketch()
        for component in netlist.components.sorted(by: { $0.name < $1.name }) {
            sketch.add(bits: Array(component.name.utf8)[...])
            component.value.add(to: &sketch)
        }
        return sketch.values
    }

    private func checkReferences(_ netlist: Netlist, _ findings: inout Findings) {
        let names = Set(netlist.components.map(\.name))
        var lost = Tally<String>()
        for connection in netlist.connections {
            for name in connection.names where !names.contains(name) {
                lost.add("Line \(connection.line): there is no component \(Shown.short(name).debugDescription).")
            }
        }
        findings.check(
            "connections to components that are not there", Double(lost.count), 0, unit: "connections",
            note: lost.first.first)
    }

    private func checkCalibration(
        _ netlist: Netlist, _ path: String, _ folder: DataFolder, _ findings: inout Findings
    ) throws(DataProblem) {
        let database: CalibrationDatabase
        do throws(DataProblem) { database = try CalibrationDatabase.read(path, in: folder) } catch {
            throw DataProblem("\(path): \(error.reason)")
        }
        let calibrated = Set(database.components.filter { !$0.parameters.isEmpty }.map(\.name))
        var bare = Tally<String>()
        for component in netlist.components where !calibrated.contains(component.name) && !uncalibrated.contains(component.type) {
            bare.add(component.name)
        }
        findings.check(
            "components without a calibration in \(path)", Double(bare.count), 0, unit: "components",
            note: bare.list.map { "\($0): swapped or older files?" })
    }

    /// Whether a network's own numbers are sound; what is not would make every response nonsense.
    private func check(_ network: NetlistNetwork, _ component: Netlist.Component, _ findings: inout Findings) -> Bool {
        let limit = maximumWeight ?? Double.greatestFiniteMagnitude
        let range: ClosedRange<Double> =
            if case .spiking = network { -limit...limit } else { -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude }
        var faults = Tally<Findings.Fault>()
        network.forEachNumber { place, value in
            if !range.contains(value) { faults.add(.init(element: "\(component.name).\(place())", value: value, range: range)) }
        }
        findings.check("\(component.name): numbers out of range", faults: faults)
        if case .mesh(let mesh) = network, faults.isEmpty {
            findings.check("\(component.name): unitarity", mesh.matrix.unitarityError, atMost: 1e-9)
        }
        return !faults.isEmpty
    }
}
