/// A photodiode: a photon makes an electron with a probability of `quantumEfficiency`.
///
/// Source: Saleh and Teich, Fundamentals of Photonics, 3rd edition (2019), the chapter on photodetectors.
public struct Photodetector: Sendable, Equatable {
    /// η, 0 to 1.
    public var quantumEfficiency: Double
    /// What flows in the dark, in amperes.
    public var darkCurrent: Double

    public init(quantumEfficiency: Double, darkCurrent: Double = 0) {
        self.quantumEfficiency = quantumEfficiency
        self.darkCurrent = darkCurrent
    }

    /// One of a responsivity in A/W at a wavelength in metres, as data sheets state it.
    public init(responsivity: Double, wavelength: Double, darkCurrent: Double = 0) {
        let ideal = Photodetector(quantumEfficiency: 1).responsivity(at: wavelength)
        self.init(quantumEfficiency: responsivity / ideal, darkCurrent: darkCurrent)
    }

    /// `R = η·q·λ/(h·c)`, in A/W, at a wavelength in metres.
    public func responsivity(at wavelength: Double) -> Double {
        quantumEfficiency * PhysicalConstants.elementaryCharge * wavelength / (PhysicalConstants.planck * PhysicalConstants.speedOfLight)
    }

    /// The current, in amperes, for a power in watts at a wavelength in metres.
    public func current(power: Double, wavelength: Double) -> Double { responsivity(at: wavelength) * power + darkCurrent }

    /// The root mean square of the shot noise, `sqrt(2·q·I·B)`, in amperes, of a current in amperes over a bandwidth in hertz.
    public func shotNoise(current: Double, bandwidth: Double) -> Double {
        (2 * PhysicalConstants.elementaryCharge * current * bandwidth).squareRoot()
    }

    /// The root mean square of the thermal noise, `sqrt(4·k·T·B/R)`, in amperes: bandwidth in hertz, load in ohms, temperature in kelvins.
    public static func thermalNoise(bandwidth: Double, load: Double, temperature: Double = 300) -> Double {
        (4 * PhysicalConstants.boltzmann * temperature * bandwidth / load).squareRoot()
    }

    /// Signal over noise, as a ratio of powers, for a power in watts at a wavelength in metres.
    public func signalToNoise(power: Double, wavelength: Double, bandwidth: Double, load: Double, temperature: Double = 300) -> Double {
        let signal = responsivity(at: wavelength) * power
        let shot = shotNoise(current: signal + darkCurrent, bandwidth: bandwidth)
        let thermal = Self.thermalNoise(bandwidth: bandwidth, load: load, temperature: temperature)
        return signal * signal / (shot * shot + thermal * thermal)
    }
}
