extension SelfTest {
    private static let coldren = "Coldren, Corzine, Mašanović, 2nd ed. (2012), ch. 5"
    private static let nyquist = "Nyquist, Phys. Rev. 32, 110 (1928)"

    /// Sources of light, and the noise of detecting it beside that of the shots.
    static func laserChecks() -> [CheckResult] {
        let laser = Laser(wavelength: 1.55e-6, power: 1e-3, linewidth: 1e6, relativeIntensityNoise: -160)
        let thermal = Photodetector.thermalNoise(bandwidth: 1e10, load: 50)
        let detector = Photodetector(quantumEfficiency: 1)
        // So little light that the load's noise is all there is.
        let faint = detector.signalToNoise(power: 1e-9, wavelength: 1.55e-6, bandwidth: 1e10, load: 50)
        let current = detector.responsivity(at: 1.55e-6) * 1e-9
        func check(_ name: String, _ value: Double, _ expected: Double, tolerance: Double = 1e-12, unit: String, source: String = coldren)
            -> CheckResult
        {
            CheckResult(name: name, value: value, expected: expected, tolerance: tolerance, unit: unit, source: source)
        }
        return [
            check("laser: 10 dBm", Laser.watts(dBm: 10) * 1e3, 10, unit: "mW"),
            check("laser: frequency at 1550 nm", laser.frequency * 1e-12, 193.41448903225805, tolerance: 1e-9, unit: "THz"),
            check("laser: coherence time of a line of 1 MHz", laser.coherenceTime * 1e6, 0.3183098861837907, unit: "µs"),
            check("laser: coherence length of a line of 1 MHz", laser.coherenceLength, 95.42690318473885, tolerance: 1e-9, unit: "m"),
            check("laser: variance of the phase after 1 ns", laser.phaseVariance(after: 1e-9), 0.006283185307179587, unit: "rad²"),
            check("laser: intensity noise of 1 mW at -160 dB/Hz over 10 GHz", laser.intensityNoise(bandwidth: 1e10) * 1e6, 1, unit: "µW"),
            check(
                "photodetector: thermal noise of 50 Ω over 10 GHz at 300 K", thermal * 1e6, 1.8203179941977172, unit: "µA", source: nyquist),
            check(
                "photodetector: signal to noise of 1 nW, over its thermal limit", faint / (current * current / (thermal * thermal)), 1,
                tolerance: 2e-6, unit: "", source: nyquist),
        ]
    }
}
