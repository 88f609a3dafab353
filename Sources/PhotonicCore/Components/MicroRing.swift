import Glibc

/// A ring resonator beside one waveguide (all-pass) or between two (add-drop), in the steady state.
///
/// Couplers lose nothing: an amplitude `r` stays in its waveguide, `i·sqrt(1 - r²)` crosses.
/// Source: Bogaerts et al., Laser Photonics Rev. 6, 47 (2012), section 2.
public struct MicroRing: Sendable, Equatable {
    /// Once around the ring.
    public var waveguide: Waveguide
    /// The amplitude that stays in the input waveguide at the coupler, 0 to 1.
    public var inputSelfCoupling: Double
    /// The amplitude that stays in the ring at the drop coupler, 0 to 1; 1 where there is no drop port.
    public var dropSelfCoupling: Double

    public init(waveguide: Waveguide, inputSelfCoupling: Double, dropSelfCoupling: Double = 1) {
        self.waveguide = waveguide
        self.inputSelfCoupling = inputSelfCoupling
        self.dropSelfCoupling = dropSelfCoupling
    }

    /// The amplitudes at the through and the drop port for an input of one.
    public struct Response: Sendable, Equatable {
        public let through: Complex
        public let drop: Complex
    }

    /// The response to light that gains `roundTripPhase` radians once around the ring.
    public func response(roundTripPhase phase: Double) -> Response {
        let amplitude = waveguide.amplitudeTransmission
        let around = (dropSelfCoupling * amplitude) * Complex.phase(phase)
        let crossing = Complex(0, (1 - inputSelfCoupling * inputSelfCoupling).squareRoot())
        let dropping = Complex(0, (1 - dropSelfCoupling * dropSelfCoupling).squareRoot())
        // What crosses into the ring, with all its round trips.
        let inside = crossing / (.one - inputSelfCoupling * around)
        let half = amplitude.squareRoot() * Complex.phase(phase / 2)
        return Response(through: Complex(inputSelfCoupling) + crossing * around * inside, drop: dropping * half * inside)
    }

    /// The response at a wavelength in metres.
    public func response(at wavelength: Double) -> Response { response(roundTripPhase: waveguide.phase(at: wavelength)) }

    /// The resonance nearest to a wavelength, in metres: where a whole number of waves fits around the ring.
    public func resonance(near wavelength: Double) -> Double {
        let order = (waveguide.phase(at: wavelength) / (2 * .pi)).rounded()
        let slope = (waveguide.effectiveIndex - waveguide.groupIndex) / waveguide.referenceWavelength
        return waveguide.groupIndex * waveguide.length / (order - slope * waveguide.length)
    }

    /// The distance between resonances around a wavelength, `λ²/(n_g·L)`, in metres.
    ///
    /// Of first order in the distance: the true distance to the next resonance on the red side is larger and on the blue side smaller by about
    /// `λ/(n_g·L)` of it (0.6 % for a radius of 10 µm and a group index of 4.2), since the number of waves around the ring is whole.
    public func freeSpectralRange(at wavelength: Double) -> Double {
        wavelength * wavelength / (waveguide.groupIndex * waveguide.length)
    }

    /// The part of the amplitude that is left after once around the ring and both couplers.
    private var roundTripAmplitude: Double { inputSelfCoupling * dropSelfCoupling * waveguide.amplitudeTransmission }

    /// The free spectral range over the width of a resonance at half its depth; no unit.
    ///
    /// `π·√a/(1-a)` takes the argument of an arcsine for the arcsine: too large by 5.3 % at a finesse of 3, by 0.4 % at 10. Below 3 the
    /// resonances overlap, below π/2 no power falls to half at all, and the number means little.
    public var finesse: Double { .pi * roundTripAmplitude.squareRoot() / (1 - roundTripAmplitude) }

    /// The wavelength, in metres, over the width of a resonance at half its depth; no unit. As good as the finesse is.
    public func qualityFactor(at wavelength: Double) -> Double { wavelength / (freeSpectralRange(at: wavelength) / finesse) }

    /// What the through port shows between resonances over what it shows on one, as a ratio of powers: infinite at critical coupling.
    public var extinctionRatio: Double {
        response(roundTripPhase: .pi).through.power / response(roundTripPhase: 0).through.power
    }
}
