import Glibc

/// What a real chip makes of a mesh: phases that miss, steps of a digital driver, light that is lost on the way.
///
/// Source: Fldzhyan, Saygin, Kulik, Opt. Lett. 45, 2632 (2020); Bogaerts et al., Nature 586, 207 (2020).
extension Mesh {
    /// The same mesh with an error on every phase: normally distributed, `deviation` radians wide, the same for the same seed.
    public func perturbed(deviation: Double, seed: UInt64) -> Mesh {
        var generator = SplitMix64(seed: seed)
        return mappingPhases { $0 + deviation * generator.normal() }
    }

    /// The same mesh with every phase rounded to the nearest of `2^bits` even steps of a turn.
    public func quantised(bits: Int) -> Mesh {
        let step = 2 * Double.pi / Double(1 << min(max(bits, 1), 52))
        return mappingPhases { ($0 / step).rounded() * step }
    }

    /// The transfer matrix with a loss of power, in decibels, in each waveguide of every interferometer.
    public func matrix(lossDecibels: Double) -> ComplexMatrix {
        let amplitude = pow(10, -lossDecibels / 20)
        let loss = ComplexMatrix(diagonal: [Complex(amplitude), Complex(amplitude)])
        var result = ComplexMatrix.identity(modes)
        for element in elements { result.multiplyRows(from: element.mode, by: loss * element.interferometer.matrix) }
        return ComplexMatrix(diagonal: outputPhases.map(Complex.phase)) * result
    }

    private func mappingPhases(_ transform: (Double) -> Double) -> Mesh {
        var changed = self
        changed.elements = elements.map { element in
            let (theta, phi) = (element.interferometer.theta, element.interferometer.phi)
            return Element(mode: element.mode, interferometer: MachZehnder(theta: transform(theta), phi: transform(phi)))
        }
        changed.outputPhases = outputPhases.map(transform)
        return changed
    }
}

extension ComplexMatrix {
    /// `|tr(W†M)|² / (tr(W†W)·tr(M†M))` for the wanted `W`: 1 for the same matrix, whatever its overall phase and loss, and less else.
    ///
    /// Source: Clements et al., Optica 3, 1460 (2016), the fidelity of lossy meshes.
    public func fidelity(to wanted: ComplexMatrix) -> Double {
        (wanted.adjoint * self).trace.power / (wanted.squaredNorm * squaredNorm)
    }
}

extension SplitMix64 {
    /// Normally distributed, of variance one. Source: Box and Muller, Ann. Math. Stat. 29, 610 (1958).
    mutating func normal() -> Double { (-2 * log(1 - unit())).squareRoot() * cos(2 * .pi * unit()) }
}
