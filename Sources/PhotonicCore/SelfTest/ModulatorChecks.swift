import Glibc

extension SelfTest {
    private static let harris = "Harris et al., Opt. Express 22, 10487 (2014)"
    private static let reed = "Reed et al., Nature Photonics 4, 518 (2010)"
    private static let yariv = "Yariv, IEEE J. Quantum Electron. 9, 919 (1973)"
    private static let saleh = "Saleh and Teich, 3rd ed. (2019), ch. 21"

    static func modulatorChecks() -> [CheckResult] { shifterChecks() + couplerChecks() + driveChecks() }

    private static func check(
        _ name: String, _ value: Double, _ expected: Double, tolerance: Double = 1e-12, unit: String = "", source: String
    ) -> CheckResult {
        CheckResult(name: name, value: value, expected: expected, tolerance: tolerance, unit: unit, source: source)
    }

    private static func shifterChecks() -> [CheckResult] {
        let heater = PhaseShifter(kind: .thermal, halfWaveVoltage: 2)
        let junction = PhaseShifter(kind: .electroOptic, halfWaveVoltage: 2)
        return [
            check("phase shifter: heater of 2 V at 1.2 V", heater.phase(at: 1.2), 1.1309733552923256, unit: "rad", source: harris),
            check(
                "phase shifter: voltage of a heater of 2 V for pi/2", heater.voltage(for: .pi / 2), 1.4142135623730951, unit: "V",
                source: harris),
            check("phase shifter: junction of 2 V at 1.2 V", junction.phase(at: 1.2), 1.8849555921538759, unit: "rad", source: reed),
            check(
                "phase shifter: 100 µm of silicon, 10 K warmer, at 1550 nm",
                PhaseShifter.thermalPhase(length: 1e-4, temperatureRise: 10, wavelength: 1.55e-6), 0.7296602292208553, unit: "rad",
                source: "Komma et al., APL 101, 041905 (2012)"),
        ]
    }

    private static func couplerChecks() -> [CheckResult] {
        let coupler = DirectionalCoupler(couplingCoefficient: 5e4, length: 1e-5)
        let half = DirectionalCoupler(couplingCoefficient: 5e4, length: coupler.transferLength / 2)
        let whole = MachZehnder(theta: 0.7, phi: 0).matrix
        let shifted = ComplexMatrix(diagonal: [.phase(0.7), .one])
        return [
            check("coupler: power across after 10 µm at 0.05 /µm", coupler.crossPower, 0.22984884706593015, source: yariv),
            check("coupler: transfer length at 0.05 /µm", coupler.transferLength * 1e6, 31.415926535897928, unit: "µm", source: yariv),
            check("coupler: unitarity", coupler.matrix.unitarityError, 0, tolerance: 1e-15, source: yariv),
            check(
                "coupler: two of half the transfer length and a phase make an interferometer",
                (half.matrix * shifted * half.matrix).distance(to: whole), 0, tolerance: 1e-14,
                source: "Clements et al., Optica 3, 1460 (2016)"),
        ]
    }

    private static func driveChecks() -> [CheckResult] {
        let modulator = MachZehnderModulator(halfWaveVoltage: 1.5, insertionLossDecibels: 3, extinctionRatioDecibels: 30)
        let (bright, dark) = (modulator.powerTransmission(at: 0), modulator.powerTransmission(at: 1.5))
        let ideal = MachZehnderModulator(halfWaveVoltage: 1.5)
        return [
            check("modulator: 3 dB of loss, 30 dB of extinction, bright", bright, 0.5011872336272722, source: saleh),
            check("modulator: 3 dB of loss, 30 dB of extinction, dark", dark, 0.0005011872336272726, source: saleh),
            check("modulator: at half the voltage", modulator.powerTransmission(at: 0.75), 0.2508442104304498, source: saleh),
            check("modulator: extinction ratio", 10 * log10(bright / dark), 30, tolerance: 1e-9, unit: "dB", source: reed),
            check("modulator: equal arms in the dark", ideal.powerTransmission(at: 1.5), 0, source: saleh),
            check("modulator: weight for a phase of pi/3", MachZehnderModulator.weight(phase: .pi / 3), 0.75, source: saleh),
        ]
    }
}
