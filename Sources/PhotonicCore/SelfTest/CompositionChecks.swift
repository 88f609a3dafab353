extension SelfTest {
    private static let optics = "Saleh and Teich, 3rd ed. (2019), sections on matrix optics and on ring resonators"

    /// Components multiplied into circuits, against what is known of the circuit as a whole.
    static func compositionChecks() -> [CheckResult] {
        let wavelength = 1.5503e-6
        func waveguide(_ length: Double, loss: Double = 0) -> Waveguide {
            Waveguide(
                length: length, effectiveIndex: 2.4, groupIndex: 4.2, referenceWavelength: 1.55e-6, lossDecibelsPerCentimetre: loss)
        }
        let half = DirectionalCoupler(couplingCoefficient: 1e4, length: .pi / 4e4)
        let shifter = PhaseShifter(kind: .electroOptic, halfWaveVoltage: 4)
        let interferometer = half.matrix * shifter.transferMatrix(at: 1.7) * half.matrix
        let (first, second) = (waveguide(1e-4, loss: 2), waveguide(3e-4, loss: 2))
        let inRow = second.transferMatrix(at: wavelength) * first.transferMatrix(at: wavelength)
        let ring = MicroRing(waveguide: waveguide(6e-5), inputSelfCoupling: 0.9, dropSelfCoupling: 0.8)
        let rings = ring.transferMatrix(at: wavelength)
        let modulator = MachZehnderModulator(halfWaveVoltage: 3)
        let twice = modulator.transferMatrix(at: 1) * modulator.transferMatrix(at: 2)
        return [
            check(
                "coupler, shifter and coupler, deviation from the interferometer",
                interferometer.distance(to: MachZehnder(theta: shifter.phase(at: 1.7), phi: 0).matrix), 0),
            check(
                "two waveguides in a row, deviation from one", inRow.distance(to: waveguide(4e-4, loss: 2).transferMatrix(at: wavelength)),
                0, tolerance: 1e-9),
            check("add-drop ring without loss, unitarity", rings.unitarityError, 0),
            check("add-drop ring, reciprocity", rings.distance(to: rings.transpose), 0),
            // cos²(π/6) and cos²(π/3), one after the other.
            check("two modulators in a row, power", twice[0, 0].power, 0.1875),
            check(
                "all-pass ring, extinction ratio",
                MicroRing(waveguide: waveguide(6e-5), inputSelfCoupling: 0.9, dropSelfCoupling: 0.8)
                    .extinctionRatio, 7.658734451054608, tolerance: 1e-11),
            check(
                "photodetector of 1 A/W at 1550 nm, quantum efficiency",
                Photodetector(responsivity: 1, wavelength: 1.55e-6).quantumEfficiency, 0.7998980544077436),
        ]
    }

    private static func check(_ name: String, _ value: Double, _ expected: Double, tolerance: Double = 1e-12) -> CheckResult {
        CheckResult(name: "circuit: \(name)", value: value, expected: expected, tolerance: tolerance, source: optics)
    }
}
