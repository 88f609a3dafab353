import Glibc

/// A phase shifter: a heater over a waveguide (thermo-optic), or a junction in it (electro-optic).
///
/// Source: Harris et al., Opt. Express 22, 10487 (2014) (heaters); Reed et al., Nature Photonics 4, 518 (2010) (junctions).
public struct PhaseShifter: Sendable, Equatable {
    public enum Kind: String, Sendable, Codable {
        /// The phase follows the electric power, so the square of the voltage.
        case thermal
        /// The phase follows the voltage.
        case electroOptic
    }

    public var kind: Kind
    /// The voltage for a phase of π, in volts.
    public var halfWaveVoltage: Double

    public init(kind: Kind, halfWaveVoltage: Double) {
        self.kind = kind
        self.halfWaveVoltage = halfWaveVoltage
    }

    /// In radians, at a voltage in volts.
    public func phase(at voltage: Double) -> Double {
        let share = voltage / halfWaveVoltage
        return .pi * (kind == .thermal ? share * share : share)
    }

    /// The voltage, in volts, for a phase in radians; for a heater the phase must not be negative.
    public func voltage(for phase: Double) -> Double {
        let share = phase / .pi
        return halfWaveVoltage * (kind == .thermal ? share.squareRoot() : share)
    }

    /// dn/dT of silicon near 1550 nm at room temperature, in 1/K. Source: Komma et al., APL 101, 041905 (2012).
    public static let siliconThermoOpticCoefficient = 1.8e-4

    /// `2π·L/λ·dn/dT·ΔT`, in radians: length and wavelength in metres, coefficient in 1/K, temperature rise in kelvins.
    public static func thermalPhase(
        length: Double, temperatureRise: Double, wavelength: Double, coefficient: Double = siliconThermoOpticCoefficient
    ) -> Double { 2 * .pi * length / wavelength * coefficient * temperatureRise }
}
