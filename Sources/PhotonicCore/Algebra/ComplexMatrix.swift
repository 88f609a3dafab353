import Glibc

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
        let size = left.size
        var result = ComplexMatrix(size: size)
        // In this order all three walk along rows, as they lie in memory.
        for row in 0..<size {
            for inner in 0..<size {
                let factor = left.elements[row * size + inner]
                for column in 0..<size {
                    let product = factor * right.elements[inner * size + column]
                    let place = row * size + column
                    result.elements[place] = result.elements[place] + product
                }
            }
        }
        return result
    }

    public static func + (left: ComplexMatrix, right: ComplexMatrix) -> ComplexMatrix {
        precondition(left.size == right.size)
        return left.rearranged { left[$0, $1] + right[$0, $1] }
    }

    public static func - (left: ComplexMatrix, right: ComplexMatrix) -> ComplexMatrix {
        precondition(left.size == right.size)
        return left.rearranged { left[$0, $1] - right[$0, $1] }
    }

    /// The sum of the diagonal.
    public var trace: Complex { (0..<size).reduce(.zero) { $0 + self[$1, $1] } }

    /// The sum of the squared magnitudes of all elements.
    public var squaredNorm: Double { elements.reduce(0) { $0 + $1.power } }

    /// The largest singular value: no input gains more amplitude. Never below the true one, and above it by less than 1e-8 of it.
    ///
    /// `tr((M†M)^k)` lies between the largest eigenvalue's power and `size` times that; `k` doubles with each step.
    public var largestGain: Double {
        var power = adjoint * self
        // The trace of M†M to the k is exp(k · logarithm).
        var (logarithm, exponent) = (0.0, 1.0)
        for _ in 0..<30 {
            let trace = power.trace.real
            guard trace > 0, trace.isFinite else { return trace.isFinite ? 0 : .nan }
            logarithm += log(trace) / exponent
            power = power.scaled(by: 1 / trace)
            power = power * power
            exponent *= 2
        }
        logarithm += log(power.trace.real) / exponent
        return exp(logarithm / 2)
    }

    private func scaled(by factor: Double) -> ComplexMatrix { rearranged { factor * self[$0, $1] } }

    /// The inverse by elimination with pivots; nil where there is none.
    public var inverse: ComplexMatrix? {
        var (work, result) = (self, ComplexMatrix.identity(size))
        for column in 0..<size {
            let pivot = (column..<size).max { work[$0, column].power < work[$1, column].power } ?? column
            guard work[pivot, column].power > .leastNormalMagnitude, work[pivot, column].power.isFinite else { return nil }
            work.swapRows(column, pivot)
            result.swapRows(column, pivot)
            let scale = .one / work[column, column]
            for row in 0..<size where row != column {
                let factor = work[row, column] * scale
                if factor == .zero { continue }
                work.subtract(factor, times: column, from: row)
                result.subtract(factor, times: column, from: row)
            }
            for place in 0..<size {
                work[column, place] = scale * work[column, place]
                result[column, place] = scale * result[column, place]
            }
        }
        return result
    }

    private mutating func swapRows(_ first: Int, _ second: Int) {
        guard first != second else { return }
        for column in 0..<size { elements.swapAt(first * size + column, second * size + column) }
    }

    private mutating func subtract(_ factor: Complex, times source: Int, from row: Int) {
        for column in 0..<size { self[row, column] = self[row, column] - factor * self[source, column] }
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
