/// Many numbers in a few: sums, each number added or taken away by chance, the same chance always, and a checksum over their bits, since a sum
/// rounds small changes away.
struct Sketch {
    private var sums = SIMD8<Double>(repeating: 0)
    private var count: UInt64 = 0
    /// Of all bits.
    private(set) var crc = CRC32()

    var values: [Double] { sums.indices.map { sums[$0] } + [Double(crc.value)] }

    mutating func add(_ value: Double) {
        add(toSums: value)
        withUnsafeBytes(of: value.bitPattern.littleEndian) { crc.update($0) }
    }

    mutating func add(bits: ArraySlice<UInt8>) { crc.update(bits) }
    mutating func add(bits: UnsafeRawBufferPointer) { crc.update(bits) }
    /// With a byte that no text of UTF-8 has: where one ends is seen as well.
    mutating func add(text: String) { crc.update((Array(text.utf8) + [0xff])[...]) }

    /// - Parameter value: one whose bits are added by themselves.
    mutating func add(toSums value: Double) { withUnsafePointer(to: value) { add(toSums: UnsafeBufferPointer(start: $0, count: 1)) } }

    mutating func add(toSums values: UnsafeBufferPointer<Double>) {
        var (sums, count) = (sums, count)
        Self.signs.withUnsafeBufferPointer { signs in
            for value in values {
                // A hash of the place; each of its bits decides for one sum.
                var bits = (count &+ 1) &* 0x9e37_79b9_7f4a_7c15
                bits = (bits ^ bits >> 30) &* 0xbf58_476d_1ce4_e5b9
                bits ^= bits >> 31
                sums += signs[Int(bits & 0xff)] * value
                count &+= 1
            }
        }
        (self.sums, self.count) = (sums, count)
    }

    /// By the bits: added where one is 0, else taken away.
    private static let signs: [SIMD8<Double>] = (0..<256).map { bits in
        var signs = SIMD8<Double>(repeating: 1)
        for place in signs.indices where bits >> place & 1 == 1 { signs[place] = -1 }
        return signs
    }
}
