/// What components do to amplitudes, as matrices that multiply into circuits: from the inputs, the columns, to the outputs, the rows.
///
/// Source: Saleh and Teich, 3rd edition (2019), sections on matrix optics and on ring resonators.
extension Waveguide {
    /// 1×1, at a wavelength in metres.
    public func transferMatrix(at wavelength: Double) -> ComplexMatrix {
        ComplexMatrix([[amplitudeTransmission * Complex.phase(phase(at: wavelength))]])
    }
}

extension PhaseShifter {
    /// 2×2, on the upper of two waveguides, at a voltage in volts.
    public func transferMatrix(at voltage: Double) -> ComplexMatrix { ComplexMatrix(diagonal: [.phase(phase(at: voltage)), .one]) }
}

extension MachZehnderModulator {
    /// 1×1, at a voltage in volts.
    public func transferMatrix(at voltage: Double) -> ComplexMatrix { ComplexMatrix([[transmission(at: voltage)]]) }
}

extension MicroRing {
    /// 2×2, at a wavelength in metres: from the input and the add port to the through and the drop port.
    public func transferMatrix(at wavelength: Double) -> ComplexMatrix {
        let fromInput = response(at: wavelength)
        // Seen from the add port the couplers have changed places.
        let fromAdd = MicroRing(waveguide: waveguide, inputSelfCoupling: dropSelfCoupling, dropSelfCoupling: inputSelfCoupling)
            .response(at: wavelength)
        return ComplexMatrix([[fromInput.through, fromAdd.drop], [fromInput.drop, fromAdd.through]])
    }
}
