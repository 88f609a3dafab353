extension SelfTest {
    private static let clements = "Clements et al., Optica 3, 1460 (2016)"
    private static let reck = "Reck et al., PRL 73, 58 (1994)"
    private static let zukowski = "Zukowski, Zeilinger, Horne, PRA 55, 2564 (1997)"
    private static let jalas = "Jalas et al., Nature Photonics 7, 579 (2013)"

    static func meshChecks() -> [CheckResult] {
        fourierChecks(.rectangular, depths: (4, 8), source: clements) + fourierChecks(.triangular, depths: (5, 13), source: reck)
            + tritterChecks() + permutationChecks() + propertyChecks()
    }

    /// The mesh for `unitary`, or nil, which fails whatever is measured on it.
    private static func mesh(for unitary: ComplexMatrix, _ arrangement: Mesh.Arrangement) -> Mesh? {
        do { return try Mesh(unitary: unitary, arrangement) } catch { return nil }
    }

    /// The discrete Fourier transform of 4 and of 8 modes, from literals, taken apart into interferometers and put together again.
    private static func fourierChecks(
        _ arrangement: Mesh.Arrangement, depths: (four: Double, eight: Double), source: String
    ) -> [CheckResult] {
        let half = 0.7071067811865476
        let quarters: [Complex] = [.one, .i, -.one, -.i]
        let eighths = [.one, Complex(half, half), .i, Complex(-half, half), -.one, Complex(-half, -half), -.i, Complex(half, -half)]
        let cases = [
            (matrix: fourier(roots: quarters, scale: 0.5), count: 6.0, depth: depths.four),
            (matrix: fourier(roots: eighths, scale: 0.35355339059327373), count: 28.0, depth: depths.eight),
        ]
        return cases.flatMap { item in
            let mesh = mesh(for: item.matrix, arrangement)
            let name = "mesh: \(arrangement) Fourier transform of \(item.matrix.size)"
            return [
                CheckResult(
                    name: "\(name), deviation", value: mesh?.matrix.distance(to: item.matrix), expected: 0, tolerance: 1e-13,
                    source: source),
                CheckResult(
                    name: "\(name), interferometers", value: mesh.map { Double($0.elements.count) }, expected: item.count, source: source),
                CheckResult(name: "\(name), depth", value: mesh.map { Double($0.depth) }, expected: item.depth, source: source),
            ]
        }
    }

    /// Row `r`, column `c` is the root of unity `r·c`, scaled.
    private static func fourier(roots: [Complex], scale: Double) -> ComplexMatrix {
        ComplexMatrix(roots.indices.map { row in roots.indices.map { scale * roots[row * $0 % roots.count] } })
    }

    /// Three modes that share light evenly need beam splitters of 1/2, 1/3 and 1/2.
    private static func tritterChecks() -> [CheckResult] {
        let scale = 0.5773502691896258
        let roots = [Complex.one, Complex(-0.5, 0.8660254037844386), Complex(-0.5, -0.8660254037844386)]
        let mesh = mesh(for: fourier(roots: roots, scale: scale), .triangular)
        return [0.5, 0.3333333333333333, 0.5].enumerated().map { index, expected in
            let matrix = mesh.flatMap { $0.elements.indices.contains(index) ? $0.elements[index].interferometer.matrix : nil }
            return CheckResult(
                name: "mesh: three even modes, power kept by interferometer \(index + 1)", value: matrix?[0, 0].power, expected: expected,
                tolerance: 1e-13, source: zukowski)
        }
    }

    /// A rectangle with every interferometer in the cross state reverses the order of the modes; in the bar state it keeps it.
    private static func permutationChecks() -> [CheckResult] {
        let modes = 6
        return [("cross", 0.0), ("bar", Double.pi)].map { name, theta in
            let matrix = rectangle(modes: modes) { _ in MachZehnder(theta: theta, phi: 0.2) }?.matrix
            let deviations = matrix.map { matrix in
                (0..<modes).map { input in abs(matrix[theta == 0 ? modes - 1 - input : input, input].power - 1) }
            }
            return CheckResult(
                name: "mesh: six modes, every interferometer in the \(name) state", value: deviations.map(largest), expected: 0,
                tolerance: 1e-13, source: clements)
        }
    }

    private static func propertyChecks() -> [CheckResult] {
        // Multiples of the golden ratio: spread out, the same on every run.
        let mesh = rectangle(modes: 8) { index in
            MachZehnder(theta: fraction(index, 0.6180339887498949) * .pi, phi: fraction(index, 0.41421356237309503) * 2 * .pi)
        }
        let input = (0..<8).map { 0.35355339059327373 * Complex.phase(Double($0 * $0)) }
        let output = mesh.map { $0.matrix * input }
        let lossy = ComplexMatrix(diagonal: [.one, Complex(0.9), .one])
        return [
            CheckResult(
                name: "mesh: eight modes, unitarity", value: mesh?.matrix.unitarityError, expected: 0, tolerance: 1e-13, source: clements),
            CheckResult(
                name: "mesh: eight modes, power out for a power of 1", value: output.map { $0.reduce(0) { $0 + $1.power } }, expected: 1,
                tolerance: 1e-13, source: clements),
            CheckResult(
                name: "mesh: eight modes, reciprocity", value: mesh.map { $0.backwardMatrix.distance(to: $0.matrix.transpose) },
                expected: 0, tolerance: 1e-13, source: jalas),
            CheckResult(
                name: "mesh: decomposition refuses a lossy matrix", value: Self.mesh(for: lossy, .rectangular) == nil ? 1 : 0,
                expected: 1, unit: "yes = 1", source: clements),
        ]
    }

    private static func fraction(_ index: Int, _ step: Double) -> Double {
        (Double(index + 1) * step).truncatingRemainder(dividingBy: 1)
    }

    private static func rectangle(modes: Int, _ interferometer: (Int) -> MachZehnder) -> Mesh? {
        let elements = Mesh.rectangle(modes: modes).enumerated().map { index, mode in
            Mesh.Element(mode: mode, interferometer: interferometer(index))
        }
        do {
            return try Mesh(modes: modes, elements: elements, outputPhases: (0..<modes).map { Double($0) / 3 })
        } catch { return nil }
    }
}
