public import Core

/// What the physics here makes of a file, as numbers: for whoever checks it against a physics of their own.
public struct Computation: Sendable, Encodable {
    /// What was computed: "unitary of encoder".
    public let name: String
    /// Of real numbers, or of the real and imaginary parts.
    public var unit = ""
    /// Where it is a matrix: rows of numbers.
    public var real: [[Double]]?
    public var imaginary: [[Double]]?
    /// In metres, where it is a curve.
    public var wavelengths: [Double]?
    /// At each wavelength: the amplitude at the through port, and at the drop port where there is one.
    public var through: Amplitudes?
    public var drop: Amplitudes?
    /// Where it is a response.
    public var values: [Double]?

    /// Of light; the powers are their squared magnitudes.
    public struct Amplitudes: Sendable, Encodable {
        public let real: [Double]
        public let imaginary: [Double]
        public let power: [Double]

        init(_ amplitudes: [Complex]) {
            (real, imaginary, power) = (amplitudes.map(\.real), amplitudes.map(\.imaginary), amplitudes.map(\.power))
        }
    }

    init(_ name: String) { self.name = name }

    private init(_ name: String, _ matrix: ComplexMatrix) {
        self.name = name
        real = (0..<matrix.size).map { row in (0..<matrix.size).map { matrix[row, $0].real } }
        imaginary = (0..<matrix.size).map { row in (0..<matrix.size).map { matrix[row, $0].imaginary } }
    }

    // MARK: What there is

    /// The matrices that a file's meshes make, from inputs to outputs: a mesh of the data layout, phases of the SDK in a `.npy` file, or the
    /// meshes of a netlist.
    ///
    /// - Parameter modes: of phases in a `.npy` file, which does not say it.
    public static func unitaries(_ path: String, modes: Int?) throws(Failure) -> [Computation] {
        try reading(path) { folder, file throws(DataProblem) in
            if file.hasSuffix(".npy") {
                guard let modes else { throw DataProblem("phases do not say how many modes they are of.") }
                let phases = try folder.npy(file, elementsMax: Mesh.modesMax * Mesh.modesMax).values.map(\.real)
                do { return [Computation("unitary", try RotationMesh(inputs: modes, outputs: modes, phases: phases).matrix)] } catch {
                    throw DataProblem("it is no mesh: \(error).")
                }
            }
            if try isObject(file, with: "arrangement", in: folder) {
                return [Computation("unitary", try SelfTest.mesh(try folder.decode(MeshFile.self, file)).matrix)]
            }
            var found: [Computation] = []
            for component in try Netlist.read(file, in: folder).components {
                switch try NetlistNetwork(component) {
                case .mesh(let mesh)?: found.append(Computation("unitary of \(component.name)", mesh.matrix))
                case .layers(let meshes, _)?:
                    found += meshes.enumerated().map { Computation("unitary of layer \($0) of \(component.name)", $1.matrix) }
                case .spiking?, nil: break
                }
            }
            return found
        }
    }

    /// What a ring of the data layout lets through at wavelengths in metres.
    public static func spectrum(_ path: String, at wavelengths: [Double]) throws(Failure) -> [Computation] {
        try reading(path) { folder, file throws(DataProblem) in
            let ring = SelfTest.ring(try folder.decode(RingFile.self, file))
            let responses = wavelengths.map { ring.response(at: $0) }
            var spectrum = Computation("spectrum")
            spectrum.wavelengths = wavelengths
            spectrum.through = Amplitudes(responses.map(\.through))
            if ring.dropSelfCoupling < 1 { spectrum.drop = Amplitudes(responses.map(\.drop)) }
            return [spectrum]
        }
    }

    /// A response as the witness has it, of a netlist or of an array.
    public static func response(_ path: String, named name: String) throws(Failure) -> [Computation] {
        try reading(path) { folder, file throws(DataProblem) in
            let isArray = file.hasSuffix(".npy") || file.hasSuffix(".npz")
            let kind = isArray ? "array" : "netlist"
            let suite: Suite
            do {
                suite = try Suite.parse("version: 1\nname: compute\nchecks: [{\(kind): {file: \(quoted(file))}}]\n", file: "compute")
            } catch { throw DataProblem("its name cannot be asked for: \(error).") }
            let report = suite.run(in: folder)
            if let response = report.responses.first(where: { $0.what == name }) {
                var computation = Computation(name)
                (computation.values, computation.unit) = (response.values, response.unit)
                return [computation]
            }
            if let failed = report.checks.first(where: { !$0.passed }) { throw DataProblem(failed.note ?? failed.sentence) }
            throw DataProblem("there is no response \(name.debugDescription), but \(report.responses.map(\.what).joined(separator: ", ")).")
        }
    }

    private static func quoted(_ text: String) -> String { "'\(text.replacing("'", with: "''"))'" }

    private static func isObject(_ file: String, with key: String, in folder: DataFolder) throws(DataProblem) -> Bool {
        var bytes: [UInt8] = []
        try folder.read(file, bytesMax: Netlist.bytesMax) { bytes += $0 }
        return try JSONText.value(bytes, isPython: true)[key] != nil
    }

    private static func reading(
        _ path: String, _ body: (DataFolder, String) throws(DataProblem) -> [Computation]
    ) throws(Failure) -> [Computation] {
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        do throws(DataProblem) {
            let found = try body(try DataFolder(folder), slash.map { String(path[path.index(after: $0)...]) } ?? path)
            if found.isEmpty { throw DataProblem("there is nothing in it that this could be computed of.") }
            return found
        } catch { throw Failure(.usage, "\(path): \(error.reason)") }
    }
}
