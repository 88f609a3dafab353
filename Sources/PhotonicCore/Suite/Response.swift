public import Core

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
    public internal(set) var tolerance: Double
    public let values: [Double]
    public let kind: Kind
    /// How it may change from one backup to the next; nil where the suite says nothing.
    public internal(set) var drift: ResponseDrift?
    /// The check of the suite that asks for it; nil in witnesses from before that was recorded.
    public internal(set) var check: String?
    /// The files that it was made from; not recorded.
    var sources: Set<String>

    /// What its values are.
    public enum Kind: Sendable {
        case numbers
        /// How much there is of something.
        case size
        /// Sums and checksums: equal, or not.
        case digest
    }

    /// Responses that only earlier programs made, by their names without the file.
    static let retired: Set<String> = ["histories"]

    /// By its bytes: two spellings of one letter are two names.
    var key: [UInt8] { Array(name.utf8) }

    /// With what the check begins that a program of the operator's answers.
    static let outside = "respond "

    /// Whether no suite asks for it.
    var isOutside: Bool { check?.hasPrefix(Self.outside) ?? false }

    /// Its name without the file: "outputs".
    public var what: String { String(name.dropFirst(file.count + 2)) }

    private enum CodingKeys: String, CodingKey { case name, file, unit, tolerance, values, isSize, isDigest, drift, check }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        file = try container.decode(String.self, forKey: .file)
        unit = try container.decode(String.self, forKey: .unit)
        tolerance = try container.decode(Double.self, forKey: .tolerance)
        values = try container.decode([Double].self, forKey: .values)
        let isDigest = try container.decodeIfPresent(Bool.self, forKey: .isDigest) ?? false
        kind = try container.decode(Bool.self, forKey: .isSize) ? .size : isDigest ? .digest : .numbers
        drift = try container.decodeIfPresent(ResponseDrift.self, forKey: .drift)
        check = try container.decodeIfPresent(String.self, forKey: .check)
        sources = [file]
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(file, forKey: .file)
        try container.encode(unit, forKey: .unit)
        try container.encode(tolerance, forKey: .tolerance)
        try container.encode(values, forKey: .values)
        try container.encode(kind == .size, forKey: .isSize)
        if kind == .digest { try container.encode(true, forKey: .isDigest) }
        try container.encodeIfPresent(drift, forKey: .drift)
        try container.encodeIfPresent(check, forKey: .check)
    }

    public static func == (left: Response, right: Response) -> Bool {
        left.name == right.name && left.values == right.values && left.tolerance == right.tolerance && left.kind == right.kind
    }

    init(_ what: String, file: String, unit: String = "", tolerance: Double = 0, kind: Kind = .numbers, _ values: [Double]) {
        name = "\(file): \(what)"
        self.file = file
        self.unit = unit
        self.tolerance = tolerance
        self.values = values
        self.kind = kind
        sources = [file]
    }

    func made(from sources: Set<String>) -> Response {
        var response = self
        response.sources = sources
        return response
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

extension Sequence<Response> {
    /// By the bytes of their names; of two with one name the first.
    var byKey: [[UInt8]: Response] { Dictionary(map { ($0.key, $0) }) { first, _ in first } }
}
