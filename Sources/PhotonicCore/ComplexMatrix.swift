/// A square matrix of complex numbers: what a linear optical circuit does to the amplitudes of its `size` waveguides.
///
/// Row `r`, column `c` is the amplitude that leaves waveguide `r` for an amplitude of one into waveguide `c`.
public struct ComplexMatrix: Sendable, Equatable {
    public let size: Int
    private var elements: [Complex]

    /// Zero everywhere.
    public init(size: Int) {
        precondition(size > 0)
        self.size = size
        elements = [Complex](repeating: .zero, count: size * size)
    }

    /// From as many rows as each row has elements.
    public init(_ rows: [[Complex]]) {
        precondition(!rows.isEmpty && rows.allSatisfy { $0.count == rows.count })
        size = rows.count
        elements = Array(rows.joined())
    }

    public init(diagonal: [Complex]) {
        self.init(size: diagonal.count)
        for (index, element) in diagonal.enumerated() { self[index, index] = element }
    }

    public static func identity(_ size: Int) -> ComplexMatrix {
        ComplexMatrix(diagonal: [Complex](repeating: .one, count: size))
    }

    public subscript(row: Int, column: Int) -> Complex {
        get { elements[row * size + column] }
        set { elements[row * size + column] = newValue }
    }

    public var transpose: ComplexMatrix { rearranged { self[$1, $0] } }
    /// The conjugate transpose.
    public var adjoint: ComplexMatrix { rearranged { self[$1, $0].conjugate } }

    private func rearranged(_ element: (_ row: Int, _ column: Int) -> Complex) -> ComplexMatrix {
        var result = ComplexMatrix(size: size)
        for row in 0..<size {
            for column in 0..<size { result[row, column] = element(row, column) }
        }
        return result
    }

    public static func * (left: ComplexMatrix, right: ComplexMatrix) -> ComplexMatrix {
        precondition(left.size == right.size)
        return left.rearranged { row, column in
            (0..<left.size).reduce(.zero) { $0 + left[row, $1] * right[$1, column] }
        }
    }

    public static func * (left: ComplexMatrix, right: [Complex]) -> [Complex] {
        precondition(left.size == right.count)
        return (0..<left.size).map { row in (0..<left.size).reduce(.zero) { $0 + left[row, $1] * right[$1] } }
    }

    /// Multiplies rows `first` and `first + 1` by a 2×2 matrix from the left.
    public mutating func multiplyRows(from first: Int, by pair: ComplexMatrix) {
        precondition(pair.size == 2)
        for column in 0..<size {
            let (upper, lower) = (self[first, column], self[first + 1, column])
            self[first, column] = pair[0, 0] * upper + pair[0, 1] * lower
            self[first + 1, column] = pair[1, 0] * upper + pair[1, 1] * lower
        }
    }

    /// Multiplies columns `first` and `first + 1` by a 2×2 matrix from the right.
    public mutating func multiplyColumns(from first: Int, by pair: ComplexMatrix) {
        precondition(pair.size == 2)
        for row in 0..<size {
            let (left, right) = (self[row, first], self[row, first + 1])
            self[row, first] = left * pair[0, 0] + right * pair[1, 0]
            self[row, first + 1] = left * pair[0, 1] + right * pair[1, 1]
        }
    }

    /// The largest magnitude of a difference between two elements in the same place; NaN if any is.
    public func distance(to other: ComplexMatrix) -> Double {
        precondition(size == other.size)
        return largest(zip(elements, other.elements).lazy.map { ($0 - $1).magnitude })
    }

    /// How far `U†U` is from the identity; zero for a circuit that neither loses nor makes light.
    public var unitarityError: Double { (adjoint * self).distance(to: .identity(size)) }
}

/// The largest of some deviations. A NaN among them wins, so that it cannot hide behind a comparison; none makes zero.
func largest(_ deviations: some Sequence<Double>) -> Double {
    deviations.reduce(0) { $0.isNaN || $1.isNaN ? .nan : max($0, $1) }
}
