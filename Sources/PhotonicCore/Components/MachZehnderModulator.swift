import Glibc

/// A Mach-Zehnder interferometer driven by a voltage, as a modulator of power, with the faults that a data sheet states.
///
/// Source: Saleh and Teich, 3rd edition (2019), section on electro-optic modulators; Reed et al., Nature Photonics 4, 518 (2010).
public struct MachZehnderModulator: Sendable, Equatable {
    /// The voltage from all light to as little as there can be, in volts.
    public var halfWaveVoltage: Double
    /// The insertion loss at full transmission, in decibels of power.
    public var insertionLossDecibels: Double
    /// Between the most and the least that is let through, in decibels of power; infinity for equal arms.
    public var extinctionRatioDecibels: Double

    public init(halfWaveVoltage: Double, insertionLossDecibels: Double = 0, extinctionRatioDecibels: Double = .infinity) {
        self.halfWaveVoltage = halfWaveVoltage
        self.insertionLossDecibels = insertionLossDecibels
        self.extinctionRatioDecibels = extinctionRatioDecibels
    }

    /// The amplitude that leaves for an input of one, at a voltage in volts. Arms that are not quite equal leave some light in the dark.
    public func transmission(at voltage: Double) -> Complex {
        let most = pow(10, -insertionLossDecibels / 20)
        let dark = pow(10, -extinctionRatioDecibels / 20)
        let half = .pi * voltage / halfWaveVoltage / 2
        // Driven against each other, the arms turn by half the phase each: no chirp but from their inequality.
        return (most * (1 + dark) / 2) * Complex.phase(half) + (most * (1 - dark) / 2) * Complex.phase(-half)
    }

    /// The part of the power that is let through, 0 to 1.
    public func powerTransmission(at voltage: Double) -> Double { transmission(at: voltage).power }

    /// `cos²(φ/2)`: the weight that a balanced interferometer gives to a signal's power, by the phase between its arms in radians.
    public static func weight(phase: Double) -> Double {
        let amplitude = cos(phase / 2)
        return amplitude * amplitude
    }
}
