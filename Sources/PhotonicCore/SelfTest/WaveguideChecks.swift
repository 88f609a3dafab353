extension SelfTest {
    private static let dispersion = "Saleh and Teich, 3rd ed. (2019), ch. 5"
    private static let detectors = "Saleh and Teich, 3rd ed. (2019), ch. on photodetectors"
    private static let codata = "CODATA 2018, Rev. Mod. Phys. 93, 025010 (2021)"

    static func waveguideChecks() -> [CheckResult] {
        let straight = Waveguide(length: 1e-4, effectiveIndex: 2.4, groupIndex: 2.4, referenceWavelength: 1.55e-6)
        let half = Waveguide(length: 3.1e-7, effectiveIndex: 2.5, groupIndex: 4.2, referenceWavelength: 1.55e-6)
        let lossy = Waveguide(
            length: 0.02, effectiveIndex: 2.45, groupIndex: 4.2, referenceWavelength: 1.55e-6, lossDecibelsPerCentimetre: 3)
        func check(_ name: String, _ value: Double, _ expected: Double, tolerance: Double = 1e-12, unit: String = "") -> CheckResult {
            CheckResult(name: "waveguide: \(name)", value: value, expected: expected, tolerance: tolerance, unit: unit, source: dispersion)
        }
        return [
            check("phase of 100 µm, n 2.4, at 1550 nm", straight.phase(at: 1.55e-6), 972.8803056278069, tolerance: 1e-9, unit: "rad"),
            check("phase of half a wave", half.phase(at: 1.55e-6), 3.141592653589793, unit: "rad"),
            check("effective index at 1560 nm", lossy.index(at: 1.56e-6), 2.4387096774193546),
            check("power after 2 cm at 3 dB/cm", lossy.powerTransmission, 0.251188643150958),
            check("amplitude after 2 cm at 3 dB/cm", lossy.amplitudeTransmission, 0.5011872336272722),
            check("group delay of 2 cm, n_g 4.2", lossy.groupDelay * 1e12, 280.19383996644774, tolerance: 1e-9, unit: "ps"),
        ]
    }

    static func detectorChecks() -> [CheckResult] {
        let ideal = Photodetector(quantumEfficiency: 1)
        let real = Photodetector(quantumEfficiency: 0.8, darkCurrent: 1e-8)
        // The product h·c as CODATA lists it, in eV·µm.
        let product = PhysicalConstants.planck * PhysicalConstants.speedOfLight / PhysicalConstants.elementaryCharge * 1e6
        func check(_ name: String, _ value: Double, _ expected: Double, tolerance: Double = 1e-12, unit: String) -> CheckResult {
            CheckResult(
                name: "photodetector: \(name)", value: value, expected: expected, tolerance: tolerance, unit: unit, source: detectors)
        }
        return [
            CheckResult(
                name: "constants: h·c", value: product, expected: 1.239841984332, tolerance: 1e-12, unit: "eV µm", source: codata),
            check("responsivity at 1550 nm, eta 1", ideal.responsivity(at: 1.55e-6), 1.250159310289128, unit: "A/W"),
            check("responsivity at 1310 nm, eta 0.8", real.responsivity(at: 1.31e-6), 0.8452690046341974, unit: "A/W"),
            check(
                "current for 1 mW at 1310 nm, 10 nA dark", real.current(power: 1e-3, wavelength: 1.31e-6) * 1e3, 0.8452790046341974,
                unit: "mA"),
            check("shot noise of 1 mA over 10 GHz", real.shotNoise(current: 1e-3, bandwidth: 1e10) * 1e6, 1.7900707438534376, unit: "µA"),
        ]
    }
}
