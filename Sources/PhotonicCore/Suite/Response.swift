/// What something made of data does: the outputs of a network for fixed inputs, the resonances of a ring, sums over weights.
///
/// Equal responses before a backup and after a restore say that the data still does what it did.
public struct Response: Sendable, Codable, Equatable {
    /// "phases/mesh.npy: outputs".
    public let name: String
    public let file: String
    /// Empty for pure numbers.
    public let unit: String
    /// How far each value may be from the one recorded: what the mathematical library of another machine may differ by.
    public let tolerance: Double
    public let values: [Double]
    /// How much there is of something, which seldom becomes less by itself.
    public let isSize: Bool
    /// The files that it was made from; not recorded.
    var sources: Set<String>

    private enum CodingKeys: String, CodingKey { case name, file, unit, tolerance, values, isSize }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        file = try container.decode(String.self, forKey: .file)
        unit = try container.decode(String.self, forKey: .unit)
        tolerance = try container.decode(Double.self, forKey: .tolerance)
        values = try container.decode([Double].self, forKey: .values)
        isSize = try container.decode(Bool.self, forKey: .isSize)
        sources = [file]
    }

    public static func == (left: Response, right: Response) -> Bool {
        left.name == right.name && left.values == right.values && left.tolerance == right.tolerance && left.isSize == right.isSize
    }

    init(_ what: String, file: String, unit: String = "", tolerance: Double = 0, isSize: Bool = false, _ values: [Double]) {
        name = "\(file): \(what)"
        self.file = file
        self.unit = unit
        self.tolerance = tolerance
        self.values = values
        self.isSize = isSize
        sources = [file]
    }

    /// More of one network are summed up by some.
    private static let valuesMax = 4096

    /// What a linear network of `inputs` waveguides makes of fixed light.
    static func network(_ what: String, file: String, inputs: Int, output: ([Complex]) -> [Double]) -> Response {
        var values: [Double] = []
        for number in 0..<2 { values += output(light(inputs: inputs, number: number)) }
        // A large network: each value counts in one of the sums.
        if values.count > valuesMax {
            var sums = [Double](repeating: 0, count: valuesMax)
            for (index, value) in values.enumerated() { sums[index % valuesMax] += value }
            values = sums
        }
        return Response(what, file: file, tolerance: 1e-9, values)
    }

    /// A power of one over all waveguides, spread by chance: the same chance always.
    private static func light(inputs: Int, number: Int) -> [Complex] {
        var generator = SplitMix64(seed: 0x7269_6e67 &+ UInt64(number))
        let amplitudes = (0..<inputs).map { _ in (0.1 + 0.9 * generator.unit()) * Complex.phase(2 * .pi * generator.unit()) }
        let norm = amplitudes.reduce(0) { $0 + $1.power }.squareRoot()
        return amplitudes.map { (1 / norm) * $0 }
    }
}

/// Many numbers in a few: sums, each number added or taken away by chance, the same chance always, and a checksum over their bits, since a sum
/// rounds small changes away.
struct Sketch {
    private var sums = [Double](repeating: 0, count: 8)
    private var count: UInt64 = 0
    private var crc = CRC32()

    var values: [Double] { sums + [Double(crc.value)] }

    mutating func add(_ value: Double) {
        add(toSums: value)
        withUnsafeBytes(of: value.bitPattern.littleEndian) { bits in add(bits: Array(bits)[...]) }
    }

    mutating func add(bits: ArraySlice<UInt8>) { crc.update(bits) }

    /// - Parameter value: one whose bits are added by themselves.
    mutating func add(toSums value: Double) {
        // A hash of the place; each of its bits decides for one sum.
        var bits = (count &+ 1) &* 0x9e37_79b9_7f4a_7c15
        bits = (bits ^ bits >> 30) &* 0xbf58_476d_1ce4_e5b9
        bits ^= bits >> 31
        for place in sums.indices { sums[place] += bits >> UInt64(place) & 1 == 0 ? value : -value }
        count &+= 1
    }
}
