internal import StrictYAML

/// Scattering matrices of passive circuits in a `.npy` file: one, or one for each wavelength.
struct ScatteringStep: SuiteStep {
    private static let source = "Jalas et al., Nature Photonics 7, 579 (2013); energy conservation"
    private static let elementsMax = 2 << 20
    private static let portsMax = 128

    private let file: String
    /// nil: as much as the rounding of its numbers makes.
    private let gain: Double?
    private let reciprocity: Double?

    init?(_ value: YAMLNode, _ problems: YAMLProblems) {
        guard let section = YAMLMapping(value, "\"scattering\"", known: ["file", "gain", "reciprocity"], problems: problems),
            let file = section.file(of: "\"scattering\"")
        else { return nil }
        self.file = file
        gain = section.number("gain", 0...1)
        reciprocity = section.number("reciprocity", 0...2)
    }

    var files: [String] { [file] }

    func run(in folder: DataFolder, _ report: inout SuiteReport) {
        forEachFile(file, in: folder, source: Self.source, &report) { file, findings, responses throws(DataProblem) in
            let array = try folder.npy(file, elementsMax: Self.elementsMax)
            let matrices = try matrices(array)
            // Of power: the square of what amplitudes gain.
            let gains = matrices.map { $0.largestGain * $0.largestGain - 1 }
            findings.check("matrices that gain power", faults: Self.faults(gains, -1...(gain ?? array.header.tolerance)))
            if let reciprocity {
                let errors = matrices.map { $0.distance(to: $0.transpose) }
                findings.check("matrices that are not reciprocal", faults: Self.faults(errors, 0...reciprocity))
            }
            var sketch = Sketch()
            for value in array.values {
                sketch.add(value.real)
                sketch.add(value.imaginary)
            }
            responses.append(Response("sums", file: file, kind: .digest, sketch.values))
            responses.append(Response("form", file: file, kind: .digest, array.header.form))
        }
    }

    private static func faults(_ values: [Double], _ range: ClosedRange<Double>) -> Tally<Findings.Fault> {
        var faults = Tally<Findings.Fault>()
        for (index, value) in values.enumerated() where !(value <= range.upperBound) {
            faults.add(.init(element: "[\(index)]", value: value, range: range))
        }
        return faults
    }

    private func matrices(_ array: NPYArray) throws(DataProblem) -> [ComplexMatrix] {
        let shape = array.header.shape
        guard (2...3).contains(shape.count), shape[shape.count - 1] == shape[shape.count - 2], let size = shape.last,
            (1...Self.portsMax).contains(size), !array.values.isEmpty
        else {
            throw DataProblem(
                "its shape is \(shape), not [ports, ports] or [wavelengths, ports, ports] with up to \(Self.portsMax) ports.",
                offset: NPYHeader.beginning)
        }
        if shape.count == 2 { return [array.matrix].compactMap(\.self) }
        var matrices = [ComplexMatrix](repeating: ComplexMatrix(size: size), count: shape[0])
        for (number, value) in array.values.enumerated() {
            let place = array.header.place(of: number)
            matrices[place[0]][place[1], place[2]] = value
        }
        return matrices
    }
}
