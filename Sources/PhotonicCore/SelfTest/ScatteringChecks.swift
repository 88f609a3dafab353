extension SelfTest {
    private static let airy = "Saleh and Teich, 3rd ed. (2019), section on the Fabry-Perot interferometer"
    private static let redheffer = "Redheffer, J. Math. Phys. 41, 1 (1962)"

    /// Two mirrors with a stretch of waveguide between them, against Airy's formula; and circuits in a row.
    static func scatteringChecks() -> [CheckResult] {
        let cavities = [(0.3, 0.3, 0.0, 1.0), (0.3, 0.3, 0.7, 0.49594152113358225), (0.5, 0.8, 0.4, 0.19277926935053186)].map {
            first, second, phase, expected in
            CheckResult(
                name: "scattering: mirrors of \(first) and \(second), a phase of \(phase) between",
                value: cavity(first, second, phase)?.forward[0, 0].power,
                expected: expected, tolerance: 1e-12, source: airy)
        }
        let mesh = MachZehnder(theta: 0.7, phi: 1.1).matrix
        let mirror = ScatteringMatrix(mirror: 0.4, modes: 2)
        let lossless = mirror.followed(by: ScatteringMatrix(transfer: mesh))?.followed(by: mirror)
        let plain = ScatteringMatrix(transfer: mesh).followed(by: ScatteringMatrix(transfer: mesh.adjoint))
        return cavities + [
            CheckResult(
                name: "scattering: without loss, unitarity", value: lossless?.whole.unitarityError, expected: 0, tolerance: 1e-13,
                source: redheffer),
            CheckResult(
                name: "scattering: without reflections, the product of the transfer matrices",
                value: plain?.forward.distance(to: .identity(2)),
                expected: 0, tolerance: 1e-14, source: redheffer),
            CheckResult(
                name: "scattering: the inverse of an inverse", value: mesh.inverse.flatMap(\.inverse)?.distance(to: mesh), expected: 0,
                tolerance: 1e-14, source: redheffer),
            CheckResult(
                name: "scattering: gain of an amplifier of one waveguide",
                value: ComplexMatrix(diagonal: [.one, Complex(1.25)]).largestGain,
                expected: 1.25, tolerance: 1e-8, source: redheffer),
        ]
    }

    private static func cavity(_ first: Double, _ second: Double, _ phase: Double) -> ScatteringMatrix? {
        ScatteringMatrix(mirror: first).followed(by: ScatteringMatrix(transfer: ComplexMatrix([[.phase(phase)]])))?
            .followed(by: ScatteringMatrix(mirror: second))
    }
}
