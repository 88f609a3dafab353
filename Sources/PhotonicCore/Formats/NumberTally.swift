/// Counts, bounds and sums over numbers that come in pieces, eight at a time: at the speed of memory.
struct NumberTally {
    private(set) var count = 0
    private(set) var minimum = Double.infinity
    private(set) var maximum = -Double.infinity
    private(set) var zeros = 0
    private var sums = SIMD8<Double>(repeating: 0)
    private var magnitudes = SIMD8<Double>(repeating: 0)
    private var squares = SIMD8<Double>(repeating: 0)
    private(set) var sketch = Sketch()
    private let addsMagnitudes: Bool

    init(addsMagnitudes: Bool = false) { self.addsMagnitudes = addsMagnitudes }

    var sum: Double { sums.sum() }
    var sumOfMagnitudes: Double { magnitudes.sum() }
    /// Of what can be told of it: none at all of nothing.
    var mean: Double { count == 0 ? .nan : sum / Double(count) }
    var deviation: Double { count == 0 ? .nan : max(0, squares.sum() / Double(count) - mean * mean).squareRoot() }
    var shareOfZeros: Double { count == 0 ? .nan : Double(zeros) / Double(count) }

    /// How they lie, for people: a training that went on moves it a little, a loss far.
    var spread: [Double] { [minimum, maximum, mean, deviation, shareOfZeros] }

    /// Numbers as they are stored, whose values come by `add`.
    mutating func add(bits: UnsafeRawBufferPointer) { sketch.add(bits: bits) }

    /// Takes a piece; returns whether all of it lies within `range`.
    mutating func add(_ values: UnsafeBufferPointer<Double>, within range: ClosedRange<Double>) -> Bool {
        sketch.add(toSums: values)
        count += values.count
        var (low, high) = (SIMD8<Double>(repeating: .infinity), SIMD8<Double>(repeating: -.infinity))
        var (sums, magnitudes, squares) = (sums, magnitudes, squares)
        var nothing = SIMD8<Double>(repeating: 0)
        let (none, one) = (SIMD8<Double>(repeating: 0), SIMD8<Double>(repeating: 1))
        let bytes = UnsafeRawBufferPointer(values)
        var place = 0
        while place + 8 <= values.count {
            let eight = bytes.loadUnaligned(fromByteOffset: place * MemoryLayout<Double>.size, as: SIMD8<Double>.self)
            sums += eight
            if addsMagnitudes { magnitudes += eight.replacing(with: none - eight, where: eight .< none) }
            squares += eight * eight
            low.replace(with: eight, where: eight .< low)
            high.replace(with: eight, where: eight .> high)
            nothing += none.replacing(with: one, where: eight .== none)
            place += 8
        }
        zeros += Int(nothing.sum())
        (self.sums, self.magnitudes, self.squares) = (sums, magnitudes, squares)
        var (least, most) = (low.min(), high.max())
        for value in values[place...] {
            self.sums[0] += value
            self.magnitudes[0] += abs(value)
            self.squares[0] += value * value
            if value < least { least = value }
            if value > most { most = value }
            if value == 0 { zeros += 1 }
        }
        minimum = min(minimum, least)
        maximum = max(maximum, most)
        // A sum of squares is no number only where one of them is none.
        return !self.squares.sum().isNaN && (values.isEmpty || least >= range.lowerBound && most <= range.upperBound)
    }
}
