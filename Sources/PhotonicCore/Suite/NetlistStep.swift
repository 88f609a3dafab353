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
            responses += Self.responses(netlist, file: file)
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

    /// What is wrong with what components say of themselves.
    private struct ParameterFaults {
        var range = Tally<Findings.Fault>()
        var missing = Tally<String>()
        var unknown = Tally<String>()

        mutating func look(at value: JSONValue, _ rules: ComponentRules, of name: String) {
            for parameter in rules.parameters {
                let place = "\(name).\(parameter.name)"
                guard let found = value[parameter.name] else {
                    if parameter.isRequired { missing.add("line \(value.line): \(place) is missing") }
                    continue
                }
                guard case .number(let number) = found.content else {
                    missing.add("line \(found.line): \(place) is \(found.kind), not a number")
                    continue
                }
                if !parameter.range.contains(number) {
                    range.add(.init(element: place, value: number, range: parameter.range, unit: parameter.unit, line: found.line))
                }
            }
            for (key, words) in rules.words.sorted(by: { $0.key < $1.key }) {
                guard case .string(let word)? = value[key]?.content, words.contains(word) else {
                    missing.add("line \(value.line): \(name).\(key) is not one of \(words.joined(separator: ", "))")
                    continue
                }
            }
            if let parts = rules.parts { look(atPartsOf: value, parts, of: name) }
        }

        /// An array of components, which are as any others.
        private mutating func look(atPartsOf value: JSONValue, _ parts: ComponentRules.Parts, of name: String) {
            guard case .array(let items)? = value[parts.key]?.content else {
                missing.add("line \(value.line): \(name).\(parts.key) is no list")
                return
            }
            if let count = value[parts.count], count.content != .number(Double(items.count)) {
                missing.add("line \(count.line): \(name) has \(items.count) \(parts.key), and \(parts.count) says otherwise")
            }
            guard let rules = ComponentRules.all[parts.type] else { return }
            for (index, item) in items.enumerated() { look(at: item, rules, of: "\(name).\(parts.key)[\(index)]") }
        }
    }

    private func checkParameters(_ netlist: Netlist, _ findings: inout Findings) {
        var faults = ParameterFaults()
        for component in netlist.components {
            if let rules = ComponentRules.all[component.type] {
                faults.look(at: component.value, rules, of: component.name)
            } else if !Self.networkTypes.contains(component.type), !types.contains(component.type) {
                faults.unknown.add("line \(component.value.line): \(component.name) is of the type \(component.type)")
            }
        }
        findings.check("parameters missing", Double(faults.missing.count), 0, note: faults.missing.first.first.map { "\($0)." })
        findings.check("parameters out of range", faults: faults.range)
        findings.check(
            "components of unknown type", Double(faults.unknown.count), 0, unit: "components",
            note: faults.unknown.first.first.map { "\($0): if that is right, add it to the suite's \"types\"." })
    }

    /// All that the components and their connections say, whatever their order in the file.
    private static func responses(_ netlist: Netlist, file: String) -> [Response] {
        var (parameters, form, rest) = (Sketch(), Sketch(), Sketch())
        for component in netlist.components.sorted(by: { $0.name < $1.name }) {
            parameters.add(bits: Array(component.name.utf8)[...])
            component.value.add(to: &parameters)
            form.add(text: component.name)
            component.value.add(formTo: &form)
        }
        var connections = Sketch()
        for digest in netlist.connections.map({ $0.value.digest }).sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            for value in digest { connections.add(value) }
        }
        for member in netlist.rest.sorted(by: { $0.key < $1.key }) {
            rest.add(text: member.key)
            member.value.add(to: &rest)
            member.value.add(formTo: &rest)
        }
        return [
            Response("parameters", file: file, kind: .digest, parameters.values), Response("form", file: file, kind: .digest, form.values),
            Response("connections", file: file, kind: .digest, [Double(netlist.connections.count)] + connections.values),
            Response("description", file: file, kind: .digest, [Double(netlist.rest.count)] + rest.values),
        ]
    }

    private func checkReferences(_ netlist: Netlist, _ findings: inout Findings) {
        let names = Set(netlist.components.map { Array($0.name.utf8) })
        var lost = Tally<String>()
        for connection in netlist.connections {
            for name in connection.names where !names.contains(Array(name.utf8)) {
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
        let calibrated = Set(database.components.filter { !$0.parameters.isEmpty }.map { Array($0.name.utf8) })
        var bare = Tally<String>()
        for component in netlist.components where !calibrated.contains(Array(component.name.utf8)) && !uncalibrated.contains(component.type)
        {
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
