import Glibc

/// Two waveguides so near to each other that light crosses from one to the other and back.
///
/// Source: Yariv, IEEE J. Quantum Electron. 9, 919 (1973); Saleh and Teich, 3rd edition (2019), section on coupled waveguides.
public struct DirectionalCoupler: Sendable, Equatable {
    /// κ, in radians per metre.
    public var couplingCoefficient: Double
    /// In metres.
    public var length: Double

    public init(couplingCoefficient: Double, length: Double) {
        self.couplingCoefficient = couplingCoefficient
        self.length = length
    }

    /// The part of the power that leaves by the other waveguide, 0 to 1.
    public var crossPower: Double {
        let amplitude = sin(couplingCoefficient * length)
        return amplitude * amplitude
    }

    /// After so many metres all light has crossed.
    public var transferLength: Double { .pi / (2 * couplingCoefficient) }

    /// The 2×2 transfer matrix; what crosses lags by a quarter of a wave.
    public var matrix: ComplexMatrix {
        let angle = couplingCoefficient * length
        let (bar, cross) = (Complex(cos(angle)), Complex(0, sin(angle)))
        return ComplexMatrix([[bar, cross], [cross, bar]])
    }
}
