import PhotonicCore

/// Inputs made of seeds: bits turned, bytes set to what parsers stumble over, stretches left out, said twice, or taken from another seed.
struct Mutation {
    let seeds: [[UInt8]]
    /// Where the sequence began; the same start gives the same inputs.
    let start: UInt64
    private var generator: SplitMix64

    private static let stepsMax = 4
    private static let stretchMax = 64
    private static let odd: [[UInt8]] = [
        [0], [0xFF], [0x7F], [0x80], Array("\n".utf8), Array("\\".utf8), Array("\"".utf8), Array("&a *a".utf8), Array("{[".utf8),
        Array("-9223372036854775809".utf8), Array("1e999".utf8), Array("/../".utf8), [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xEF, 0xBB, 0xBF],
    ]

    init(seeds: [[UInt8]], start: UInt64 = .random(in: .min ... .max)) {
        self.seeds = seeds
        self.start = start
        generator = SplitMix64(seed: start)
    }

    mutating func next() -> [UInt8] {
        var bytes = any(seeds)
        for _ in 0...number(below: Self.stepsMax) { change(&bytes) }
        return bytes
    }

    private mutating func change(_ bytes: inout [UInt8]) {
        let from = number(below: bytes.count + 1)
        let stretch = from..<min(bytes.count, from + number(below: Self.stretchMax))
        switch number(below: 6) {
        case 0 where from < bytes.count: bytes[from] ^= 1 << UInt8(number(below: 8))
        case 1 where from < bytes.count: bytes[from] = UInt8(number(below: 256))
        case 2: bytes.removeSubrange(stretch)
        case 3: bytes.insert(contentsOf: bytes[stretch], at: from)
        case 4: bytes.replaceSubrange(stretch, with: any(seeds).suffix(number(below: Self.stretchMax)))
        default: bytes.insert(contentsOf: any(Self.odd), at: from)
        }
    }

    private mutating func any(_ choices: [[UInt8]]) -> [UInt8] { choices[number(below: choices.count)] }

    private mutating func number(below bound: Int) -> Int { Int.random(in: 0..<max(1, bound), using: &generator) }
}
