import Glibc

/// A laser of one line: how much light, of what colour, and how steady.
///
/// Source: Saleh and Teich, 3rd edition (2019), chapters on statistical optics and lasers; Coldren, Corzine, Mašanović (2012), ch. 5.
public struct Laser: Sendable, Equatable {
    /// In metres.
    public var wavelength: Double
    /// In watts.
    public var power: Double
    /// The full width of its line at half its height, in hertz.
    public var linewidth: Double
    /// The relative intensity noise, in dB/Hz.
    public var relativeIntensityNoise: Double

    public init(wavelength: Double, power: Double, linewidth: Double = 0, relativeIntensityNoise: Double = -.infinity) {
        self.wavelength = wavelength
        self.power = power
        self.linewidth = linewidth
        self.relativeIntensityNoise = relativeIntensityNoise
    }

    /// Watts of decibels over a milliwatt.
    public static func watts(dBm: Double) -> Double { 1e-3 * pow(10, dBm / 10) }

    /// In hertz.
    public var frequency: Double { PhysicalConstants.speedOfLight / wavelength }

    /// `1/(π·Δν)`, in seconds, for the Lorentzian line of a laser.
    public var coherenceTime: Double { 1 / (.pi * linewidth) }

    /// In metres, in vacuum.
    public var coherenceLength: Double { PhysicalConstants.speedOfLight * coherenceTime }

    /// The variance of the phase, `2π·Δν·τ`, in square radians, after a time in seconds: a random walk.
    public func phaseVariance(after time: Double) -> Double { 2 * .pi * linewidth * time }

    /// The root mean square of the power's noise, in watts, over a bandwidth in hertz.
    public func intensityNoise(bandwidth: Double) -> Double { power * (pow(10, relativeIntensityNoise / 10) * bandwidth).squareRoot() }
}
