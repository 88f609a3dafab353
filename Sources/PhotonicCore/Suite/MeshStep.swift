internal import StrictYAML

/// The phases of a mesh in a `.npy` file, in the order of the Photon Neuromorphics SDK: see `RotationMesh`.
struct MeshStep: SuiteStep {
    private static let source = "MZIMesh of the Photon Neuromorphics SDK; Clements et al., Optica 3, 1460 (2016)"

    private let file: String
    private let inputs: Int
    private let outputs: Int
    private let topology: RotationMesh.Topology
    private let unitarity: Double
    /// The matrix that the phases are to make, a `.npy` file, and how well.
    private let matrix: String?
    private let deviation: Double?
    private let fidelity: Double?

    init?(_ value: YAMLNode, _ problems: YAMLProblems) {
        let known = ["file", "modes", "outputs", "topology", "unitarity", "matrix", "deviation", "fidelity"]
        guard let section = YAMLMapping(value, "\"mesh\"", known: known, problems: problems), let file = section.file(of: "\"mesh\""),
            section.require("modes", of: "\"mesh\""), let modes = section.whole("modes", 1...Mesh.modesMax)
        else { return nil }
        self.file = file
        inputs = modes
        outputs = section.whole("outputs", 1...Mesh.modesMax) ?? inputs
        let word = section.has("topology") ? section.text("topology") ?? "" : "rectangular"
        guard let topology = RotationMesh.Topology(rawValue: word) else {
            problems.add(section.value("topology") ?? value, "\"topology\" is rectangular or triangular")
            return nil
        }
        self.topology = topology
        unitarity = section.number("unitarity", 0...1) ?? 1e-9
        matrix = section.has("matrix") ? section.file("matrix", of: "\"mesh\"") : nil
        deviation = section.number("deviation", 0...2)
        fidelity = section.number("fidelity", 0...1)
        if matrix == nil, section.has("deviation") || section.has("fidelity") {
            problems.add(section.node, "\"deviation\" and \"fidelity\" go with a \"matrix\" to compare with")
        }
    }

    var files: [String] { [file] + [matrix].compactMap(\.self) }

    func run(in folder: DataFolder, _ report: inout SuiteReport) {
        forEachFile(file, in: folder, source: Self.source, &report) { file, findings, responses throws(DataProblem) in
            let count = RotationMesh.phaseCount(inputs: inputs, outputs: outputs, topology)
            let array = try folder.npy(file, elementsMax: Mesh.modesMax * Mesh.modesMax)
            findings.check("phases", Double(array.values.count), Double(count), unit: "phases")
            guard !array.header.type.isComplex else {
                throw DataProblem("its elements are complex, and phases are real.", offset: NPYHeader.beginning)
            }
            // In the order of the file another array than the SDK's.
            guard !array.header.isFortranOrder || array.header.shape.count == 1 else {
                throw DataProblem("it is in Fortran order, which would mix the phases up.", offset: NPYHeader.beginning)
            }
            var faults = Tally<Findings.Fault>()
            for (index, value) in array.values.enumerated() where !value.real.isFinite {
                faults.add(.init(element: "[\(index)]", value: value.real, range: -1e6...1e6, unit: "rad"))
            }
            findings.check("phases that are no numbers", faults: faults)
            guard array.values.count == count, faults.isEmpty else { return }
            let mesh: RotationMesh
            do {
                mesh = try RotationMesh(inputs: inputs, outputs: outputs, topology: topology, phases: array.values.map(\.real))
            } catch { throw DataProblem("it is no mesh: \(error).") }
            let made = mesh.matrix
            findings.check("unitarity", made.unitarityError, atMost: unitarity)
            if let matrix { responses += try compare(made, matrix, folder, &findings) }
            responses.append(
                .network("outputs", file: file, inputs: inputs) { light in (made * light).flatMap { [$0.real, $0.imaginary] } })
            responses.append(array.bits(file: file))
        }
    }

    /// Returns how well they agree, and what the other one is.
    private func compare(
        _ made: ComplexMatrix, _ path: String, _ folder: DataFolder, _ findings: inout Findings
    ) throws(DataProblem) -> [Response] {
        let array: NPYArray
        do throws(DataProblem) { array = try folder.npy(path, elementsMax: Mesh.modesMax * Mesh.modesMax) } catch {
            throw DataProblem("\(path): \(error.reason)")
        }
        guard let wanted = array.matrix, wanted.size == made.size else {
            throw DataProblem("\(path) is no matrix of \(inputs) rows and columns.")
        }
        let note = "The phases do not make the matrix of \(path)."
        if deviation != nil || fidelity == nil {
            findings.check(
                "deviation from \(path)", made.distance(to: wanted), 0, tolerance: deviation ?? array.header.tolerance, note: note)
        }
        let reached = made.fidelity(to: wanted)
        if let fidelity { findings.check("fidelity to \(path)", reached, 1, tolerance: 1 - fidelity, note: note) }
        let light = Response.network("outputs", file: path, inputs: inputs) { light in (wanted * light).flatMap { [$0.real, $0.imaginary] }
        }
        return [Response("fidelity to \(path)", file: file, tolerance: 1e-9, [reached]), light, array.bits(file: path)]
    }
}
