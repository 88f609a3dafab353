extension SelfTest {
    private static let clements = "Clements et al., Optica 3, 1460 (2016)"
    private static let pai = "Pai et al., Phys. Rev. Applied 11, 064044 (2019)"

    static func interferometerChecks() -> [CheckResult] {
        splittingChecks() + transferChecks() + [
            CheckResult(
                name: "interferometer: unitarity", value: largest(transfers.map { $0.device.matrix.unitarityError }), expected: 0,
                tolerance: 1e-14, source: clements),
            CheckResult(
                name: "interferometer: phase of the determinant, theta 0.7, phi 1.1", value: determinantPhase(), expected: 1.8,
                tolerance: 1e-14, unit: "rad", source: pai),
            CheckResult(
                name: "interferometer: reciprocity",
                value: largest(transfers.map { $0.device.backwardMatrix.distance(to: $0.device.matrix.transpose) }), expected: 0,
                tolerance: 1e-14, source: "Jalas et al., Nature Photonics 7, 579 (2013)"),
            CheckResult(
                name: "interferometer: coincidences of two photons at 50:50", value: coincidence(), expected: 0, tolerance: 1e-14,
                source: "Hong, Ou, Mandel, PRL 59, 2044 (1987)"),
        ]
    }

    /// The power that stays in its waveguide is sin²(θ/2), whatever φ is.
    private static func splittingChecks() -> [CheckResult] {
        let ratios: [(name: String, theta: Double, bar: Double)] = [
            ("cross", 0, 0), ("25:75", .pi / 3, 0.25), ("50:50", .pi / 2, 0.5), ("75:25", 2 * .pi / 3, 0.75), ("bar", .pi, 1),
        ]
        return ratios.flatMap { ratio in
            let matrix = MachZehnder(theta: ratio.theta, phi: 0.3).matrix
            return [("upper to upper", matrix[0, 0], ratio.bar), ("upper to lower", matrix[1, 0], 1 - ratio.bar)].map { path in
                CheckResult(
                    name: "interferometer: power \(path.0), \(ratio.name)", value: path.1.power, expected: path.2, tolerance: 1e-14,
                    source: pai)
            }
        }
    }

    /// Whole matrices, worked out on paper from the closed form.
    private static let transfers: [(name: String, device: MachZehnder, expected: ComplexMatrix)] = [
        ("theta 0, phi 0", MachZehnder(theta: 0, phi: 0), ComplexMatrix([[.zero, .i], [.i, .zero]])),
        ("theta pi, phi 0", MachZehnder(theta: .pi, phi: 0), ComplexMatrix([[-.one, .zero], [.zero, .one]])),
        (
            "theta pi/2, phi pi/2", MachZehnder(theta: .pi / 2, phi: .pi / 2),
            ComplexMatrix([[Complex(-0.5, -0.5), Complex(-0.5, 0.5)], [Complex(-0.5, -0.5), Complex(0.5, -0.5)]])
        ),
        (
            "theta pi/3, phi 0", MachZehnder(theta: .pi / 3, phi: 0),
            ComplexMatrix([
                [Complex(-0.25, 0.4330127018922193), Complex(-0.4330127018922193, 0.75)],
                [Complex(-0.4330127018922193, 0.75), Complex(0.25, -0.4330127018922193)],
            ])
        ),
    ]

    private static func transferChecks() -> [CheckResult] {
        transfers.map { transfer in
            CheckResult(
                name: "interferometer: deviation from the matrix, \(transfer.name)",
                value: transfer.device.matrix.distance(to: transfer.expected), expected: 0, tolerance: 1e-14, source: pai)
        }
    }

    private static func determinantPhase() -> Double {
        let matrix = MachZehnder(theta: 0.7, phi: 1.1).matrix
        return (matrix[0, 0] * matrix[1, 1] - matrix[0, 1] * matrix[1, 0]).angle
    }

    /// The probability that two like photons, one in each input, leave by different outputs: the square of the permanent.
    private static func coincidence() -> Double {
        let matrix = MachZehnder(theta: .pi / 2, phi: 0.4).matrix
        return (matrix[0, 0] * matrix[1, 1] + matrix[0, 1] * matrix[1, 0]).power
    }
}
