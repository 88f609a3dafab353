/// A programmable interferometer: Mach-Zehnder interferometers between neighbouring waveguides, and a phase shifter on each output.
///
/// Source: Reck et al., PRL 73, 58 (1994) (triangular); Clements et al., Optica 3, 1460 (2016) (rectangular).
public struct Mesh: Sendable, Equatable {
    /// The interferometer between waveguides `mode` and `mode + 1`.
    public struct Element: Sendable, Equatable {
        public var mode: Int
        public var interferometer: MachZehnder

        public init(mode: Int, interferometer: MachZehnder) {
            self.mode = mode
            self.interferometer = interferometer
        }
    }

    /// How `modes · (modes - 1) / 2` interferometers lie, enough for every unitary matrix.
    public enum Arrangement: String, Sendable, Codable, CaseIterable {
        case rectangular
        case triangular

        /// How many interferometers the longest path of light meets.
        public func depth(modes: Int) -> Int {
            switch self {
            case .rectangular: modes == 2 ? 1 : modes
            case .triangular: 2 * modes - 3
            }
        }
    }

    /// More than any chip has; it bounds the work on a mesh read from a file.
    public static let modesMax = 512

    public let modes: Int
    /// In an order in which light meets them.
    public internal(set) var elements: [Element]
    /// In radians, one for each waveguide, at the outputs.
    public internal(set) var outputPhases: [Double]

    public init(modes: Int, elements: [Element], outputPhases: [Double]) throws(MeshError) {
        guard (2...Self.modesMax).contains(modes) else { throw .modes(modes) }
        guard outputPhases.count == modes else { throw .outputPhases(outputPhases.count, modes: modes) }
        for (index, element) in elements.enumerated() where !(0..<modes - 1).contains(element.mode) {
            throw .element(index, mode: element.mode, modes: modes)
        }
        self.modes = modes
        self.elements = elements
        self.outputPhases = outputPhases
    }

    /// How many interferometers `modes` waveguides need to make every unitary matrix.
    public static func elementCount(modes: Int) -> Int { modes * (modes - 1) / 2 }

    /// The waveguides of the upper inputs of a rectangle's interferometers, column by column.
    public static func rectangle(modes: Int) -> [Int] {
        (0..<modes).flatMap { column in Array(stride(from: column % 2, to: modes - 1, by: 2)) }
    }

    /// The transfer matrix, `modes` × `modes`, from inputs to outputs.
    public var matrix: ComplexMatrix {
        var result = ComplexMatrix.identity(modes)
        for element in elements { result.multiplyRows(from: element.mode, by: element.interferometer.matrix) }
        return ComplexMatrix(diagonal: outputPhases.map(Complex.phase)) * result
    }

    /// The transfer matrix of light sent backwards, from outputs to inputs.
    public var backwardMatrix: ComplexMatrix {
        var result = ComplexMatrix(diagonal: outputPhases.map(Complex.phase))
        for element in elements.reversed() { result.multiplyRows(from: element.mode, by: element.interferometer.backwardMatrix) }
        return result
    }

    /// How many interferometers the longest path of light meets.
    public var depth: Int {
        var reached = [Int](repeating: 0, count: modes)
        for element in elements {
            let column = max(reached[element.mode], reached[element.mode + 1]) + 1
            reached[element.mode] = column
            reached[element.mode + 1] = column
        }
        return reached.reduce(0, max)
    }
}

/// Why a mesh cannot be made.
public enum MeshError: Error, Equatable, CustomStringConvertible {
    case modes(Int)
    case outputPhases(Int, modes: Int)
    case phases(Int, expected: Int)
    case element(Int, mode: Int, modes: Int)
    case notUnitary(Double)

    public var description: String {
        switch self {
        case .modes(let modes): "a mesh has 2 to \(Mesh.modesMax) modes, not \(modes)"
        case .outputPhases(let count, let modes): "\(count) output phases for \(modes) modes"
        case .phases(let count, let expected): "\(count) phases where the size asks for \(expected)"
        case .element(let index, let mode, let modes): "interferometer \(index + 1) lies at mode \(mode), outside the \(modes) modes"
        case .notUnitary(let error): "the matrix is not unitary: U†U differs from the identity by \(error)"
        }
    }
}
