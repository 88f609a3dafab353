import Glibc

extension SelfTest {
    private static let bogaerts = "Bogaerts et al., Laser Photonics Rev. 6, 47 (2012)"

    static func ringChecks() -> [CheckResult] { allPassChecks() + addDropChecks() + spectrumChecks() }

    /// A ring whose amplitude once around is `amplitude`; its length is of no account to checks that set the phase.
    private static func ring(amplitude: Double, input: Double, drop: Double = 1) -> MicroRing {
        let centimetre = 0.01
        let waveguide = Waveguide(
            length: centimetre, effectiveIndex: 2.4, groupIndex: 4.2, referenceWavelength: 1.55e-6,
            lossDecibelsPerCentimetre: -20 * log10(amplitude))
        return MicroRing(waveguide: waveguide, inputSelfCoupling: input, dropSelfCoupling: drop)
    }

    private static func check(
        _ name: String, _ value: Double, _ expected: Double, tolerance: Double = 1e-12, unit: String = ""
    ) -> CheckResult {
        CheckResult(name: "ring: \(name)", value: value, expected: expected, tolerance: tolerance, unit: unit, source: bogaerts)
    }

    /// With r = 0.9 and a = 0.8: ((a-r)/(1-ra))² in resonance and ((a+r)/(1+ra))² between resonances.
    private static func allPassChecks() -> [CheckResult] {
        let under = ring(amplitude: 0.8, input: 0.9)
        let lossless = ring(amplitude: 1, input: 0.9)
        func through(_ ring: MicroRing, _ phase: Double) -> Double { ring.response(roundTripPhase: phase).through.power }
        return [
            check("all-pass, through power in resonance", through(under, 0), 0.12755102040816327),
            check("all-pass, through power between resonances", through(under, .pi), 0.9768793942671714),
            check("all-pass, through power at 1 rad", through(under, 1), 0.9076130967760574),
            check("all-pass, extinction ratio", 10 * log10(through(under, .pi) / through(under, 0)), 8.841570116258884, unit: "dB"),
            check("all-pass, through power at critical coupling", through(ring(amplitude: 0.85, input: 0.85), 0), 0),
            check("all-pass without loss, through power at 0.1 rad", through(lossless, 0.1), 1),
            check("all-pass without loss, phase in resonance", abs(lossless.response(roundTripPhase: 0).through.angle), .pi, unit: "rad"),
            check("all-pass, nothing at the drop port", under.response(roundTripPhase: 0.3).drop.power, 0),
            check("all-pass, deviation from the closed form", deviation(from: (0.9, 1, 0.8)), 0),
        ]
    }

    private static func addDropChecks() -> [CheckResult] {
        let symmetric = ring(amplitude: 1, input: 0.9, drop: 0.9)
        let lossy = ring(amplitude: 0.95, input: 0.9, drop: 0.85)
        let uneven = ring(amplitude: 1, input: 0.9, drop: 0.7)
        let sums = phases.map { phase in
            let response = uneven.response(roundTripPhase: phase)
            return abs(response.through.power + response.drop.power - 1)
        }
        return [
            check("add-drop, drop power in resonance", symmetric.response(roundTripPhase: 0).drop.power, 1),
            check("add-drop, through power in resonance", symmetric.response(roundTripPhase: 0).through.power, 0),
            // Where the drop is half, sin(φ/2) = (1 - r²)/(2r).
            check("add-drop, drop power at half width", symmetric.response(roundTripPhase: 0.21150512231871932).drop.power, 0.5),
            check("add-drop with loss, through power at 0.5 rad", lossy.response(roundTripPhase: 0.5).through.power, 0.7382838741085112),
            check("add-drop with loss, drop power at 0.5 rad", lossy.response(roundTripPhase: 0.5).drop.power, 0.19829329794871672),
            check("add-drop without loss, power lost", largest(sums), 0),
            check("add-drop, deviation from the closed form", deviation(from: (0.9, 0.85, 0.95)), 0),
        ]
    }

    private static let phases = (0..<1000).map { Double($0) * 0.0125 - 6 }

    /// Over phases of two turns: the component adds up fields, the closed forms are the paper's equations for powers.
    private static func deviation(from parameters: (r1: Double, r2: Double, a: Double)) -> Double {
        let (r1, r2, a) = parameters
        let ring = ring(amplitude: a, input: r1, drop: r2)
        return largest(
            phases.map { phase in
                let below = 1 - 2 * r1 * r2 * a * cos(phase) + pow(r1 * r2 * a, 2)
                let through = (pow(r2 * a, 2) - 2 * r1 * r2 * a * cos(phase) + r1 * r1) / below
                let drop = (1 - r1 * r1) * (1 - r2 * r2) * a / below
                let response = ring.response(roundTripPhase: phase)
                return largest([abs(response.through.power - through), abs(response.drop.power - drop)])
            })
    }

    /// A ring of 10 µm radius, n_eff 2.45 and n_g 4.2 at 1550 nm; orders 99 and 100 lie at 1552.87 and 1543.79 nm.
    private static func spectrumChecks() -> [CheckResult] {
        let waveguide = Waveguide(
            length: 6.283185307179586e-5, effectiveIndex: 2.45, groupIndex: 4.2, referenceWavelength: 1.55e-6)
        let ring = MicroRing(waveguide: waveguide, inputSelfCoupling: 0.9, dropSelfCoupling: 0.9)
        let (upper, lower) = (darkest(ring, around: 1.5528e-6), darkest(ring, around: 1.5438e-6))
        return [
            check(
                "free spectral range at 1550 nm", ring.freeSpectralRange(at: 1.55e-6) * 1e9, 9.104041685197107, tolerance: 1e-9,
                unit: "nm"),
            check("distance of two dips in the through power", (upper - lower) * 1e9, 9.084352514468, tolerance: 1e-5, unit: "nm"),
            check("resonance near 1553 nm", ring.resonance(near: 1.553e-6) * 1e9, 1552.8718509774556, tolerance: 1e-8, unit: "nm"),
            check("finesse", ring.finesse, 14.881228359109546),
            check("quality factor at 1550 nm", ring.qualityFactor(at: 1.55e-6), 2533.5894489723446, tolerance: 1e-8),
        ]
    }

    /// The wavelength of the least through power within 2 nm, by thirds.
    private static func darkest(_ ring: MicroRing, around wavelength: Double) -> Double {
        var (low, high) = (wavelength - 2e-9, wavelength + 2e-9)
        for _ in 0..<100 {
            let third = (high - low) / 3
            let (left, right) = (ring.response(at: low + third).through.power, ring.response(at: high - third).through.power)
            if left < right { high -= third } else { low += third }
        }
        return (low + high) / 2
    }
}
