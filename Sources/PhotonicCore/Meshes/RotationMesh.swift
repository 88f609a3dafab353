import Glibc

/// A mesh as the Photon Neuromorphics SDK stores it: its phases in a row, each pair a rotation of two neighbouring waveguides.
///
/// Rectangular, of `n` inputs: for each of `n - 1` layers the rotations of rows `r - 1` and `r`, from `r = n - 1` down, one less in each layer;
/// each takes two phases, `[[cos θ, -sin θ·exp(-iφ)], [sin θ, cos θ·exp(-iφ)]]`. What is left of the phases stands at the outputs: for a
/// square mesh all `n` of them. Where there are fewer phases than places, the rotations end with them.
/// Triangular: phases alone, layer by layer, on the waveguides before it.
///
/// Source: `MZIMesh` of the SDK, photon_neuro/networks/feedforward.py.
public struct RotationMesh: Sendable, Equatable {
    public enum Topology: String, Sendable, Codable {
        case rectangular
        case triangular
    }

    public let inputs: Int
    public let outputs: Int
    public let topology: Topology
    /// In radians.
    public let phases: [Double]

    public init(inputs: Int, outputs: Int, topology: Topology = .rectangular, phases: [Double]) throws(MeshError) {
        guard (1...Mesh.modesMax).contains(inputs) else { throw .modes(inputs) }
        guard (1...Mesh.modesMax).contains(outputs) else { throw .modes(outputs) }
        let count = Self.phaseCount(inputs: inputs, outputs: outputs, topology)
        guard phases.count == count else { throw .phases(phases.count, expected: count) }
        self.inputs = inputs
        self.outputs = outputs
        self.topology = topology
        self.phases = phases
    }

    public static func phaseCount(inputs: Int, outputs: Int, _ topology: Topology) -> Int {
        topology == .rectangular ? inputs * outputs : inputs * (inputs + 1) / 2
    }

    /// The transfer matrix, `inputs` × `inputs`.
    public var matrix: ComplexMatrix { topology == .rectangular ? rectangularMatrix : triangularMatrix }

    private var rectangularMatrix: ComplexMatrix {
        var result = ComplexMatrix.identity(inputs)
        var next = 0
        for layer in 0..<max(0, inputs - 1) {
            for place in 0..<inputs - 1 - layer where next < phases.count - 1 {
                result.multiplyRows(from: inputs - 2 - place, by: Self.rotation(phases[next], phases[next + 1]))
                next += 2
            }
        }
        return result.withOutputPhases(phases[next...].prefix(inputs))
    }

    private var triangularMatrix: ComplexMatrix {
        var sums = [Double](repeating: 0, count: inputs)
        var next = 0
        for layer in 0..<inputs {
            for mode in 0..<layer {
                sums[mode] += phases[next]
                next += 1
            }
        }
        return ComplexMatrix.identity(inputs).withOutputPhases(sums[...])
    }

    private static func rotation(_ theta: Double, _ phi: Double) -> ComplexMatrix {
        let turn = Complex.phase(-phi)
        return ComplexMatrix([[Complex(cos(theta)), -sin(theta) * turn], [Complex(sin(theta)), cos(theta) * turn]])
    }
}

extension ComplexMatrix {
    /// The same circuit with a phase, in radians, at each of its first outputs.
    fileprivate func withOutputPhases(_ phases: ArraySlice<Double>) -> ComplexMatrix {
        var result = self
        for (row, phase) in phases.enumerated() {
            for column in 0..<size { result[row, column] = Complex.phase(phase) * self[row, column] }
        }
        return result
    }
}
