/// A Mach-Zehnder interferometer of two ideal 50:50 couplers with a phase shifter before each, on the upper waveguide.
///
/// Light meets `phi`, a coupler, `theta`, a coupler. Together they make
/// `i·exp(iθ/2) · [[exp(iφ)·sin(θ/2), cos(θ/2)], [exp(iφ)·cos(θ/2), -sin(θ/2)]]`: all light crosses at θ = 0 and stays at θ = π.
/// Source: Clements et al., Optica 3, 1460 (2016); Pai et al., Phys. Rev. Applied 11, 064044 (2019).
public struct MachZehnder: Sendable, Equatable {
    /// The phase between the couplers, in radians; 0 to π reaches every splitting ratio.
    public var theta: Double
    /// The phase before the first coupler, in radians.
    public var phi: Double

    public init(theta: Double, phi: Double) {
        self.theta = theta
        self.phi = phi
    }

    /// The 2×2 transfer matrix from the inputs to the outputs: the parts in the order in which light meets them.
    public var matrix: ComplexMatrix { Self.coupler * Self.shifter(theta) * Self.coupler * Self.shifter(phi) }

    /// The 2×2 transfer matrix of light that runs from the outputs to the inputs and meets the parts in the opposite order.
    public var backwardMatrix: ComplexMatrix { Self.shifter(phi) * Self.coupler * Self.shifter(theta) * Self.coupler }

    private static let coupler = ComplexMatrix([
        [Complex(0.5.squareRoot()), Complex(0, 0.5.squareRoot())],
        [Complex(0, 0.5.squareRoot()), Complex(0.5.squareRoot())],
    ])

    private static func shifter(_ angle: Double) -> ComplexMatrix { ComplexMatrix(diagonal: [.phase(angle), .one]) }
}
