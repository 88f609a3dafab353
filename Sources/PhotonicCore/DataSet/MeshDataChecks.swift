extension SelfTest {
    /// Phases are stored with twelve decimals; a mesh of 128 modes adds the errors of a few hundred of them.
    private static let matrixTolerance = 1e-9

    /// The phases of one mesh: their number, their order, their ranges, and the matrix that they make.
    static func meshDataChecks(_ entry: DataManifest.MeshEntry, _ folder: DataFolder, _ responses: inout [Response]) throws(DataProblem)
        -> [CheckResult]
    {
        let file = try folder.decode(MeshFile.self, entry.file)
        let mesh = try mesh(file)
        let matrix = mesh.matrix
        let stored = try storedMatrix(file)
        responses.append(
            .network("outputs", file: entry.file, inputs: mesh.modes) { light in (matrix * light).flatMap { [$0.real, $0.imaginary] } })
        var bits = Sketch()
        for element in file.elements { for value in [Double(element.mode), element.theta, element.phi] { bits.add(value) } }
        for value in file.outputPhases + (file.matrix.real + file.matrix.imaginary).joined() { bits.add(value) }
        responses.append(Response("bits", file: entry.file, kind: .digest, [Double(file.elements.count)] + bits.values))
        return [
            dataCheck("\(entry.file): modes", Double(mesh.modes), Double(entry.modes), unit: "modes"),
            dataCheck(
                "\(entry.file): interferometers", Double(mesh.elements.count), Double(Mesh.elementCount(modes: mesh.modes)),
                unit: "interferometers"),
            dataCheck(
                "\(entry.file): depth", Double(mesh.depth), Double(file.arrangement.depth(modes: mesh.modes)), unit: "columns",
                note: "The interferometers are not in a \(file.arrangement.rawValue) arrangement."),
            rangeCheck(entry.file, file),
            dataCheck("\(entry.file): unitarity", matrix.unitarityError, 0, tolerance: matrixTolerance),
            dataCheck(
                "\(entry.file): stored matrix, deviation", matrix.distance(to: stored), 0, tolerance: matrixTolerance,
                note: "The phases do not make the matrix that was saved with them."),
        ]
    }

    static func mesh(_ file: MeshFile) throws(DataProblem) -> Mesh {
        let elements = file.elements.map { element in
            Mesh.Element(mode: element.mode, interferometer: MachZehnder(theta: element.theta, phi: element.phi))
        }
        let countMax = Mesh.elementCount(modes: Mesh.modesMax)
        guard elements.count <= countMax else { throw DataProblem("it has more than \(countMax) interferometers.") }
        do {
            return try Mesh(modes: file.modes, elements: elements, outputPhases: file.outputPhases)
        } catch { throw DataProblem("it is no mesh: \(error).") }
    }

    private static func storedMatrix(_ file: MeshFile) throws(DataProblem) -> ComplexMatrix {
        let (real, imaginary) = (file.matrix.real, file.matrix.imaginary)
        guard real.count == file.modes, imaginary.count == file.modes, (real + imaginary).allSatisfy({ $0.count == file.modes }) else {
            throw DataProblem("its stored matrix does not have \(file.modes) rows of \(file.modes) numbers.")
        }
        return ComplexMatrix(zip(real, imaginary).map { zip($0, $1).map { Complex($0, $1) } })
    }

    /// θ lies in 0…π and every other phase in 0…2π, but for the last decimal.
    private static func rangeCheck(_ name: String, _ file: MeshFile) -> CheckResult {
        let slack = 1e-9
        let thetas = file.elements.map { ($0.theta, Double.pi) }
        let phases = (file.elements.map(\.phi) + file.outputPhases).map { ($0, 2 * Double.pi) }
        let outside = (thetas + phases).filter { phase, limit in !(-slack...limit + slack).contains(phase) }
        return dataCheck(
            "\(name): phases out of range", Double(outside.count), 0, unit: "phases",
            note: outside.first.map { "A phase of \($0.0) rad is not between 0 and \($0.1)." })
    }
}
