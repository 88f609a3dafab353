extension SelfTest {
    /// 16 GiB of weights in one file.
    private static let weightCountMax = 1 << 32
    private static let dimensionsMax = 8

    /// One file of weights: as many as its shape says, finite, within -1…1, and with the sums that were recorded.
    static func weightDataChecks(_ entry: DataManifest.WeightEntry, _ folder: DataFolder, _ responses: inout [Response]) throws(DataProblem)
        -> [CheckResult]
    {
        let count = try weightCount(entry.shape)
        let weights = try read(entry.file, bytesMax: 4 * count, folder)
        let (tally, bytes) = (weights.tally, weights.bytes)
        responses.append(Response("sums", file: entry.file, kind: .digest, tally.sketch.values))
        // The order in which a sum is made changes its last digits.
        let tolerance = 1e-9 * max(1, abs(entry.sumOfMagnitudes))
        let nothing = count == 0 || tally.count == 0
        return [
            dataCheck("\(entry.file): size", Double(bytes), Double(4 * count), unit: "bytes", note: "The shape is \(entry.shape)."),
            dataCheck(
                "\(entry.file): weights out of range", Double(weights.outside), 0, unit: "weights",
                note: "Weight \(weights.firstOutside + 1) is not a number between -1 and 1."),
            dataCheck("\(entry.file): minimum", nothing ? nil : tally.minimum, entry.minimum),
            dataCheck("\(entry.file): maximum", nothing ? nil : tally.maximum, entry.maximum),
            dataCheck("\(entry.file): sum", tally.sum, entry.sum, tolerance: tolerance),
            dataCheck("\(entry.file): sum of magnitudes", tally.sumOfMagnitudes, entry.sumOfMagnitudes, tolerance: tolerance),
            checksum(entry.file, tally.sketch.crc, entry.crc32),
        ]
    }

    /// What one file of weights is.
    private struct Weights {
        var bytes = 0
        var tally = NumberTally(addsMagnitudes: true)
        /// Weights that are no number or lie outside -1…1.
        var outside = 0
        var firstOutside = 0
    }

    /// An incomplete weight at the end is left to the check of the size.
    private static func read(_ file: String, bytesMax: Int, _ folder: DataFolder) throws(DataProblem) -> Weights {
        var weights = Weights()
        var decoder = NumberDecoder(.float32)
        weights.bytes = try folder.withFile(file) { open throws(DataProblem) in
            guard open.size <= bytesMax else { throw DataProblem("it has \(open.size) bytes, where at most \(bytesMax) belong.") }
            try open.forEachPiece(of: 0..<open.size) { piece in
                weights.tally.add(bits: piece)
                decoder.decode(piece) { numbers in
                    let first = weights.tally.count
                    if weights.tally.add(numbers, within: -1...1) { return }
                    for (place, number) in numbers.enumerated() where !(abs(number) <= 1) {
                        if weights.outside == 0 { weights.firstOutside = first + place }
                        weights.outside += 1
                    }
                }
            }
            return open.size
        }
        return weights
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
