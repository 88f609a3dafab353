import Glibc

/// From a matrix to the phases that make it.
extension Mesh {
    /// The mesh that makes `unitary`, which must be unitary within 1e-9.
    ///
    /// Source: Clements et al., Optica 3, 1460 (2016), section 3 (rectangular); Reck et al., PRL 73, 58 (1994) (triangular).
    public init(unitary: ComplexMatrix, _ arrangement: Arrangement) throws(MeshError) {
        let error = unitary.unitarityError
        guard error <= 1e-9 else { throw .notUnitary(error) }
        var work = Decomposition(matrix: unitary)
        switch arrangement {
        case .rectangular: work.nullRectangle()
        case .triangular: work.nullTriangle()
        }
        let (elements, phases) = work.finish()
        try self.init(modes: unitary.size, elements: elements, outputPhases: phases)
    }
}

/// A unitary matrix on its way to a diagonal one, and the interferometers that took it there.
private struct Decomposition {
    var matrix: ComplexMatrix
    /// Taken off the inputs: the first was met first.
    var right: [Mesh.Element] = []
    /// Taken off the outputs: the first was met last.
    var left: [Mesh.Element] = []

    mutating func nullTriangle() {
        for row in (1..<matrix.size).reversed() {
            for column in 0..<row { nullFromInputs(row: row, column: column) }
        }
    }

    /// Takes the diagonals below the main one in turn, from the lower left corner, alternately from the inputs and the outputs.
    mutating func nullRectangle() {
        let size = matrix.size
        for diagonal in 1..<size {
            for step in 0..<diagonal {
                if diagonal % 2 == 1 {
                    nullFromInputs(row: size - step - 1, column: diagonal - step - 1)
                } else {
                    nullFromOutputs(row: size + step - diagonal, column: step)
                }
            }
        }
    }

    /// Makes an element zero by an inverse interferometer on its column and the next.
    private mutating func nullFromInputs(row: Int, column: Int) {
        let (first, second) = (matrix[row, column], matrix[row, column + 1])
        let interferometer = MachZehnder(
            theta: 2 * atan2(second.magnitude, first.magnitude), phi: wrapped(first.angle - second.angle + .pi))
        matrix.multiplyColumns(from: column, by: interferometer.matrix.adjoint)
        right.append(Mesh.Element(mode: column, interferometer: interferometer))
    }

    /// Makes an element zero by an interferometer on its row and the one above.
    private mutating func nullFromOutputs(row: Int, column: Int) {
        let (upper, lower) = (matrix[row - 1, column], matrix[row, column])
        let interferometer = MachZehnder(
            theta: 2 * atan2(upper.magnitude, lower.magnitude), phi: wrapped(lower.angle - upper.angle))
        matrix.multiplyRows(from: row - 1, by: interferometer.matrix)
        left.append(Mesh.Element(mode: row - 1, interferometer: interferometer))
    }

    /// Moves the phases that are left over through the interferometers of the outputs, which then stand where they belong.
    consuming func finish() -> (elements: [Mesh.Element], phases: [Double]) {
        var elements = right
        var phases = (0..<matrix.size).map { matrix[$0, $0].angle }
        for element in left.reversed() {
            let mode = element.mode
            let pair =
                element.interferometer.matrix.adjoint
                * ComplexMatrix(diagonal: [.phase(phases[mode]), .phase(phases[mode + 1])])
            let (interferometer, upper, lower) = split(pair)
            elements.append(Mesh.Element(mode: mode, interferometer: interferometer))
            phases[mode] = upper
            phases[mode + 1] = lower
        }
        return (elements, phases.map(wrapped))
    }

    /// A unitary 2×2 matrix as an interferometer and the two phases after it.
    private func split(_ pair: ComplexMatrix) -> (MachZehnder, upper: Double, lower: Double) {
        let interferometer = MachZehnder(
            theta: 2 * atan2(pair[0, 0].magnitude, pair[0, 1].magnitude), phi: wrapped(pair[0, 0].angle - pair[0, 1].angle))
        let made = interferometer.matrix
        // The larger element of a row tells its phase; the smaller may be zero.
        let isBar = pair[0, 0].magnitude > pair[0, 1].magnitude
        let (upper, lower) = isBar ? (0, 1) : (1, 0)
        return (interferometer, (pair[0, upper] / made[0, upper]).angle, (pair[1, lower] / made[1, lower]).angle)
    }
}

/// An angle brought to 0 up to 2π.
private func wrapped(_ angle: Double) -> Double {
    let turn = 2 * Double.pi
    let rest = angle.truncatingRemainder(dividingBy: turn)
    // The sum may round up to a whole turn.
    return rest < 0 ? (rest + turn < turn ? rest + turn : 0) : rest
}
