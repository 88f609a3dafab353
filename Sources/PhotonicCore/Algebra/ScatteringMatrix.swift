/// What a circuit does to light from both of its sides, each with `modes` waveguides: what it lets through, and what it throws back.
///
/// Source: Redheffer, J. Math. Phys. 41, 1 (1962), for the product of two circuits in a row.
public struct ScatteringMatrix: Sendable, Equatable {
    /// From the left side back to the left.
    public var leftReflection: ComplexMatrix
    /// From the left side to the right.
    public var forward: ComplexMatrix
    /// From the right side to the left.
    public var backward: ComplexMatrix
    /// From the right side back to the right.
    public var rightReflection: ComplexMatrix

    public var modes: Int { forward.size }

    public init(leftReflection: ComplexMatrix, forward: ComplexMatrix, backward: ComplexMatrix, rightReflection: ComplexMatrix) {
        precondition([leftReflection, backward, rightReflection].allSatisfy { $0.size == forward.size })
        self.leftReflection = leftReflection
        self.forward = forward
        self.backward = backward
        self.rightReflection = rightReflection
    }

    /// A reciprocal circuit that throws nothing back, from its transfer matrix.
    public init(transfer: ComplexMatrix) {
        let nothing = ComplexMatrix(size: transfer.size)
        self.init(leftReflection: nothing, forward: transfer, backward: transfer.transpose, rightReflection: nothing)
    }

    /// A lossless mirror on every waveguide. `reflectivity` is the part of the power that it throws back, 0 to 1.
    public init(mirror reflectivity: Double, modes: Int = 1) {
        let back = ComplexMatrix(diagonal: [Complex](repeating: Complex(reflectivity.squareRoot()), count: modes))
        let through = ComplexMatrix(diagonal: [Complex](repeating: Complex(0, (1 - reflectivity).squareRoot()), count: modes))
        self.init(leftReflection: back, forward: through, backward: through, rightReflection: back)
    }

    /// This circuit with `next` to its right, all round trips between them included; nil where they would resonate without end.
    public func followed(by next: ScatteringMatrix) -> ScatteringMatrix? {
        precondition(modes == next.modes)
        let identity = ComplexMatrix.identity(modes)
        guard let there = (identity - rightReflection * next.leftReflection).inverse,
            let back = (identity - next.leftReflection * rightReflection).inverse
        else { return nil }
        return ScatteringMatrix(
            leftReflection: leftReflection + backward * next.leftReflection * there * forward,
            forward: next.forward * there * forward,
            backward: backward * back * next.backward,
            rightReflection: next.rightReflection + next.forward * rightReflection * back * next.backward)
    }

    /// All four parts in one matrix of twice the size: left and right side in, left and right side out.
    public var whole: ComplexMatrix {
        var result = ComplexMatrix(size: 2 * modes)
        for row in 0..<modes {
            for column in 0..<modes {
                result[row, column] = leftReflection[row, column]
                result[modes + row, column] = forward[row, column]
                result[row, modes + column] = backward[row, column]
                result[modes + row, modes + column] = rightReflection[row, column]
            }
        }
        return result
    }
}
