extension SelfTest {
    /// 16 GiB of weights in one file.
    private static let weightCountMax = 1 << 32
    private static let dimensionsMax = 8

    /// One file of weights: as many as its shape says, finite, within -1…1, and with the sums that were recorded.
    static func weightDataChecks(_ entry: DataManifest.WeightEntry, _ folder: DataFolder, _ responses: inout [Response]) throws(DataProblem)
        -> [CheckResult]
    {
        let count = try weightCount(entry.shape)
        var tally = WeightTally()
        let bytes = try folder.read(entry.file, bytesMax: 4 * count) { tally.add($0) }
        responses.append(Response("sums", file: entry.file, tally.sketch.values))
        // The order in which a sum is made changes its last digits.
        let tolerance = 1e-9 * max(1, abs(entry.sumOfMagnitudes))
        let nothing = count == 0 || tally.count == 0
        return [
            dataCheck("\(entry.file): size", Double(bytes), Double(4 * count), unit: "bytes", note: "The shape is \(entry.shape)."),
            dataCheck(
                "\(entry.file): weights out of range", Double(tally.outside), 0, unit: "weights",
                note: "Weight \(tally.firstOutside + 1) is not a number between -1 and 1."),
            dataCheck("\(entry.file): minimum", nothing ? nil : Double(tally.minimum), entry.minimum),
            dataCheck("\(entry.file): maximum", nothing ? nil : Double(tally.maximum), entry.maximum),
            dataCheck("\(entry.file): sum", tally.sum, entry.sum, tolerance: tolerance),
            dataCheck("\(entry.file): sum of magnitudes", tally.sumOfMagnitudes, entry.sumOfMagnitudes, tolerance: tolerance),
            checksum(entry.file, tally.crc, entry.crc32),
        ]
    }

    static func checksum(_ file: String, _ crc: CRC32, _ expected: String) -> CheckResult {
        guard expected.utf8.count == 8, let number = UInt32(expected, radix: 16) else {
            return dataCheck("\(file): CRC-32", nil, 0, note: "The recorded CRC-32 is not eight hexadecimal digits.")
        }
        return dataCheck(
            "\(file): CRC-32", Double(crc.value), Double(number), note: "The CRC-32 is \(crc.hex), and \(expected) was recorded.")
    }

    private static func weightCount(_ shape: [Int]) throws(DataProblem) -> Int {
        var count = 1
        guard (1...dimensionsMax).contains(shape.count) else { throw DataProblem("its shape has \(shape.count) dimensions.") }
        for length in shape {
            guard (1...weightCountMax).contains(length), count <= weightCountMax / length else {
                throw DataProblem("its shape \(shape) is empty or larger than \(weightCountMax) weights.")
            }
            count *= length
        }
        return count
    }
}

/// Counts and sums over a file of weights.
private struct WeightTally {
    private(set) var count = 0
    private(set) var minimum = Float.infinity
    private(set) var maximum = -Float.infinity
    private(set) var sum = 0.0
    private(set) var sumOfMagnitudes = 0.0
    /// Weights that are no number or lie outside -1…1.
    private(set) var outside = 0
    private(set) var firstOutside = 0
    private(set) var crc = CRC32()
    private(set) var sketch = Sketch()

    /// Takes a piece that begins with a weight. An incomplete weight at the end is left to the check of the size.
    mutating func add(_ piece: ArraySlice<UInt8>) {
        crc.update(piece)
        sketch.add(bits: piece)
        for start in stride(from: piece.startIndex, to: piece.endIndex - piece.count % 4, by: 4) {
            let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(piece[start + $1]) << UInt32(8 * $1) }
            add(Float(bitPattern: bits))
        }
    }

    private mutating func add(_ weight: Float) {
        if !(abs(weight) <= 1) {
            if outside == 0 { firstOutside = count }
            outside += 1
        }
        count += 1
        sketch.add(toSums: Double(weight))
        minimum = min(minimum, weight)
        maximum = max(maximum, weight)
        sum += Double(weight)
        sumOfMagnitudes += Double(abs(weight))
    }
}
