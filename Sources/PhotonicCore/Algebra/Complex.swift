import Glibc

/// A complex number: the amplitude of a guided wave, whose squared magnitude is its power.
public struct Complex: Sendable, Equatable {
    public var real: Double
    public var imaginary: Double

    public init(_ real: Double, _ imaginary: Double = 0) {
        self.real = real
        self.imaginary = imaginary
    }

    /// `exp(i·angle)`: a wave of power one after a phase of `angle` radians.
    public static func phase(_ angle: Double) -> Complex { Complex(cos(angle), sin(angle)) }

    public static let zero = Complex(0)
    public static let one = Complex(1)
    public static let i = Complex(0, 1)

    /// The squared magnitude, a power.
    public var power: Double { real * real + imaginary * imaginary }
    public var magnitude: Double { hypot(real, imaginary) }
    /// In radians, from -π to π; zero for zero.
    public var angle: Double { atan2(imaginary, real) }
    public var conjugate: Complex { Complex(real, -imaginary) }

    public static func + (left: Complex, right: Complex) -> Complex {
        Complex(left.real + right.real, left.imaginary + right.imaginary)
    }

    public static func - (left: Complex, right: Complex) -> Complex {
        Complex(left.real - right.real, left.imaginary - right.imaginary)
    }

    public static prefix func - (value: Complex) -> Complex { Complex(-value.real, -value.imaginary) }

    public static func * (left: Complex, right: Complex) -> Complex {
        Complex(
            left.real * right.real - left.imaginary * right.imaginary,
            left.real * right.imaginary + left.imaginary * right.real)
    }

    public static func * (factor: Double, value: Complex) -> Complex { Complex(factor * value.real, factor * value.imaginary) }

    public static func / (left: Complex, right: Complex) -> Complex { (1 / right.power) * (left * right.conjugate) }
}
