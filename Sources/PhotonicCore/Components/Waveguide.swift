import Glibc

/// A stretch of waveguide whose effective index is linear in the wavelength, so that its group index is constant.
///
/// Source: Saleh and Teich, Fundamentals of Photonics, 3rd edition (2019), chapter 5 (absorption and dispersion).
public struct Waveguide: Sendable, Equatable {
    /// In metres.
    public var length: Double
    /// At the reference wavelength; no unit.
    public var effectiveIndex: Double
    /// `n - λ·dn/dλ`; no unit.
    public var groupIndex: Double
    /// In metres.
    public var referenceWavelength: Double
    /// Loss of power, in dB/cm.
    public var lossDecibelsPerCentimetre: Double

    public init(
        length: Double, effectiveIndex: Double, groupIndex: Double, referenceWavelength: Double, lossDecibelsPerCentimetre: Double = 0
    ) {
        self.length = length
        self.effectiveIndex = effectiveIndex
        self.groupIndex = groupIndex
        self.referenceWavelength = referenceWavelength
        self.lossDecibelsPerCentimetre = lossDecibelsPerCentimetre
    }

    /// The effective index at a wavelength in metres.
    public func index(at wavelength: Double) -> Double {
        effectiveIndex + (effectiveIndex - groupIndex) * (wavelength / referenceWavelength - 1)
    }

    /// `2π·n·L/λ`, in radians, at a wavelength in metres.
    public func phase(at wavelength: Double) -> Double { 2 * .pi * index(at: wavelength) * length / wavelength }

    /// The part of the power that arrives, 0 to 1.
    public var powerTransmission: Double { pow(10, -lossDecibelsPerCentimetre * (length * 100) / 10) }

    /// The part of the amplitude that arrives, 0 to 1.
    public var amplitudeTransmission: Double { powerTransmission.squareRoot() }

    /// How long a pulse takes, in seconds.
    public var groupDelay: Double { groupIndex * length / PhysicalConstants.speedOfLight }
}
